// Reductions that all numbers have: least and greatest, and where. Included for floats and Int32.

/// The vector with its halves exchanged: of 16, 8, 4, 2 lanes each.
#if LANES == 16
#define EXCHANGED_8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define EXCHANGED_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define EXCHANGED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define EXCHANGED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#elif LANES == 8
#define EXCHANGED_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define EXCHANGED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define EXCHANGED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#elif LANES == 4
#define EXCHANGED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define EXCHANGED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#else
#define EXCHANGED_1(v) __builtin_shufflevector(v, v, 1, 0)
#endif

/// Folds the lanes by halves with `with(a, b)`; the result is in the first.
#if LANES == 16
#define FOLD(v, with) \
  v = with(v, EXCHANGED_8(v)); \
  v = with(v, EXCHANGED_4(v)); \
  v = with(v, EXCHANGED_2(v)); \
  v = with(v, EXCHANGED_1(v));
#elif LANES == 8
#define FOLD(v, with) \
  v = with(v, EXCHANGED_4(v)); \
  v = with(v, EXCHANGED_2(v)); \
  v = with(v, EXCHANGED_1(v));
#elif LANES == 4
#define FOLD(v, with) \
  v = with(v, EXCHANGED_2(v)); \
  v = with(v, EXCHANGED_1(v));
#else
#define FOLD(v, with) v = with(v, EXCHANGED_1(v));
#endif

#define SUM_OF(a, b) ((a) + (b))
/// The second where the first is a NaN.
#define LEAST_OF(a, b) ((a) < (b) ? (a) : (b))
#define GREATEST_OF(a, b) ((a) > (b) ? (a) : (b))

static INLINE INT NAME(first_lanes)(size_t count) {
  INT numbers;
  UNROLL_ALL
  for (int k = 0; k < LANES; k++) numbers[k] = k;
  return (INT)(numbers < (INT)(SIGNED)count);
}

/// The first `count` elements, and `rest` in the other lanes.
static INLINE VEC NAME(get_or)(const ELEMENT *p, size_t count, ELEMENT rest) {
  return count == LANES ? NAME(load)(p) : NAME(first_lanes)(count) ? NAME(get)(p, count) : SPLAT(rest);
}

/// Least and greatest of the elements that are numbers; `HIGHEST` and `LOWEST` when there are none. `wants` are constants.
static INLINE void NAME(extremes)(ELEMENT *low, ELEMENT *high, const ELEMENT *a, size_t n, const bool wants_low, const bool wants_high) {
  // As many as stay in registers.
  enum { wide = VECTOR_REGISTERS == 32 ? 8 : 4 };
  VEC lows[wide], highs[wide];
  UNROLL_ALL
  for (int k = 0; k < wide; k++) {
    lows[k] = SPLAT(HIGHEST);
    highs[k] = SPLAT(LOWEST);
  }
  size_t i = 0;
  for (; i + wide * LANES <= n; i += wide * LANES) {
    UNROLL_ALL
    for (int k = 0; k < wide; k++) {
      VEC v = NAME(load)(a + i + k * LANES);
      if (wants_low) lows[k] = LEAST_OF(v, lows[k]);
      if (wants_high) highs[k] = GREATEST_OF(v, highs[k]);
    }
  }
  for (; i < n; i += LANES) {
    size_t count = n - i < LANES ? n - i : LANES;
    VEC v = NAME(get)(a + i, count);
    INT is_there = NAME(first_lanes)(count);
    if (wants_low) lows[0] = LEAST_OF(is_there ? v : SPLAT(HIGHEST), lows[0]);
    if (wants_high) highs[0] = GREATEST_OF(is_there ? v : SPLAT(LOWEST), highs[0]);
  }
  UNROLL_ALL
  for (int k = wide / 2; k > 0; k /= 2) {
    UNROLL_ALL
    for (int j = 0; j < k; j++) {
      lows[j] = LEAST_OF(lows[j], lows[j + k]);
      highs[j] = GREATEST_OF(highs[j], highs[j + k]);
    }
  }
  FOLD(lows[0], LEAST_OF)
  FOLD(highs[0], GREATEST_OF)
  if (wants_low) *low = lows[0][0];
  if (wants_high) *high = highs[0][0];
}

/// The first place of `x`, or -1.
static intptr_t NAME(find)(const ELEMENT *a, ELEMENT x, size_t n) {
  for (size_t i = 0; i < n; i += LANES) {
    size_t count = n - i < LANES ? n - i : LANES;
    uint64_t found = OF_SUFFIX(bits)((INT)(NAME(get)(a + i, count) == SPLAT(x))) & (~0ull >> (64 - count));
    if (found) return (intptr_t)(i + (size_t)__builtin_ctzll(found));
  }
  return -1;
}

/// Blocks are looked at for their extreme alone; the place is sought in the first block that has it.
enum { NAME(search_block) = 2048 };

static intptr_t NAME(argmin)(const ELEMENT *a, size_t n) {
  ELEMENT best = HIGHEST;
  size_t start = 0;
  for (size_t i = 0; i < n; i += NAME(search_block)) {
    ELEMENT low, high;
    NAME(extremes)(&low, &high, a + i, n - i < NAME(search_block) ? n - i : NAME(search_block), true, false);
    if (low < best) {
      best = low;
      start = i;
    }
  }
  intptr_t place = NAME(find)(a + start, best, n - start);
  return place < 0 ? place : (intptr_t)start + place;
}

static intptr_t NAME(argmax)(const ELEMENT *a, size_t n) {
  ELEMENT best = LOWEST;
  size_t start = 0;
  for (size_t i = 0; i < n; i += NAME(search_block)) {
    ELEMENT low, high;
    NAME(extremes)(&low, &high, a + i, n - i < NAME(search_block) ? n - i : NAME(search_block), false, true);
    if (high > best) {
      best = high;
      start = i;
    }
  }
  intptr_t place = NAME(find)(a + start, best, n - start);
  return place < 0 ? place : (intptr_t)start + place;
}
