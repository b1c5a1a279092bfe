// What every kernel means, one element at a time: `reference_<kernel>_<element>` for each.
#ifndef KERNEL_CHECKS_REFERENCE_H
#define KERNEL_CHECKS_REFERENCE_H

#include "CMillraceKernels.h"

/// Whether fused operations round once, as on the level that is checked.
extern _Thread_local bool reference_is_fused;

#define REFERENCE__(kernel, suffix) reference_##kernel##_##suffix
#define REFERENCE_(kernel, suffix) REFERENCE__(kernel, suffix)
#define KERNEL(result, kernel, parameters, arguments) result REFERENCE_(kernel, SUFFIX) parameters;
#include "../../Sources/CMillraceKernels/include/all_kernels.inc"
#undef KERNEL

#endif
