// Reductions of floats.

// MARK: Strict

enum {
  /// Vectors in a row of the 64 virtual lanes.
  NAME(row) = 64 / LANES,
  /// So many of them at once: more would not stay in registers.
  NAME(group) = NAME(row) < 8 ? NAME(row) : 8,
  /// The same where each has two sums.
  NAME(group_of_pairs) = NAME(row) < VECTOR_REGISTERS / 4 ? NAME(row) : VECTOR_REGISTERS / 4,
};

static INLINE VEC NAME(lane_term)(const ELEMENT *a, const ELEMENT *b, ELEMENT centre, size_t count, const char what) {
  VEC v = NAME(get)(a, count);
  if (what == 'd') return v * NAME(get)(b, count);
  if (what == 's') return v;
  // Distances, and 0 where there is no element.
  return NAME(first_lanes)(count) ? v - SPLAT(centre) : SPLAT(0);
}

/// Folds lanes of which each group of vectors has its own.
static INLINE ELEMENT NAME(lanes_sum)(VEC *lanes) {
  UNROLL_ALL
  for (int half = NAME(row) / 2; half > 0; half /= 2) {
    UNROLL_ALL
    for (int k = 0; k < half; k++) lanes[k] += lanes[k + half];
  }
  VEC v = lanes[0];
  FOLD(v, SUM_OF)
  return v[0];
}

/// Sums one block in 64 virtual lanes: elements ('s'), products with b's ('d'), or distances from the centre with their squares ('m').
static INLINE ELEMENT NAME(block_sum)(const ELEMENT *a, const ELEMENT *b, ELEMENT centre, ELEMENT *squares, size_t n, const char what) {
  const int row = NAME(row), group = what == 'm' ? NAME(group_of_pairs) : NAME(group);
  VEC lanes[NAME(row)], square_lanes[NAME(row)];
  UNROLL_ALL
  for (int first = 0; first < row; first += group) {
    VEC sums[NAME(group)], square_sums[NAME(group)];
    UNROLL_ALL
    for (int k = 0; k < group; k++) sums[k] = square_sums[k] = SPLAT(0);
    size_t i = (size_t)first * LANES;
    for (; i + 64 - (size_t)first * LANES <= n; i += 64) {
      UNROLL_ALL
      for (int k = 0; k < group; k++) {
        VEC term = NAME(lane_term)(a + i + k * LANES, b + i + k * LANES, centre, LANES, what);
        sums[k] += term;
        if (what == 'm') square_sums[k] += term * term;
      }
    }
    UNROLL_ALL
    for (int k = 0; k < group; k++) {
      size_t place = i + (size_t)k * LANES;
      if (place < n) {
        size_t count = n - place < LANES ? n - place : LANES;
        VEC term = NAME(lane_term)(a + place, b + place, centre, count, what);
        sums[k] += term;
        if (what == 'm') square_sums[k] += term * term;
      }
      lanes[first + k] = sums[k];
      square_lanes[first + k] = square_sums[k];
    }
  }
  if (what == 'm') *squares = NAME(lanes_sum)(square_lanes);
  return NAME(lanes_sum)(lanes);
}

static INLINE size_t NAME(block_length)(size_t start, size_t n) {
  return n - start < MILLRACE_BATCH_STRICT_BLOCK ? n - start : MILLRACE_BATCH_STRICT_BLOCK;
}

__attribute__((noinline)) static ELEMENT NAME(block_sum_of)(const ELEMENT *a, size_t n) { return NAME(block_sum)(a, a, 0, NULL, n, 's'); }
__attribute__((noinline)) static ELEMENT NAME(block_dot_of)(const ELEMENT *a, const ELEMENT *b, size_t n) {
  return NAME(block_sum)(a, b, 0, NULL, n, 'd');
}
__attribute__((noinline)) static millrace_batch_moments NAME(block_moments_of)(const ELEMENT *a, size_t n) {
  ELEMENT centre = NAME(block_sum)(a, a, 0, NULL, n, 's') / (ELEMENT)n, squares;
  double sum = NAME(block_sum)(a, a, centre, &squares, n, 'm'), shift = sum / (double)n;
  return (millrace_batch_moments){(double)n, centre + shift, squares - sum * shift};
}

static void NAME(sum_strict_blocks)(ELEMENT *partials, const ELEMENT *a, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) *partials++ = NAME(block_sum_of)(a + i, NAME(block_length)(i, n));
}
static void NAME(dot_strict_blocks)(ELEMENT *partials, const ELEMENT *a, const ELEMENT *b, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) *partials++ = NAME(block_dot_of)(a + i, b + i, NAME(block_length)(i, n));
}
static void NAME(moments_strict_blocks)(millrace_batch_moments *partials, const ELEMENT *a, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) *partials++ = NAME(block_moments_of)(a + i, NAME(block_length)(i, n));
}

