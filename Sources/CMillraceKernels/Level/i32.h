// What Int32 has of its own.

#include "prefix_sum.h"

EACH(add, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), (VEC)((u32_vector)AT(a) + (u32_vector)AT(b)))
EACH(sub, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), (VEC)((u32_vector)AT(a) - (u32_vector)AT(b)))
EACH(mul, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), (VEC)((u32_vector)AT(a) * (u32_vector)AT(b)))
EACH(affine, (int32_t *out, const int32_t *a, int32_t x, int32_t y, size_t n), (VEC)((u32_vector)AT(a) * (u32_vector)SPLAT(x) + (u32_vector)SPLAT(y)))
EACH(abs, (int32_t *out, const int32_t *a, size_t n), AT(a) < 0 ? (VEC)(0 - (u32_vector)AT(a)) : AT(a))

static int64_t NAME(sum)(const int32_t *a, size_t n) {
  i64_vector sums = 0;
  OVER_VECTORS(4, {
    VEC v = AT(a);
    sums += __builtin_convertvector(v.lo, i64_vector) + __builtin_convertvector(v.hi, i64_vector);
  })
  int64_t sum = 0;
  UNROLL_ALL
  for (int k = 0; k < LANES / 2; k++) sum += sums[k];
  return sum;
}

static int32_t NAME(reduce_min)(const int32_t *a, size_t n) {
  int32_t low, high;
  NAME(extremes)(&low, &high, a, n, true, false);
  return low;
}
static int32_t NAME(reduce_max)(const int32_t *a, size_t n) {
  int32_t low, high;
  NAME(extremes)(&low, &high, a, n, false, true);
  return high;
}
static void NAME(reduce_min_max)(int32_t *low, int32_t *high, const int32_t *a, size_t n) { NAME(extremes)(low, high, a, n, true, true); }

/// Only one addition a vector waits for the vector before it.
static INLINE int32_t NAME(prefix_sums)(int32_t *out, const int32_t *a, int32_t initial, size_t n, const bool is_exclusive) {
  VEC before = SPLAT(initial);
  OVER_VECTORS(4, {
    VEC sums = AT(a);
    RUNNING_SUMS(sums)
    VEC all = before + sums;
    NAME(put)(out + i, is_exclusive ? MOVED_UP(all, before) : all, count);
    before += LAST(sums);
  })
  return before[0];
}
static int32_t NAME(prefix_sum)(int32_t *out, const int32_t *a, int32_t initial, size_t n) {
  return NAME(prefix_sums)(out, a, initial, n, false);
}
static int32_t NAME(prefix_sum_exclusive)(int32_t *out, const int32_t *a, int32_t initial, size_t n) {
  return NAME(prefix_sums)(out, a, initial, n, true);
}

static size_t NAME(histogram)(uint64_t *counts, size_t bins, const int32_t *a, size_t n) {
  size_t others = 0;
  UNROLL(4)
  for (size_t i = 0; i < n; i++) {
    if ((size_t)(uint32_t)a[i] < bins && a[i] >= 0)
      counts[a[i]]++;
    else
      others++;
  }
  return others;
}

// The compiler finds the vectors of conversions by itself.
static void NAME(to_f32)(float *out, const int32_t *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = (float)a[i];
}
static void NAME(to_f64)(double *out, const int32_t *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = a[i];
}
#define SATURATED(x) ((x) >= 2147483648.0 ? INT32_MAX : (x) > -2147483648.0 ? (int32_t)(x) : (x) == (x) ? INT32_MIN : 0)
static void NAME(from_f32)(int32_t *out, const float *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = SATURATED(a[i]);
}
static void NAME(from_f64)(int32_t *out, const double *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = SATURATED(a[i]);
}
