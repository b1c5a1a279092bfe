// Programs: the steps of a fused expression, run over some vectors at a time.
//
// The steps have been translated into operations on an accumulator of several vector registers (see `program.c`); what a step reads from the step before it never
// leaves them. One more result that is read soon is saved beside it, in registers where there are 32; other operands, and results that are read later, lie in memory. An operation may be entered
// before its accumulator is loaded, or after, and ends with the jump to the next one, so that each jump has its own history in the branch predictor.

#include "../program_operations.h"

/// The vectors of the widest accumulator.
enum { NAME(widest) = VECTOR_REGISTERS == 32 ? 16 : 8 };

typedef struct {
  /// Where the code of the operation is.
  const void *code;
  /// What is loaded first, if anything, and the operands: for inputs and outputs the mask lets the place of the part through, for registers not.
  ELEMENT *a, *b, *c;
  size_t a_mask, b_mask, c_mask;
  ELEMENT x, y;
} NAME(operation);

/// What a reduction has so far.
typedef struct {
  /// The 64 virtual lanes, or an extreme for each lane of the accumulator.
  VEC lanes[64 / LANES > NAME(widest) ? 64 / LANES : NAME(widest)];
  /// Lanes that have seen a number.
  INT seen;
} NAME(reduced);

static void NAME(begin_reduction)(NAME(reduced) *reduced, millrace_batch_reduction reduction) {
  ELEMENT first = reduction == MILLRACE_BATCH_REDUCE_MIN ? HIGHEST : reduction == MILLRACE_BATCH_REDUCE_MAX ? LOWEST : 0;
  for (size_t k = 0; k < sizeof reduced->lanes / sizeof reduced->lanes[0]; k++) reduced->lanes[k] = SPLAT(first);
  reduced->seen = (INT)(SIGNED)0;
}

static ELEMENT NAME(end_reduction)(NAME(reduced) *reduced, millrace_batch_reduction reduction) {
  if (reduction == MILLRACE_BATCH_REDUCE_SUM) return NAME(lanes_sum)(reduced->lanes);
  if (OF_SUFFIX(bits)(reduced->seen) == 0) return (ELEMENT)NAN;
  VEC all = reduced->lanes[0];
  for (int k = 1; k < NAME(widest); k++) {
    all = reduction == MILLRACE_BATCH_REDUCE_MIN ? LEAST_OF(reduced->lanes[k], all) : GREATEST_OF(reduced->lanes[k], all);
  }
  if (reduction == MILLRACE_BATCH_REDUCE_MIN) {
    FOLD(all, LEAST_OF)
  } else {
    FOLD(all, GREATEST_OF)
  }
  return all[0] + 0;
}

/// Of the first `count` elements of a part, the lanes in its k-th vector.
static INLINE INT NAME(lanes_there)(size_t count, size_t k) {
  return NAME(first_lanes)(count <= k * LANES ? 0 : count - k * LANES < LANES ? count - k * LANES : LANES);
}

/// Adds the lanes of one vector that are there; it begins at place i of its block and is the k-th of its part.
static INLINE void NAME(reduce_vector)(NAME(reduced) *reduced, VEC v, INT is_there, size_t i, size_t k, const program_operation how) {
  if (how == run_sum) {
    reduced->lanes[i / LANES % (64 / LANES)] += is_there ? v : SPLAT(0);
    return;
  }
  is_there &= (INT)(v == v);
  reduced->seen |= is_there;
  VEC so_far = reduced->lanes[k];
  v = is_there ? v : so_far;
  reduced->lanes[k] = how == run_least ? LEAST_OF(v, so_far) : GREATEST_OF(v, so_far);
}

#define FUNCTION(name, function) \
  __attribute__((noinline)) static void NAME(all##name)(VEC *v, int count) { \
    for (int k = 0; k < count; k += 2) { \
      v[k] = function(v[k]); \
      v[k + 1] = function(v[k + 1]); \
    } \
  }
FUNCTIONS(FUNCTION)
#undef FUNCTION

#define PROGRAM program_with_saved
#define WIDE 8
#define HAS_SAVED 1
#include "program_loop.h"

#if VECTOR_REGISTERS == 32
// What would hold a saved result makes the accumulator twice as wide.
#define PROGRAM program_of_one
#define WIDE 16
#define HAS_SAVED 0
#include "program_loop.h"
#endif

static void NAME(program)(
  const millrace_batch_program *program, const ELEMENT *const *inputs, ELEMENT *const *outputs, ELEMENT *partials, size_t n) {
#if VECTOR_REGISTERS == 32
  // Short inputs do not fill it.
  if (!program->has_saved && n >= 64 * LANES) {
    NAME(program_of_one)(program, inputs, outputs, partials, n);
    return;
  }
#endif
  NAME(program_with_saved)(program, inputs, outputs, partials, n);
}
