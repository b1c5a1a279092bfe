// One pointer to every kernel, for one level.
#ifndef MILLRACE_KERNELS_TABLE_H
#define MILLRACE_KERNELS_TABLE_H

#include "CMillraceKernels.h"

#define MILLRACE_BATCH_FIELD_(kernel, suffix) kernel##_##suffix
#define MILLRACE_BATCH_FIELD(kernel, suffix) MILLRACE_BATCH_FIELD_(kernel, suffix)

/// The same at every level, so that a caller may change the level between asking and calling.
#define MATMUL_SCRATCH_BYTES (1 << 20)

typedef struct millrace_batch_table {
#define KERNEL(result, kernel, parameters, arguments) result(*_Nonnull MILLRACE_BATCH_FIELD(kernel, SUFFIX)) parameters;
#include "all_kernels.inc"
#undef KERNEL
} millrace_batch_table;

#if defined(__x86_64__)
extern const millrace_batch_table millrace_batch_table_sse2, millrace_batch_table_avx2, millrace_batch_table_avx512;
#elif defined(__aarch64__)
extern const millrace_batch_table millrace_batch_table_neon;
#else
#error "Millrace supports x86-64 and arm64"
#endif

#endif
