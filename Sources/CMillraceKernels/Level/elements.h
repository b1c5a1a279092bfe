// For each element: vectors in memory, and the kernels that all elements have and that look at each element alone.
#define LANES (VECTOR_BYTES / ELEMENT_BYTES)

typedef VEC NAME(unaligned) __attribute__((aligned(1), may_alias));

static INLINE VEC NAME(load)(const ELEMENT *p) { return *(const NAME(unaligned) *)p; }
static INLINE void NAME(store)(ELEMENT *p, VEC v) { *(NAME(unaligned) *)p = v; }
/// The first `count` <= LANES elements, and 0 in the other lanes.
static INLINE VEC NAME(get)(const ELEMENT *p, size_t count) { return count == LANES ? NAME(load)(p) : OF_SUFFIX(load_first)(p, count); }
static INLINE void NAME(put)(ELEMENT *p, VEC v, size_t count) {
  if (count == LANES)
    NAME(store)(p, v);
  else
    OF_SUFFIX(store_first)(p, v, count);
}
#define SPLAT(x) ((VEC)(ELEMENT)(x))

/// Loops over `times` vectors, over whole vectors, and one part of a vector: `body` handles `count` elements from element i.
#define OVER_VECTORS(times, body) \
  size_t next = 0; \
  for (; n - next >= (times) * LANES; next += (times) * LANES) { \
    UNROLL_ALL \
    for (size_t k = 0; k < (times); k++) { \
      const size_t i = next + k * LANES, count = LANES; \
      body; \
    } \
  } \
  for (; n - next >= LANES; next += LANES) { \
    const size_t i = next, count = LANES; \
    body; \
  } \
  if (next < n) { \
    const size_t i = next, count = n - next; \
    body; \
  }

#define AT(p) NAME(get)(p + i, count)
#define EACH(kernel, parameters, value) \
  static void NAME(kernel) parameters { OVER_VECTORS(4, NAME(put)(out + i, value, count)) }

static INLINE VEC NAME(lesser)(VEC a, VEC b) { return b < a ? b : a; }
static INLINE VEC NAME(greater)(VEC a, VEC b) { return b >= a ? b : a; }
static INLINE VEC NAME(clamped)(VEC a, VEC low, VEC high) {
  a = a < low ? low : a;
  return high < a ? high : a;
}
EACH(min, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), NAME(lesser)(AT(a), AT(b)))
EACH(max, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), NAME(greater)(AT(a), AT(b)))
EACH(clamp, (ELEMENT *out, const ELEMENT *a, ELEMENT low, ELEMENT high, size_t n), NAME(clamped)(AT(a), SPLAT(low), SPLAT(high)))

// MARK: Comparisons

/// Runs `body` with HELD(a, b) asking the question that `comparison` names, so that the question is outside the loop.
#define WITH_COMPARISON(body) \
  switch (comparison) { \
    case MILLRACE_BATCH_LESS: { body(<); break; } \
    case MILLRACE_BATCH_LESS_OR_EQUAL: { body(<=); break; } \
    case MILLRACE_BATCH_GREATER: { body(>); break; } \
    case MILLRACE_BATCH_GREATER_OR_EQUAL: { body(>=); break; } \
    case MILLRACE_BATCH_EQUAL: { body(==); break; } \
    case MILLRACE_BATCH_NOT_EQUAL: { body(!=); break; } \
  }

typedef uint8_t NAME(bytes) __attribute__((ext_vector_type(LANES)));

static INLINE void NAME(put_mask)(uint8_t *out, INT mask, size_t count) {
  NAME(bytes) bytes = __builtin_convertvector(mask, NAME(bytes)) & (NAME(bytes))1;
  memcpy(out, &bytes, count);
}

static void NAME(compare_scalar)(millrace_batch_comparison comparison, uint8_t *out, const ELEMENT *a, ELEMENT x, size_t n) {
#define BODY(question) OVER_VECTORS(4, NAME(put_mask)(out + i, (INT)(AT(a) question SPLAT(x)), count))
  WITH_COMPARISON(BODY)
#undef BODY
}

static size_t NAME(count_scalar)(millrace_batch_comparison comparison, const ELEMENT *a, ELEMENT x, size_t n) {
  size_t found = 0;
#define BODY(question) \
  OVER_VECTORS(4, found += (size_t)__builtin_popcountll(OF_SUFFIX(bits)((INT)(AT(a) question SPLAT(x))) & (~0ull >> (64 - count))))
  WITH_COMPARISON(BODY)
#undef BODY
  return found;
}