/// The blocks' results in the shape of `strict_combine`'s tree without room for all of them: what waits is one result for each set bit of the number of blocks.
#define OVER_BLOCKS(type, block_result, merged) \
  type waiting[64]; \
  size_t depth = 0, blocks = 0; \
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) { \
    size_t length = NAME(block_length)(i, n); \
    type second = block_result; \
    blocks++; \
    for (size_t pairs = blocks; pairs % 2 == 0; pairs /= 2) { \
      type first = waiting[--depth]; \
      second = merged; \
    } \
    waiting[depth++] = second; \
  } \
  if (depth == 0) return (type){0}; \
  type second = waiting[--depth]; \
  while (depth > 0) { \
    type first = waiting[--depth]; \
    second = merged; \
  } \
  return second;

static ELEMENT NAME(sum_strict)(const ELEMENT *a, size_t n) { OVER_BLOCKS(ELEMENT, NAME(block_sum_of)(a + i, length), first + second) }
static ELEMENT NAME(dot_strict)(const ELEMENT *a, const ELEMENT *b, size_t n) {
  OVER_BLOCKS(ELEMENT, NAME(block_dot_of)(a + i, b + i, length), first + second)
}
static millrace_batch_moments NAME(moments_strict)(const ELEMENT *a, size_t n) {
  OVER_BLOCKS(millrace_batch_moments, NAME(block_moments_of)(a + i, length), millrace_batch_moments_merge(first, second))
}

// MARK: Compensated

/// Adds x to the sum, and what that rounds off to the error (Knuth's two-sum).
#define ADD_EXACTLY(type, sum, error, x) \
  { \
    type next = sum + (x), taken = next - sum; \
    error += (sum - (next - taken)) + ((x) - taken); \
    sum = next; \
  }

static ELEMENT NAME(sum_compensated)(ELEMENT *error, const ELEMENT *a, size_t n) {
  enum { lanes = MILLRACE_BATCH_COMPENSATED_LANES, row = lanes / LANES };
  VEC sums[row], errors[row];
  UNROLL_ALL
  for (int k = 0; k < row; k++) sums[k] = errors[k] = SPLAT(0);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    UNROLL_ALL
    for (int k = 0; k < row; k++) ADD_EXACTLY(VEC, sums[k], errors[k], NAME(load)(a + i + k * LANES))
  }
  for (int k = 0; i < n; i += LANES, k++) {
    VEC rest = NAME(get)(a + i, n - i < LANES ? n - i : LANES);
    ADD_EXACTLY(VEC, sums[k], errors[k], rest)
  }
  ELEMENT sum = 0, all = 0;
  for (int k = 0; k < lanes; k++) {
    ADD_EXACTLY(ELEMENT, sum, all, sums[k / LANES][k % LANES])
    all += errors[k / LANES][k % LANES];
  }
  *error = all;
  return sum;
}

// MARK: Relaxed

enum { NAME(relaxed_block) = 1 << 15 };

static INLINE ELEMENT NAME(relaxed_sum)(const ELEMENT *a, const ELEMENT *b, size_t n, const bool is_dot) {
  enum { wide = 8 };
  VEC sums[wide];
  UNROLL_ALL
  for (int k = 0; k < wide; k++) sums[k] = SPLAT(0);
  size_t i = 0;
  for (; i + wide * LANES <= n; i += wide * LANES) {
    UNROLL_ALL
    for (int k = 0; k < wide; k++) {
      VEC v = NAME(load)(a + i + k * LANES);
      sums[k] = is_dot ? NAME(fused)(v, NAME(load)(b + i + k * LANES), sums[k]) : sums[k] + v;
    }
  }
  for (; i < n; i += LANES) {
    size_t count = n - i < LANES ? n - i : LANES;
    VEC v = NAME(get)(a + i, count);
    sums[0] = is_dot ? NAME(fused)(v, NAME(get)(b + i, count), sums[0]) : sums[0] + v;
  }
  UNROLL_ALL
  for (int k = wide / 2; k > 0; k /= 2) {
    UNROLL_ALL
    for (int j = 0; j < k; j++) sums[j] += sums[j + k];
  }
  VEC v = sums[0];
  FOLD(v, SUM_OF)
  return v[0];
}

// Blocks, so that long inputs do not lose small elements in large sums.
static ELEMENT NAME(sum_relaxed)(const ELEMENT *a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i += NAME(relaxed_block)) {
    sum += NAME(relaxed_sum)(a + i, a, n - i < NAME(relaxed_block) ? n - i : NAME(relaxed_block), false);
  }
  return (ELEMENT)sum;
}
static ELEMENT NAME(dot_relaxed)(const ELEMENT *a, const ELEMENT *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i += NAME(relaxed_block)) {
    sum += NAME(relaxed_sum)(a + i, b + i, n - i < NAME(relaxed_block) ? n - i : NAME(relaxed_block), true);
  }
  return (ELEMENT)sum;
}

/// A tree of additions: nothing is to be done meanwhile.
static INLINE ELEMENT NAME(sum_of_64)(const ELEMENT *a) {
  VEC lanes[NAME(row)];
  UNROLL_ALL
  for (int k = 0; k < NAME(row); k++) lanes[k] = NAME(load)(a + k * LANES);
  return NAME(lanes_sum)(lanes);
}

