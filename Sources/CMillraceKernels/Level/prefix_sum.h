// Prefix sums, for floats and Int32.

/// The lanes moved up, zeros moved in.
#if LANES == 16
#define UP_1(v) __builtin_shufflevector(SPLAT(0), v, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
#define UP_2(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
#define UP_4(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
#define UP_8(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23)
#define LAST(v) __builtin_shufflevector(v, v, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15)
#elif LANES == 8
#define UP_1(v) __builtin_shufflevector(SPLAT(0), v, 0, 8, 9, 10, 11, 12, 13, 14)
#define UP_2(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 8, 9, 10, 11, 12, 13)
#define UP_4(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 0, 0, 8, 9, 10, 11)
#define LAST(v) __builtin_shufflevector(v, v, 7, 7, 7, 7, 7, 7, 7, 7)
#elif LANES == 4
#define UP_1(v) __builtin_shufflevector(SPLAT(0), v, 0, 4, 5, 6)
#define UP_2(v) __builtin_shufflevector(SPLAT(0), v, 0, 0, 4, 5)
#define LAST(v) __builtin_shufflevector(v, v, 3, 3, 3, 3)
#else
#define UP_1(v) __builtin_shufflevector(SPLAT(0), v, 0, 2)
#define LAST(v) __builtin_shufflevector(v, v, 1, 1)
#endif

static INLINE VEC NAME(running)(VEC v) {
  v += UP_1(v);
#if LANES >= 4
  v += UP_2(v);
#endif
#if LANES >= 8
  v += UP_4(v);
#endif
#if LANES >= 16
  v += UP_8(v);
#endif
  return v;
}

/// Only one addition a vector waits for the vector before it.
static INLINE ELEMENT NAME(prefix_sums)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n, const bool is_exclusive) {
  VEC before = SPLAT(initial);
  OVER_VECTORS(4, {
    VEC sums = NAME(running)(AT(a));
    NAME(put)(out + i, before + (is_exclusive ? UP_1(sums) : sums), count);
    before += LAST(sums);
  })
  return before[0];
}
static ELEMENT NAME(prefix_sum)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) {
  return NAME(prefix_sums)(out, a, initial, n, false);
}
static ELEMENT NAME(prefix_sum_exclusive)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) {
  return NAME(prefix_sums)(out, a, initial, n, true);
}
