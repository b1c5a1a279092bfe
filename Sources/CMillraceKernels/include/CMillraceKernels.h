// Loops over contiguous numbers, each at the full width of the processor it runs on.
//
// One binary holds every kernel at every level (SSE2, AVX2, AVX-512; NEON on arm64); the first call chooses. The lists of kernels are in
// `float_kernels.inc` (for `_f32` and `_f64`), `i32_kernels.inc` and `u8_kernels.inc`; every one is `millrace_batch_<kernel>_<element>`.
//
// For all of them:
// - Pointers are aligned to their element, no further. Nothing before the first or past the last element is read or written.
// - An output may be exactly an input's memory; an overlap by anything else is the caller's mistake, except where a kernel says more.
// - `n` may be 0. Any thread may call; nothing is kept between calls.
// - "Fused" means: one rounding where the level has a fused multiply-add (not on SSE2), so that such results differ between levels in the last bit.
#ifndef CMILLRACE_KERNELS_H
#define CMILLRACE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#define MILLRACE_CLOSED __attribute__((enum_extensibility(closed)))
#define MILLRACE_SWIFT(name) __attribute__((swift_name(name)))

// MARK: Levels

/// A width of the kernels; greater is wider.
typedef enum MILLRACE_CLOSED millrace_batch_level {
  MILLRACE_BATCH_SSE2 MILLRACE_SWIFT("sse2") = 1,
  /// AVX2 with FMA, F16C, BMI and carry-less multiplication.
  MILLRACE_BATCH_AVX2 MILLRACE_SWIFT("avx2") = 2,
  /// The same, and AVX-512 F, BW, DQ and VL.
  MILLRACE_BATCH_AVX512 MILLRACE_SWIFT("avx512") = 3,
  MILLRACE_BATCH_NEON MILLRACE_SWIFT("neon") = 4,
} millrace_batch_level;

/// The level whose kernels run. Chosen on first use: the widest that this processor has, or the one that `MILLRACE_SIMD` names. When that is none, or the
/// processor does not have it, this and every kernel write the complaint to standard error and abort.
millrace_batch_level millrace_batch_level_current(void);

/// What is wrong with the value of `MILLRACE_SIMD`, or null; for programs that tell their users before they use a kernel.
const char *_Nullable millrace_batch_level_complaint(void);

/// Whether this processor runs `level`.
bool millrace_batch_level_is_available(millrace_batch_level level);

/// From now on the kernels of `level` run, in the whole process. False, and nothing changes, where it is not available.
bool millrace_batch_level_use(millrace_batch_level level);

/// `sse2`, `avx2`, `avx512` or `neon`.
const char *millrace_batch_level_name(millrace_batch_level level);

// MARK: What kernels take and give

/// A question about two elements. A NaN is unequal to everything, and neither less nor greater.
typedef enum MILLRACE_CLOSED millrace_batch_comparison {
  MILLRACE_BATCH_LESS MILLRACE_SWIFT("less"),
  MILLRACE_BATCH_LESS_OR_EQUAL MILLRACE_SWIFT("lessOrEqual"),
  MILLRACE_BATCH_GREATER MILLRACE_SWIFT("greater"),
  MILLRACE_BATCH_GREATER_OR_EQUAL MILLRACE_SWIFT("greaterOrEqual"),
  MILLRACE_BATCH_EQUAL MILLRACE_SWIFT("equal"),
  MILLRACE_BATCH_NOT_EQUAL MILLRACE_SWIFT("notEqual"),
} millrace_batch_comparison;

enum {
  /// Strict reductions cut their input into blocks of so many elements, counted from its start. A part of an input may be
  /// reduced alone when it starts at a multiple of this.
  MILLRACE_BATCH_STRICT_BLOCK = 4096,
  /// The virtual lanes of `sum_compensated`.
  MILLRACE_BATCH_COMPENSATED_LANES = 16,
  /// The longest row of `sort_rows`.
  MILLRACE_BATCH_SORT_WIDTH_MAX = 32,
  /// The most steps that a program may have.
  MILLRACE_BATCH_PROGRAM_STEPS_MAX = 128,
  MILLRACE_BATCH_PROGRAM_INSTRUCTIONS_MAX = 2 * MILLRACE_BATCH_PROGRAM_STEPS_MAX + 3,
};

/// How many elements, their mean, and the sum of the squares of their distances from it. Variance is `m2 / count`, or `m2 / (count - 1)`.
typedef struct millrace_batch_moments {
  double count, mean, m2;
} millrace_batch_moments;

/// The moments of two inputs, as if they were one.
millrace_batch_moments millrace_batch_moments_merge(millrace_batch_moments first, millrace_batch_moments second);

