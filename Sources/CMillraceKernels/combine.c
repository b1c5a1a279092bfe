// What is left of reductions when the vectors are done: the same scalar code for every level.
#include "table.h"

#pragma clang fp contract(off)

millrace_batch_moments millrace_batch_moments_merge(millrace_batch_moments first, millrace_batch_moments second) {
  if (first.count == 0) return second;
  if (second.count == 0) return first;
  double count = first.count + second.count, distance = second.mean - first.mean, share = second.count / count;
  // Chan, Golub, LeVeque 1979: no difference of large numbers.
  double step = distance * share, between = distance * step;
  double within = first.m2 + second.m2, spread = between * first.count;
  return (millrace_batch_moments){count, first.mean + step, within + spread};
}

/// The left part of a tree over `count` > 1 leaves: the greatest power of two below it, so that the tree's shape over the first blocks does not depend on
/// how many follow.
static size_t left_part(size_t count) { return (size_t)1 << (63 - __builtin_clzll((unsigned long long)count - 1)); }

#define COMBINE(name, type, empty, merged) \
  type name(const type *partials, size_t count) { \
    if (count == 0) return empty; \
    if (count == 1) return partials[0]; \
    size_t left = left_part(count); \
    type first = name(partials, left), second = name(partials + left, count - left); \
    return merged; \
  }
COMBINE(millrace_batch_strict_combine_f32, float, 0, first + second)
COMBINE(millrace_batch_strict_combine_f64, double, 0, first + second)
COMBINE(
  millrace_batch_strict_combine_moments, millrace_batch_moments, ((millrace_batch_moments){0, 0, 0}), millrace_batch_moments_merge(first, second))

size_t millrace_batch_matmul_scratch_bytes(void) { return MATMUL_SCRATCH_BYTES; }
