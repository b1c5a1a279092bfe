// What every kernel means, one element at a time.
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#pragma clang fp contract(off)

_Thread_local bool reference_is_fused = false;

#define NAME__(kernel, suffix) reference_##kernel##_##suffix
#define NAME_(kernel, suffix) NAME__(kernel, suffix)
#define NAME(kernel) NAME_(kernel, SUFFIX)

#define HOLDS(comparison, a, b) \
  ((comparison) == MILLRACE_BATCH_LESS               ? (a) < (b) \
   : (comparison) == MILLRACE_BATCH_LESS_OR_EQUAL    ? (a) <= (b) \
   : (comparison) == MILLRACE_BATCH_GREATER          ? (a) > (b) \
   : (comparison) == MILLRACE_BATCH_GREATER_OR_EQUAL ? (a) >= (b) \
   : (comparison) == MILLRACE_BATCH_EQUAL            ? (a) == (b) \
                                                     : (a) != (b))

#define ELEMENT float
#define SUFFIX f32
#define WIDE double
#define WIDE_MATH(function) function
#define SIGNED int32_t
#define SIGNED_MAX INT32_MAX
#include "reference_float.h"
#include "reference_any.h"
#undef ELEMENT
#undef ELEMENT
#undef SUFFIX
#undef WIDE
#undef WIDE_MATH
#undef SIGNED
#undef SIGNED_MAX
#undef EACH
#undef BLOCKS

#define ELEMENT double
#define SUFFIX f64
#define WIDE long double
#define WIDE_MATH(function) function##l
#define SIGNED int64_t
#define SIGNED_MAX INT64_MAX
#include "reference_float.h"
#include "reference_any.h"
#undef ELEMENT
#undef ELEMENT
#undef SUFFIX

#define ELEMENT int32_t
#define SUFFIX i32
#include "reference_any.h"
#define WRAP(value) (int32_t)(value)
#define U(value) (uint32_t)(value)
EACH(add, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), WRAP(U(a[i]) + U(b[i])))
EACH(sub, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), WRAP(U(a[i]) - U(b[i])))
EACH(mul, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), WRAP(U(a[i]) * U(b[i])))
EACH(min, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), b[i] < a[i] ? b[i] : a[i])
EACH(max, (int32_t *out, const int32_t *a, const int32_t *b, size_t n), b[i] >= a[i] ? b[i] : a[i])
EACH(affine, (int32_t *out, const int32_t *a, int32_t x, int32_t y, size_t n), WRAP(U(a[i]) * U(x) + U(y)))
EACH(abs, (int32_t *out, const int32_t *a, size_t n), a[i] < 0 ? WRAP(0 - U(a[i])) : a[i])
EACH(clamp, (int32_t *out, const int32_t *a, int32_t low, int32_t high, size_t n), a[i] < low ? low : high < a[i] ? high : a[i])
EACH(compare, (millrace_batch_comparison comparison, uint8_t *out, const int32_t *a, const int32_t *b, size_t n), HOLDS(comparison, a[i], b[i]))
EACH(compare_scalar, (millrace_batch_comparison comparison, uint8_t *out, const int32_t *a, int32_t x, size_t n), HOLDS(comparison, a[i], x))
EACH(select, (int32_t *out, const uint8_t *mask, const int32_t *a, const int32_t *b, size_t n), mask[i] ? a[i] : b[i])
EACH(to_f32, (float *out, const int32_t *a, size_t n), (float)a[i])
EACH(to_f64, (double *out, const int32_t *a, size_t n), a[i])
#define SATURATED(value) (value) >= 2147483648.0 ? INT32_MAX : (value) <= -2147483648.0 ? INT32_MIN : (value) == (value) ? (int32_t)(value) : 0
EACH(from_f32, (int32_t *out, const float *a, size_t n), SATURATED(a[i]))
EACH(from_f64, (int32_t *out, const double *a, size_t n), SATURATED(a[i]))

int64_t NAME(sum)(const int32_t *a, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i];
  return sum;
}

void NAME(reduce_min_max)(int32_t *low, int32_t *high, const int32_t *a, size_t n) {
  *low = INT32_MAX;
  *high = INT32_MIN;
  for (size_t i = 0; i < n; i++) {
    *low = a[i] < *low ? a[i] : *low;
    *high = a[i] > *high ? a[i] : *high;
  }
}

int32_t NAME(reduce_min)(const int32_t *a, size_t n) {
  int32_t low, high;
  NAME(reduce_min_max)(&low, &high, a, n);
  return low;
}

int32_t NAME(reduce_max)(const int32_t *a, size_t n) {
  int32_t low, high;
  NAME(reduce_min_max)(&low, &high, a, n);
  return high;
}

intptr_t NAME(argmin)(const int32_t *a, size_t n) {
  intptr_t place = n > 0 ? 0 : -1;
  for (size_t i = 1; i < n; i++)
    if (a[i] < a[place]) place = (intptr_t)i;
  return place;
}

intptr_t NAME(argmax)(const int32_t *a, size_t n) {
  intptr_t place = n > 0 ? 0 : -1;
  for (size_t i = 1; i < n; i++)
    if (a[i] > a[place]) place = (intptr_t)i;
  return place;
}

int32_t NAME(prefix_sum)(int32_t *out, const int32_t *a, int32_t initial, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = initial = WRAP(U(initial) + U(a[i]));
  return initial;
}

int32_t NAME(prefix_sum_exclusive)(int32_t *out, const int32_t *a, int32_t initial, size_t n) {
  for (size_t i = 0; i < n; i++) {
    int32_t element = a[i];
    out[i] = initial;
    initial = WRAP(U(initial) + U(element));
  }
  return initial;
}