/// One pass: sums of distances, and of their squares, from a first guess at the mean, which is the mean of the block's first vectors. The guess is at most
/// sqrt(block / elements guessed from) standard deviations away, so that taking the squared error of the mean off loses few bits.
static millrace_batch_moments NAME(relaxed_moments)(const ELEMENT *a, size_t n) {
  enum { wide = 4 };
  VEC centre = SPLAT(n < 64 ? NAME(relaxed_sum)(a, a, n, false) / (ELEMENT)n : NAME(sum_of_64)(a) / 64);
  VEC sums[wide], squares[wide];
  UNROLL_ALL
  for (int k = 0; k < wide; k++) sums[k] = squares[k] = SPLAT(0);
  size_t i = 0;
  for (; i + wide * LANES <= n; i += wide * LANES) {
    UNROLL_ALL
    for (int k = 0; k < wide; k++) {
      VEC distance = NAME(load)(a + i + k * LANES) - centre;
      sums[k] += distance;
      squares[k] = NAME(fused)(distance, distance, squares[k]);
    }
  }
  for (; i < n; i += LANES) {
    size_t count = n - i < LANES ? n - i : LANES;
    VEC distance = NAME(first_lanes)(count) ? NAME(get)(a + i, count) - centre : SPLAT(0);
    sums[0] += distance;
    squares[0] = NAME(fused)(distance, distance, squares[0]);
  }
  VEC sum = (sums[0] + sums[1]) + (sums[2] + sums[3]), square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
  FOLD(sum, SUM_OF)
  FOLD(square, SUM_OF)
  double total = sum[0], shift = total / (double)n, m2 = square[0] - total * shift;
  return (millrace_batch_moments){(double)n, centre[0] + shift, m2 < 0 ? 0 : m2};
}

static millrace_batch_moments NAME(moments_relaxed)(const ELEMENT *a, size_t n) {
  millrace_batch_moments all = {0, 0, 0};
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) {
    all = millrace_batch_moments_merge(all, NAME(relaxed_moments)(a + i, NAME(block_length)(i, n)));
  }
  return all;
}

// MARK: Least and greatest

/// What to say when no number was found, or zeros of both signs may have been.
static ELEMENT NAME(extreme)(ELEMENT found, ELEMENT none, const ELEMENT *a, size_t n) {
  if (found == none && n > 0 && NAME(find)(a, none, n) < 0) return (ELEMENT)NAN;
  return found + 0;
}
static ELEMENT NAME(reduce_min)(const ELEMENT *a, size_t n) {
  ELEMENT low, high;
  NAME(extremes)(&low, &high, a, n, true, false);
  return NAME(extreme)(low, HIGHEST, a, n);
}
static ELEMENT NAME(reduce_max)(const ELEMENT *a, size_t n) {
  ELEMENT low, high;
  NAME(extremes)(&low, &high, a, n, false, true);
  return NAME(extreme)(high, LOWEST, a, n);
}
static void NAME(reduce_min_max)(ELEMENT *low, ELEMENT *high, const ELEMENT *a, size_t n) {
  ELEMENT least, greatest;
  NAME(extremes)(&least, &greatest, a, n, true, true);
  *low = NAME(extreme)(least, HIGHEST, a, n);
  *high = NAME(extreme)(greatest, LOWEST, a, n);
}

// MARK: Several passes

static double NAME(exp_shifted_sum)(ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n) {
  double sum = 0;
  enum { wide = 4 };
  for (size_t start = 0; start < n; start += MILLRACE_BATCH_STRICT_BLOCK) {
    size_t end = start + NAME(block_length)(start, n), i = start;
    VEC sums[wide];
    UNROLL_ALL
    for (int k = 0; k < wide; k++) sums[k] = SPLAT(0);
    for (; i + wide * LANES <= end; i += wide * LANES) {
      UNROLL_ALL
      for (int k = 0; k < wide; k++) {
        VEC v = NAME(exp_of)(NAME(load)(a + i + k * LANES) - SPLAT(x));
        NAME(store)(out + i + k * LANES, v);
        sums[k] += v;
      }
    }
    for (; i < end; i += LANES) {
      size_t count = end - i < LANES ? end - i : LANES;
      VEC v = NAME(exp_of)(NAME(get)(a + i, count) - SPLAT(x));
      NAME(put)(out + i, v, count);
      sums[0] += NAME(first_lanes)(count) ? v : SPLAT(0);
    }
    VEC all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    FOLD(all, SUM_OF)
    sum += all[0];
  }
  return sum;
}

static void NAME(softmax)(ELEMENT *out, const ELEMENT *a, size_t n) {
  if (n == 0) return;
  double sum = NAME(exp_shifted_sum)(out, a, NAME(reduce_max)(a, n), n);
  NAME(mul_scalar)(out, out, (ELEMENT)(1 / sum), n);
}

static void NAME(normalise)(ELEMENT *out, const ELEMENT *a, double epsilon, size_t n) {
  if (n == 0) return;
  millrace_batch_moments moments = NAME(moments_relaxed)(a, n);
  NAME(shift_scale)(out, a, (ELEMENT)moments.mean, (ELEMENT)(1 / sqrt(moments.m2 / moments.count + epsilon)), n);
}
