#include "KernelChecks.h"

#include <float.h>
#include <math.h>

#include "arena.h"
#include "../../Sources/CMillraceKernels/table.h"
#include "reference.h"

/// The kernels that are checked. Not through the level in use, which is the process's, and other tests'.
static _Thread_local const millrace_batch_table *tested;
#define TESTED(kernel, suffix) (tested->MILLRACE_BATCH_FIELD(kernel, suffix))
#define COMBINE_(suffix) MILLRACE_BATCH_NAME(strict_combine, suffix)

#define NAME__(kernel, suffix) kernel##_##suffix
#define NAME_(kernel, suffix) NAME__(kernel, suffix)
#define NAME(kernel) NAME_(kernel, SUFFIX)

static bool check_same(double a, double b) { return a == b || (a != a && b != b); }


#define SUFFIX f32
#define ELEMENT float
#define BITS uint32_t
#define TINIEST 0x1p-149f
#define SMALLEST 0x1p-126f
#define LARGEST FLT_MAX
#define EPSILON FLT_EPSILON
#define EXACT(function) function
#include "checks_float.h"
#include "checks_any.h"
#undef SUFFIX
#undef ELEMENT
#undef BITS
#undef TINIEST
#undef SMALLEST
#undef LARGEST
#undef EPSILON
#undef EXACT

#define SUFFIX f64
#define ELEMENT double
#define BITS uint64_t
#define TINIEST 0x1p-1074
#define SMALLEST 0x1p-1022
#define LARGEST DBL_MAX
#define EPSILON DBL_EPSILON
#define EXACT(function) function##l
#include "checks_float.h"
#include "checks_any.h"
#undef SUFFIX
#undef ELEMENT

#define SUFFIX i32
#define ELEMENT int32_t
#include "checks_integer.h"
#include "checks_any.h"

// MARK: The list

#define OF_FLOATS(name) {#name "_f32", check_##name##_f32}, {#name "_f64", check_##name##_f64}
#define OF_NUMBERS(name) OF_FLOATS(name), {#name "_i32", check_##name##_i32}
#define ALONE(name) {#name, check_##name}

static const struct {
  const char *name;
  void (*check)(check_run *);
} checks[] = {
  OF_NUMBERS(add), OF_NUMBERS(sub), OF_NUMBERS(mul), OF_FLOATS(div), OF_NUMBERS(min), OF_NUMBERS(max), OF_FLOATS(add_scalar), OF_FLOATS(mul_scalar),
  OF_FLOATS(div_scalar), OF_FLOATS(from_scalar), OF_FLOATS(into_scalar), OF_FLOATS(min_scalar), OF_FLOATS(max_scalar), OF_NUMBERS(abs), OF_FLOATS(neg),
  OF_FLOATS(sqrt), OF_FLOATS(fill), OF_FLOATS(fma), OF_FLOATS(axpy), OF_NUMBERS(affine), OF_FLOATS(shift_scale), OF_FLOATS(polynomial), OF_NUMBERS(clamp),
  OF_NUMBERS(select), OF_FLOATS(exp), OF_FLOATS(log), OF_FLOATS(sin), OF_FLOATS(cos), OF_FLOATS(tanh), OF_FLOATS(sigmoid), OF_NUMBERS(compare),
  OF_NUMBERS(compare_scalar), OF_FLOATS(compare_bits_scalar), OF_FLOATS(count_scalar), OF_FLOATS(sum_strict), OF_FLOATS(dot_strict), OF_FLOATS(sum_relaxed),
  OF_FLOATS(dot_relaxed), OF_FLOATS(moments), OF_FLOATS(strict_blocks), OF_FLOATS(reduce_min), OF_FLOATS(reduce_max), OF_FLOATS(reduce_min_max),
  OF_FLOATS(argmin_argmax), OF_FLOATS(compensated), OF_FLOATS(softmax), OF_FLOATS(normalise), OF_NUMBERS(filter), OF_NUMBERS(gather_scatter), OF_NUMBERS(transpose),
  OF_NUMBERS(sort_rows), OF_NUMBERS(prefix_sum), OF_NUMBERS(histogram), OF_FLOATS(matmul), OF_FLOATS(stencil), OF_FLOATS(mandelbrot), OF_FLOATS(program),
  OF_FLOATS(program_functions), ALONE(values_i32), ALONE(to_f32_i32), ALONE(to_f64_i32), ALONE(from_f32_i32), ALONE(from_f64_i32), ALONE(to_f32_u8),
  ALONE(from_f32_u8), ALONE(f32_to_f64_u8), ALONE(f64_to_f32_u8), ALONE(f16_to_f32_u8), ALONE(f32_to_f16_u8), ALONE(f16_all), ALONE(u8_values), ALONE(csv_index),
};

size_t kernel_check_count(void) { return sizeof checks / sizeof checks[0]; }
const char *kernel_check_name(size_t check) { return checks[check].name; }

static const millrace_batch_table *table_of(millrace_batch_level level) {
  switch (level) {
#if defined(__x86_64__)
    case MILLRACE_BATCH_SSE2: return &millrace_batch_table_sse2;
    case MILLRACE_BATCH_AVX2: return &millrace_batch_table_avx2;
    case MILLRACE_BATCH_AVX512: return &millrace_batch_table_avx512;
    case MILLRACE_BATCH_NEON: return NULL;
#else
    case MILLRACE_BATCH_NEON: return &millrace_batch_table_neon;
    default: return NULL;
#endif
  }
  return NULL;
}

bool kernel_check_run(size_t check, millrace_batch_level level, bool is_thorough, char *text, size_t bytes) {
  *text = 0;
  tested = table_of(level);
  reference_is_fused = level != MILLRACE_BATCH_SSE2;
  check_run run = {.name = checks[check].name, .is_thorough = is_thorough, .text = text, .bytes = bytes, .random = check};
  checks[check].check(&run);
  return run.failures == 0;
}