// The partial results of a strict reduction made one, by a tree whose shape depends on `count` alone. No partial: 0.
float millrace_batch_strict_combine_f32(const float *partials, size_t count);
double millrace_batch_strict_combine_f64(const double *partials, size_t count);
millrace_batch_moments millrace_batch_strict_combine_moments(const millrace_batch_moments *partials, size_t count);

/// Bytes of scratch, aligned to 64, that one call of `matmul` needs, for either element.
size_t millrace_batch_matmul_scratch_bytes(void);

/// What `csv_index` found.
typedef struct millrace_batch_csv_cells {
  size_t count;
  bool is_regular;
  /// No byte that was looked at is 0x80 or above.
  bool is_ascii;
} millrace_batch_csv_cells;

// MARK: Programs

/// What a step of a program does. `a`, `b`, `c` are the step's operands and `x`, `y` its numbers.
typedef enum MILLRACE_CLOSED millrace_batch_operation {
  MILLRACE_BATCH_OP_COPY MILLRACE_SWIFT("copy"), ///< a
  MILLRACE_BATCH_OP_FILL MILLRACE_SWIFT("fill"), ///< x
  MILLRACE_BATCH_OP_ADD MILLRACE_SWIFT("add"), ///< a + b
  MILLRACE_BATCH_OP_SUB MILLRACE_SWIFT("sub"), ///< a - b
  MILLRACE_BATCH_OP_MUL MILLRACE_SWIFT("mul"), ///< a * b
  MILLRACE_BATCH_OP_DIV MILLRACE_SWIFT("div"), ///< a / b
  MILLRACE_BATCH_OP_MIN MILLRACE_SWIFT("min"), ///< b < a ? b : a, as Swift's `min(a, b)`
  MILLRACE_BATCH_OP_MAX MILLRACE_SWIFT("max"), ///< b >= a ? b : a, as Swift's `max(a, b)`
  MILLRACE_BATCH_OP_ADD_SCALAR MILLRACE_SWIFT("addScalar"), ///< a + x
  MILLRACE_BATCH_OP_MUL_SCALAR MILLRACE_SWIFT("mulScalar"), ///< a * x
  MILLRACE_BATCH_OP_FROM_SCALAR MILLRACE_SWIFT("fromScalar"), ///< x - a
  MILLRACE_BATCH_OP_DIV_SCALAR MILLRACE_SWIFT("divScalar"), ///< a / x
  MILLRACE_BATCH_OP_INTO_SCALAR MILLRACE_SWIFT("intoScalar"), ///< x / a
  MILLRACE_BATCH_OP_MIN_SCALAR MILLRACE_SWIFT("minScalar"), ///< x < a ? x : a
  MILLRACE_BATCH_OP_MAX_SCALAR MILLRACE_SWIFT("maxScalar"), ///< x >= a ? x : a
  MILLRACE_BATCH_OP_CLAMP MILLRACE_SWIFT("clamp"), ///< at least x, at most y; a NaN stays
  MILLRACE_BATCH_OP_AFFINE MILLRACE_SWIFT("affine"), ///< a * x + y, fused
  MILLRACE_BATCH_OP_AXPY MILLRACE_SWIFT("axpy"), ///< a * x + b, fused
  MILLRACE_BATCH_OP_HORNER MILLRACE_SWIFT("horner"), ///< a * b + x, fused
  MILLRACE_BATCH_OP_FMA MILLRACE_SWIFT("fma"), ///< a * b + c, fused
  MILLRACE_BATCH_OP_ABS MILLRACE_SWIFT("abs"), ///< |a|
  MILLRACE_BATCH_OP_NEG MILLRACE_SWIFT("neg"), ///< -a
  MILLRACE_BATCH_OP_SQRT MILLRACE_SWIFT("sqrt"), ///< the square root
  MILLRACE_BATCH_OP_EXP MILLRACE_SWIFT("exp"),
  MILLRACE_BATCH_OP_LOG MILLRACE_SWIFT("log"),
  MILLRACE_BATCH_OP_SIN MILLRACE_SWIFT("sin"),
  MILLRACE_BATCH_OP_COS MILLRACE_SWIFT("cos"),
  MILLRACE_BATCH_OP_TANH MILLRACE_SWIFT("tanh"),
  MILLRACE_BATCH_OP_SIGMOID MILLRACE_SWIFT("sigmoid"),
  MILLRACE_BATCH_OP_LESS MILLRACE_SWIFT("less"), ///< a < b ? 1 : 0
  MILLRACE_BATCH_OP_LESS_OR_EQUAL MILLRACE_SWIFT("lessOrEqual"), ///< a <= b ? 1 : 0
  MILLRACE_BATCH_OP_EQUAL MILLRACE_SWIFT("equal"), ///< a == b ? 1 : 0
  MILLRACE_BATCH_OP_NOT_EQUAL MILLRACE_SWIFT("notEqual"), ///< a != b ? 1 : 0
  MILLRACE_BATCH_OP_LESS_SCALAR MILLRACE_SWIFT("lessScalar"), ///< a < x ? 1 : 0
  MILLRACE_BATCH_OP_LESS_OR_EQUAL_SCALAR MILLRACE_SWIFT("lessOrEqualScalar"), ///< a <= x ? 1 : 0
  MILLRACE_BATCH_OP_GREATER_SCALAR MILLRACE_SWIFT("greaterScalar"), ///< a > x ? 1 : 0
  MILLRACE_BATCH_OP_GREATER_OR_EQUAL_SCALAR MILLRACE_SWIFT("greaterOrEqualScalar"), ///< a >= x ? 1 : 0
  MILLRACE_BATCH_OP_EQUAL_SCALAR MILLRACE_SWIFT("equalScalar"), ///< a == x ? 1 : 0
  MILLRACE_BATCH_OP_NOT_EQUAL_SCALAR MILLRACE_SWIFT("notEqualScalar"), ///< a != x ? 1 : 0
  MILLRACE_BATCH_OP_SELECT MILLRACE_SWIFT("select"), ///< a is not 0 ? b : c
  MILLRACE_BATCH_OP_SELECT_SCALAR MILLRACE_SWIFT("selectScalar"), ///< a is not 0 ? x : b
  MILLRACE_BATCH_OP_SELECT_ELSE_SCALAR MILLRACE_SWIFT("selectElseScalar"), ///< a is not 0 ? b : x
  MILLRACE_BATCH_OP_SELECT_SCALARS MILLRACE_SWIFT("selectScalars"), ///< a is not 0 ? x : y
  MILLRACE_BATCH_OP_COUNT MILLRACE_SWIFT("count"),
} millrace_batch_operation;

