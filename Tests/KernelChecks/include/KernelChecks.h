// Every kernel against what it means, with memory that must not be touched on both sides.
#ifndef KERNEL_CHECKS_H
#define KERNEL_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

#include "CMillraceKernels.h"

#pragma clang assume_nonnull begin

size_t kernel_check_count(void);
const char *kernel_check_name(size_t check);

/// Runs one check with the kernels of a level that is available; one at a time. What failed, the first few of it, is written to `text`; true when nothing did.
/// Thorough: every length from 0 to 4097 and every distance from an aligned address, where the quick check tries those near powers of two.
bool kernel_check_run(size_t check, millrace_batch_level level, bool is_thorough, char *text, size_t bytes);

#pragma clang assume_nonnull end
#endif