size_t NAME(histogram)(uint64_t *counts, size_t bins, const int32_t *a, size_t n) {
  size_t others = 0;
  for (size_t i = 0; i < n; i++) {
    if (a[i] < 0 || (size_t)a[i] >= bins)
      others++;
    else
      counts[a[i]]++;
  }
  return others;
}

static int NAME(total_order)(const void *first, const void *second) {
  int32_t a, b;
  memcpy(&a, first, sizeof a);
  memcpy(&b, second, sizeof b);
  return a < b ? -1 : a > b;
}

void NAME(sort_rows)(int32_t *a, size_t stride, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) qsort(a + row * stride, width, sizeof *a, NAME(total_order));
}
#undef ELEMENT
#undef ELEMENT
#undef SUFFIX

#define ELEMENT uint8_t
#define SUFFIX u8
EACH(add, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), a[i] + b[i] > 255 ? 255 : (uint8_t)(a[i] + b[i]))
EACH(sub, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), a[i] < b[i] ? 0 : (uint8_t)(a[i] - b[i]))
EACH(min, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), b[i] < a[i] ? b[i] : a[i])
EACH(max, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), b[i] >= a[i] ? b[i] : a[i])
EACH(clamp, (uint8_t *out, const uint8_t *a, uint8_t low, uint8_t high, size_t n), a[i] < low ? low : high < a[i] ? high : a[i])
EACH(compare, (millrace_batch_comparison comparison, uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), HOLDS(comparison, a[i], b[i]))
EACH(compare_scalar, (millrace_batch_comparison comparison, uint8_t *out, const uint8_t *a, uint8_t x, size_t n), HOLDS(comparison, a[i], x))
EACH(select, (uint8_t *out, const uint8_t *mask, const uint8_t *a, const uint8_t *b, size_t n), mask[i] ? a[i] : b[i])
EACH(to_f32, (float *out, const uint8_t *a, size_t n), a[i])
EACH(from_f32, (uint8_t *out, const float *a, size_t n), a[i] >= 255 ? 255 : a[i] > 0 ? (uint8_t)rintf(a[i]) : 0)
EACH(f32_to_f64, (double *out, const float *a, size_t n), a[i])
EACH(f64_to_f32, (float *out, const double *a, size_t n), (float)a[i])

size_t NAME(count_scalar)(millrace_batch_comparison comparison, const uint8_t *a, uint8_t x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += HOLDS(comparison, a[i], x);
  return count;
}

uint64_t NAME(sum)(const uint8_t *a, size_t n) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i];
  return sum;
}

uint8_t NAME(reduce_min)(const uint8_t *a, size_t n) {
  uint8_t low = 255;
  for (size_t i = 0; i < n; i++) low = a[i] < low ? a[i] : low;
  return low;
}

uint8_t NAME(reduce_max)(const uint8_t *a, size_t n) {
  uint8_t high = 0;
  for (size_t i = 0; i < n; i++) high = a[i] > high ? a[i] : high;
  return high;
}

void NAME(histogram)(uint64_t *counts, const uint8_t *a, size_t n) {
  for (size_t i = 0; i < n; i++) counts[a[i]]++;
}

void NAME(f16_to_f32)(float *out, const uint16_t *a, size_t n) {
  for (size_t i = 0; i < n; i++) {
    int exponent = a[i] >> 10 & 31, fraction = a[i] & 1023;
    float size = exponent == 31 ? (fraction ? NAN : INFINITY) : exponent ? ldexpf((float)(1024 + fraction), exponent - 25) : ldexpf((float)fraction, -24);
    out[i] = copysignf(size, a[i] >> 15 ? -1.0f : 1.0f);
  }
}

void NAME(f32_to_f16)(uint16_t *out, const float *a, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint16_t sign = signbit(a[i]) ? 0x8000 : 0, bits;
    float size = fabsf(a[i]);
    if (size != size)
      bits = 0x7e00;
    else if (size >= 65520)
      bits = 0x7c00;
    else if (size < 0x1p-14f)
      bits = (uint16_t)rintf(size * 0x1p24f);
    else {
      int exponent;
      float fraction = frexpf(size, &exponent);
      bits = (uint16_t)(((exponent + 14) << 10) + (int)rintf(fraction * 2048) - 1024);
    }
    out[i] = sign | bits;
  }
}

millrace_batch_csv_cells NAME(csv_index)(uint32_t *ends, const uint8_t *a, uint8_t separator, size_t columns, size_t limit, size_t n) {
  const millrace_batch_csv_cells irregular = {0, false, false};
  size_t count = 0, i = 0;
  while (i < n && i < limit) {
    for (size_t column = 0;; column++) {
      if (i < n && a[i] == '"') {
        for (i++; i < n && !(a[i] == '"' && !(i + 1 < n && a[i + 1] == '"')); i++) {
          if (a[i] == 0) return irregular;
          i += a[i] == '"';
        }
        if (i == n) return irregular;
        i++;
        i += i + 1 < n && a[i] == '\r' && a[i + 1] == '\n';
        if (i < n && a[i] != separator && a[i] != '\n') return irregular;
      } else {
        for (; i < n && a[i] != separator && a[i] != '\n'; i++)
          if (a[i] == '"' || a[i] == 0) return irregular;
      }
      ends[count++] = (uint32_t)i;
      bool is_last = i == n || a[i] == '\n';
      if (is_last != (column + 1 == columns)) return irregular;
      i++;
      if (is_last) break;
    }
  }
  bool is_ascii = true;
  for (size_t k = 0; k < i && k < n; k++) is_ascii = is_ascii && a[k] < 0x80;
  return (millrace_batch_csv_cells){count, true, is_ascii};
}
#undef ELEMENT
#undef SUFFIX
