// Kernels of floats that look at each element alone.

static INLINE VEC NAME(fused)(VEC a, VEC b, VEC c) {
#if HAS_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}
static INLINE VEC NAME(unfused)(VEC a, VEC b, VEC c) { return a * b + c; }
static INLINE VEC NAME(size)(VEC a) { return __builtin_elementwise_abs(a); }

EACH(add, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), AT(a) + AT(b))
EACH(sub, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), AT(a) - AT(b))
EACH(mul, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), AT(a) * AT(b))
EACH(div, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), AT(a) / AT(b))
EACH(add_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), AT(a) + SPLAT(x))
EACH(mul_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), AT(a) * SPLAT(x))
EACH(div_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), AT(a) / SPLAT(x))
EACH(from_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), SPLAT(x) - AT(a))
EACH(into_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), SPLAT(x) / AT(a))
EACH(min_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), NAME(lesser)(AT(a), SPLAT(x)))
EACH(max_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), NAME(greater)(AT(a), SPLAT(x)))
EACH(abs, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(size)(AT(a)))
EACH(neg, (ELEMENT *out, const ELEMENT *a, size_t n), -AT(a))
EACH(sqrt, (ELEMENT *out, const ELEMENT *a, size_t n), OF_SUFFIX(root)(AT(a)))
EACH(fill, (ELEMENT *out, ELEMENT x, size_t n), SPLAT(x))
EACH(fma, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, const ELEMENT *c, size_t n), NAME(fused)(AT(a), AT(b), AT(c)))
EACH(axpy, (ELEMENT *out, ELEMENT x, const ELEMENT *a, const ELEMENT *b, size_t n), NAME(fused)(AT(a), SPLAT(x), AT(b)))
EACH(affine, (ELEMENT *out, const ELEMENT *a, ELEMENT x, ELEMENT y, size_t n), NAME(fused)(AT(a), SPLAT(x), SPLAT(y)))
EACH(shift_scale, (ELEMENT *out, const ELEMENT *a, ELEMENT x, ELEMENT y, size_t n), (AT(a) - SPLAT(x)) * SPLAT(y))

/// A polynomial whose number of coefficients the compiler knows.
static INLINE void NAME(polynomial_of)(ELEMENT *out, const ELEMENT *a, const ELEMENT *coefficients, const size_t terms, size_t n) {
  VEC all[8];
  UNROLL_ALL
  for (size_t term = 0; term < terms; term++) all[term] = SPLAT(coefficients[term]);
  OVER_VECTORS(4, {
    VEC x = AT(a);
    VEC sum = all[terms - 1];
    UNROLL_ALL
    for (size_t term = terms - 1; term > 0; term--) sum = NAME(fused)(sum, x, all[term - 1]);
    NAME(put)(out + i, sum, count);
  })
}

static void NAME(polynomial)(ELEMENT *out, const ELEMENT *a, const ELEMENT *coefficients, size_t terms, size_t n) {
  switch (terms) {
    case 0: NAME(fill)(out, 0, n); return;
    case 1: NAME(fill)(out, coefficients[0], n); return;
    case 2: NAME(polynomial_of)(out, a, coefficients, 2, n); return;
    case 3: NAME(polynomial_of)(out, a, coefficients, 3, n); return;
    case 4: NAME(polynomial_of)(out, a, coefficients, 4, n); return;
    case 5: NAME(polynomial_of)(out, a, coefficients, 5, n); return;
    case 6: NAME(polynomial_of)(out, a, coefficients, 6, n); return;
    case 7: NAME(polynomial_of)(out, a, coefficients, 7, n); return;
    case 8: NAME(polynomial_of)(out, a, coefficients, 8, n); return;
    default: break;
  }
  // Four vectors side by side, so that their steps overlap.
  enum { wide = 4 };
  for (size_t start = 0; start < n; start += wide * LANES) {
    size_t left = n - start;
    VEC x[wide];
    VEC sum[wide];
    UNROLL_ALL
    for (size_t k = 0; k < wide; k++) {
      size_t count = left <= k * LANES ? 0 : left - k * LANES < LANES ? left - k * LANES : LANES;
      x[k] = NAME(get)(a + start + (count > 0 ? k * LANES : 0), count);
      sum[k] = SPLAT(coefficients[terms - 1]);
    }
    for (size_t term = terms - 1; term > 0; term--) {
      UNROLL_ALL
      for (size_t k = 0; k < wide; k++) sum[k] = NAME(fused)(sum[k], x[k], SPLAT(coefficients[term - 1]));
    }
    UNROLL_ALL
    for (size_t k = 0; k < wide; k++) {
      size_t count = left <= k * LANES ? 0 : left - k * LANES < LANES ? left - k * LANES : LANES;
      if (count > 0) NAME(put)(out + start + k * LANES, sum[k], count);
    }
  }
}

static void NAME(compare_bits_scalar)(millrace_batch_comparison comparison, uint64_t *out, const ELEMENT *a, ELEMENT x, size_t n) {
#define BODY(question) \
  for (size_t start = 0; start < n; start += 64) { \
    size_t rest = n - start < 64 ? n - start : 64; \
    uint64_t word = 0; \
    UNROLL_ALL \
    for (size_t k = 0; k < 64; k += LANES) { \
      size_t count = k >= rest ? 0 : rest - k < LANES ? rest - k : LANES; \
      if (count > 0) word |= (OF_SUFFIX(bits)((INT)(NAME(get)(a + start + k, count) question SPLAT(x))) & (~0ull >> (64 - count))) << k; \
    } \
    out[start / 64] = word; \
  }
  WITH_COMPARISON(BODY)
#undef BODY
}