enum {
  /// Operands 0 ..< 32 are registers, these and the 31 above them inputs, and outputs. Every operand but an input is written before it is read.
  MILLRACE_BATCH_OPERAND_REGISTER = 0,
  MILLRACE_BATCH_OPERAND_INPUT = 32,
  MILLRACE_BATCH_OPERAND_OUTPUT = 64,
  MILLRACE_BATCH_OPERAND_COUNT = 96,
};

/// One step of a program. Operands that the operation does not have are 0.
typedef struct millrace_batch_step {
  /// A `millrace_batch_operation`.
  uint8_t operation;
  /// A register or an output; may be one of the operands.
  uint8_t destination;
  uint8_t a, b, c;
  double x, y;
} millrace_batch_step;

typedef enum MILLRACE_CLOSED millrace_batch_reduction {
  MILLRACE_BATCH_REDUCE_NONE MILLRACE_SWIFT("none"),
  /// As `sum_strict` of the operand's elements.
  MILLRACE_BATCH_REDUCE_SUM MILLRACE_SWIFT("sum"),
  /// As `reduce_min` and `reduce_max`.
  MILLRACE_BATCH_REDUCE_MIN MILLRACE_SWIFT("min"),
  MILLRACE_BATCH_REDUCE_MAX MILLRACE_SWIFT("max"),
} millrace_batch_reduction;

/// What steps are translated to.
typedef struct millrace_batch_instruction {
  uint8_t operation;
  uint8_t a, b, c;
  /// The accumulator is loaded: not, from a, or from the saved registers.
  uint8_t loaded;
  /// Of a store: somebody reads what it writes.
  bool is_stored;
  /// Which operand is in the saved registers: none, b or c.
  uint8_t saved;
  double x, y;
} millrace_batch_instruction;

/// Steps that run over all elements, a few vectors at a time.
typedef struct millrace_batch_program {
  const millrace_batch_step *steps;
  size_t step_count;
  /// Registers 0 ..< this are used; at most 32.
  size_t register_count;
  /// The fused operations round twice at every level, so that the levels agree to the bit (but for `exp` and its kind).
  bool is_strict;
  millrace_batch_reduction reduction;
  /// What is reduced.
  uint8_t reduced;
  /// Made by `millrace_batch_program_prepare`; the kernels read these, and the reduction.
  const millrace_batch_instruction *_Nullable instructions;
  size_t instruction_count;
  /// Something is in the saved registers at some time.
  bool has_saved;
} millrace_batch_program;

/// Translates the steps, once, before the program runs. `instructions` has room for two for each step and three more, and stays where it is while the program may run.
void millrace_batch_program_prepare(millrace_batch_program *program, millrace_batch_instruction *instructions);

// MARK: Kernels

#define MILLRACE_BATCH_NAME_(kernel, suffix) millrace_batch_##kernel##_##suffix
#define MILLRACE_BATCH_NAME(kernel, suffix) MILLRACE_BATCH_NAME_(kernel, suffix)
#define KERNEL(result, kernel, parameters, arguments) result MILLRACE_BATCH_NAME(kernel, SUFFIX) parameters;

#pragma clang assume_nonnull end
#include "all_kernels.inc"

#undef KERNEL
#endif
