// Checks of the kernels of Float and of Double.

static BITS NAME(bits)(ELEMENT x) {
  BITS bits;
  memcpy(&bits, &x, sizeof x);
  return bits;
}

/// How many numbers of the type lie between the two; NaNs are equal to each other.
static double NAME(ulps)(ELEMENT a, ELEMENT b) {
  if (a != a || b != b) return a != a && b != b ? 0 : INFINITY;
  BITS first = NAME(bits)(a), second = NAME(bits)(b), sign = (BITS)1 << (sizeof(BITS) * 8 - 1);
  // -0 and +0 differ, as 1.
  first = first & sign ? ~first : first | sign;
  second = second & sign ? ~second : second | sign;
  return (double)(first > second ? first - second : second - first);
}

static const ELEMENT NAME(special)[] = {
  0, -(ELEMENT)0.0, 1, -1, (ELEMENT)0.5, (ELEMENT)INFINITY, -(ELEMENT)INFINITY, (ELEMENT)NAN, TINIEST, -TINIEST, SMALLEST, -SMALLEST, LARGEST, -LARGEST,
  (ELEMENT)88.72284, (ELEMENT)-103.97, (ELEMENT)709.78, (ELEMENT)-745.13, (ELEMENT)1e5, (ELEMENT)1e22, (ELEMENT)1.5707963267948966, 3, (ELEMENT)1e-30,
};

/// 0: numbers about 1. 1: any bits. 2: the special ones. 3: small integers, many of them equal.
enum { NAME(kinds) = 4 };
static void NAME(fill_random)(check_run *run, ELEMENT *a, size_t n, int kind) {
  for (size_t i = 0; i < n; i++) {
    uint64_t random = check_random(run);
    BITS bits = (BITS)random;
    switch (kind) {
      case 0: a[i] = (ELEMENT)((double)(int64_t)random * 0x1p-61); break;
      case 1: memcpy(&a[i], &bits, sizeof bits); break;
      case 2: a[i] = NAME(special)[random % (sizeof NAME(special) / sizeof NAME(special)[0])]; break;
      default: a[i] = (ELEMENT)(int)(random % 7) - 3; break;
    }
  }
}

/// Runs `body` for many lengths, contents and places; in it: run, n, a, b, c, mask, kind, x, y, gap, is_high.
#define OVER_RUNS(kind_count, ...) \
  for (size_t n = 0; n <= 4097; n = next_length(n, run->is_thorough)) { \
    for (int variant = 0; variant < (kind_count); variant++) { \
      size_t gap = run->is_thorough ? (n + (size_t)variant) * sizeof(ELEMENT) % 64 : check_random(run) % 2 * (check_random(run) % 64 / sizeof(ELEMENT) * sizeof(ELEMENT)); \
      bool is_high = check_random(run) % 2; \
      const int kind = variant; \
      ELEMENT *a = arena_place(0, n * sizeof *a, is_high, gap), *b = arena_place(1, n * sizeof *b, is_high, gap); \
      ELEMENT *c = arena_place(2, n * sizeof *c, is_high, gap); \
      uint8_t *mask = arena_place(3, n, is_high, gap / 4); \
      ELEMENT x, y; \
      NAME(fill_random)(run, a, n, kind); \
      NAME(fill_random)(run, b, n, kind); \
      NAME(fill_random)(run, c, n, kind); \
      NAME(fill_random)(run, &x, 1, kind); \
      NAME(fill_random)(run, &y, 1, kind); \
      for (size_t i = 0; i < n; i++) mask[i] = check_random(run) % 3 ? 0 : (uint8_t)(check_random(run) % 256); \
      (void)b, (void)c, (void)mask, (void)x, (void)y; \
      __VA_ARGS__ \
    } \
  }

#define EXPECT_INTACT(arena) \
  if (!arena_is_intact(arena)) check_fail(run, "%s: n %zu, gap %zu: wrote outside its output\n", run->name, n, gap);

static void NAME(compare_all)(check_run *run, const ELEMENT *actual, const ELEMENT *expected, size_t n, double ulps, const char *how) {
  for (size_t i = 0; i < n; i++) {
    if (!(NAME(ulps)(actual[i], expected[i]) <= ulps)) {
      check_fail(run, "%s%s: n %zu, [%zu] is %a, expected %a\n", run->name, how, n, i, (double)actual[i], (double)expected[i]);
      return;
    }
  }
}

/// An element-by-element kernel: the same as its reference to so many ulps, out of place and in place.
#define EACH_CHECK_NAMED(name, kernel, allowed, kind_count, ...) \
  static void NAME(check_##name)(check_run *run) { \
    OVER_RUNS(kind_count, { \
      ELEMENT *expected = NAME(expected); \
      ELEMENT *actual = arena_place(4, n * sizeof *actual, is_high, gap); \
      { \
        ELEMENT *out = expected; \
        REFERENCE_(kernel, SUFFIX)(__VA_ARGS__); \
      } \
      { \
        ELEMENT *out = actual; \
        TESTED(kernel, SUFFIX)(__VA_ARGS__); \
      } \
      NAME(compare_all)(run, actual, expected, n, allowed, ""); \
      EXPECT_INTACT(4) \
      { \
        ELEMENT *out = a; \
        TESTED(kernel, SUFFIX)(__VA_ARGS__); \
      } \
      NAME(compare_all)(run, a, expected, n, allowed, " in place"); \
      EXPECT_INTACT(0) \
    }) \
  }
#define EACH_CHECK(kernel, allowed, ...) EACH_CHECK_NAMED(kernel, kernel, allowed, 4, __VA_ARGS__)

static ELEMENT NAME(expected)[1 << 14], NAME(saved)[1 << 14];

EACH_CHECK(add, 0, out, a, b, n)
EACH_CHECK(sub, 0, out, a, b, n)
EACH_CHECK(mul, 0, out, a, b, n)
EACH_CHECK(div, 0, out, a, b, n)
EACH_CHECK(min, 0, out, a, b, n)
EACH_CHECK(max, 0, out, a, b, n)
EACH_CHECK(add_scalar, 0, out, a, x, n)
EACH_CHECK(mul_scalar, 0, out, a, x, n)
EACH_CHECK(div_scalar, 0, out, a, x, n)
EACH_CHECK(from_scalar, 0, out, a, x, n)
EACH_CHECK(into_scalar, 0, out, a, x, n)
EACH_CHECK(min_scalar, 0, out, a, x, n)
EACH_CHECK(max_scalar, 0, out, a, x, n)
EACH_CHECK(abs, 0, out, a, n)
EACH_CHECK(neg, 0, out, a, n)
EACH_CHECK(sqrt, 0, out, a, n)
EACH_CHECK(fill, 0, out, x, n)
EACH_CHECK(fma, 0, out, a, b, c, n)
EACH_CHECK(axpy, 0, out, x, a, b, n)
EACH_CHECK(affine, 0, out, a, x, y, n)
EACH_CHECK(shift_scale, 0, out, a, x, y, n)
EACH_CHECK(clamp, 0, out, a, x < y ? x : y, x < y ? y : x, n)
EACH_CHECK(select, 0, out, mask, a, b, n)
EACH_CHECK(exp, 2, out, a, n)
EACH_CHECK(log, 2, out, a, n)
EACH_CHECK(sin, 2, out, a, n)
EACH_CHECK(cos, 2, out, a, n)
EACH_CHECK(tanh, 3, out, a, n)
EACH_CHECK(sigmoid, 3, out, a, n)

static const ELEMENT NAME(coefficients)[16] = {1, -2, (ELEMENT)0.3, 4, -5, (ELEMENT)0.6, 7, -8, 9, 10, (ELEMENT)-1.1, 12, 13, 14, 15, 16};
EACH_CHECK(polynomial, 0, out, a, NAME(coefficients), n % 17, n)

#define BYTES_CHECK(kernel, type, length, kind_count, ...) \
  static void NAME(check_##kernel)(check_run *run) { \
    OVER_RUNS(kind_count, { \
      for (int question = 0; question < 6; question++) { \
        millrace_batch_comparison comparison = (millrace_batch_comparison)question; \
        type *expected = (type *)NAME(expected); \
        type *actual = arena_place(4, (length) * sizeof(type), is_high, gap / sizeof(type) * sizeof(type)); \
        { \
          type *out = expected; \
          REFERENCE_(kernel, SUFFIX)(__VA_ARGS__); \
        } \
        { \
          type *out = actual; \
          TESTED(kernel, SUFFIX)(__VA_ARGS__); \
        } \
        if (memcmp(actual, expected, (length) * sizeof(type)) != 0) check_fail(run, "%s: n %zu, kind %d, comparison %d differs\n", run->name, n, kind, question); \
        EXPECT_INTACT(4) \
      } \
    }) \
  }
BYTES_CHECK(compare, uint8_t, n, 4, comparison, out, a, b, n)
BYTES_CHECK(compare_scalar, uint8_t, n, 4, comparison, out, a, x, n)
BYTES_CHECK(compare_bits_scalar, uint64_t, (n + 63) / 64, 4, comparison, out, a, x, n)

static void NAME(check_count_scalar)(check_run *run) {
  OVER_RUNS(4, {
    for (int question = 0; question < 6; question++) {
      millrace_batch_comparison comparison = (millrace_batch_comparison)question;
      size_t actual = TESTED(count_scalar, SUFFIX)(comparison, a, x, n), expected = REFERENCE_(count_scalar, SUFFIX)(comparison, a, x, n);
      if (actual != expected) check_fail(run, "%s: n %zu, comparison %d: %zu, expected %zu\n", run->name, n, question, actual, expected);
    }
  })
}

// MARK: Reductions

static void NAME(compare_value)(check_run *run, ELEMENT actual, ELEMENT expected, size_t n, double tolerance, const char *what) {
  bool is_right = tolerance == 0 ? NAME(ulps)(actual, expected) == 0 : fabs((double)actual - (double)expected) <= tolerance;
  if (!is_right) check_fail(run, "%s%s: n %zu: %a, expected %a\n", run->name, what, n, (double)actual, (double)expected);
}

static double NAME(sizes)(const ELEMENT *a, const ELEMENT *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += fabs((double)a[i] * (b ? (double)b[i] : 1));
  return sum * EPSILON * 8;
}

#define VALUE_CHECK(kernel, kind_count, tolerance, ...) \
  static void NAME(check_##kernel)(check_run *run) { \
    OVER_RUNS(kind_count, { \
      ELEMENT actual = TESTED(kernel, SUFFIX)(__VA_ARGS__), expected = REFERENCE_(kernel, SUFFIX)(__VA_ARGS__); \
      NAME(compare_value)(run, actual, expected, n, tolerance, ""); \
    }) \
  }
VALUE_CHECK(sum_strict, 4, 0, a, n)
VALUE_CHECK(dot_strict, 4, 0, a, b, n)
VALUE_CHECK(sum_relaxed, 1, NAME(sizes)(a, NULL, n), a, n)
VALUE_CHECK(dot_relaxed, 1, NAME(sizes)(a, b, n), a, b, n)
VALUE_CHECK(reduce_min, 4, 0, a, n)
VALUE_CHECK(reduce_max, 4, 0, a, n)

static void NAME(check_reduce_min_max)(check_run *run) {
  OVER_RUNS(4, {
    // Half of the runs without a number.
    if (kind == 2 && n % 2)
      for (size_t i = 0; i < n; i++) a[i] = (ELEMENT)NAN;
    ELEMENT low[2], high[2];
    TESTED(reduce_min_max, SUFFIX)(&low[0], &high[0], a, n);
    REFERENCE_(reduce_min_max, SUFFIX)(&low[1], &high[1], a, n);
    NAME(compare_value)(run, low[0], low[1], n, 0, " low");
    NAME(compare_value)(run, high[0], high[1], n, 0, " high");
  })
}

static void NAME(check_argmin_argmax)(check_run *run) {
  OVER_RUNS(4, {
    if (kind == 2 && n % 2)
      for (size_t i = 0; i < n; i++) a[i] = n % 3 ? (ELEMENT)NAN : (ELEMENT)INFINITY;
    intptr_t low = TESTED(argmin, SUFFIX)(a, n), low_expected = REFERENCE_(argmin, SUFFIX)(a, n);
    intptr_t high = TESTED(argmax, SUFFIX)(a, n), high_expected = REFERENCE_(argmax, SUFFIX)(a, n);
    if (low != low_expected) check_fail(run, "argmin: n %zu: %zd, expected %zd\n", n, low, low_expected);
    if (high != high_expected) check_fail(run, "argmax: n %zu: %zd, expected %zd\n", n, high, high_expected);
  })
}

static void NAME(check_moments)(check_run *run) {
  OVER_RUNS(4, {
    millrace_batch_moments actual = TESTED(moments_strict, SUFFIX)(a, n), expected = REFERENCE_(moments_strict, SUFFIX)(a, n);
    bool is_same = actual.count == expected.count && check_same(actual.mean, expected.mean) && check_same(actual.m2, expected.m2);
    if (!is_same) check_fail(run, "moments_strict: n %zu: %a %a, expected %a %a\n", n, actual.mean, actual.m2, expected.mean, expected.m2);
    if (kind != 0) continue;
    // Far from zero, where the sum of squares would lose everything.
    for (size_t i = 0; i < n; i++) a[i] += 1000;
    long double exact = 0, squares = 0;
    for (size_t i = 0; i < n; i++) exact += a[i];
    for (size_t i = 0; i < n; i++) squares += (a[i] - exact / n) * (a[i] - exact / n);
    double sum = (double)exact, m2 = (double)squares;
    millrace_batch_moments both[2] = {TESTED(moments_strict, SUFFIX)(a, n), TESTED(moments_relaxed, SUFFIX)(a, n)};
    for (int k = 0; k < 2 && n > 0; k++) {
      if (!(fabs(both[k].mean - sum / (double)n) <= 1000 * EPSILON && fabs(both[k].m2 - m2) <= 300 * EPSILON * m2 + 1e-30))
        check_fail(run, "%s: n %zu: %.17g %.17g, expected %.17g %.17g\n", k ? "moments_relaxed" : "moments_strict", n, both[k].mean, both[k].m2, sum / (double)n, m2);
    }
  })
}

static void NAME(check_compensated)(check_run *run) {
  OVER_RUNS(4, {
    ELEMENT error, error_expected;
    ELEMENT sum = TESTED(sum_compensated, SUFFIX)(&error, a, n), sum_expected = REFERENCE_(sum_compensated, SUFFIX)(&error_expected, a, n);
    if (!check_same(sum, sum_expected) || !check_same(error, error_expected))
      check_fail(run, "sum_compensated: n %zu: %a %a, expected %a %a\n", n, (double)sum, (double)error, (double)sum_expected, (double)error_expected);
    // Whole numbers beside one that swallows them: nothing is lost.
    double exact = 0;
    for (size_t i = 0; i < n; i++) exact += (double)(a[i] = (ELEMENT)(1 + check_random(run) % 9));
    if (n < 3) continue;
    ELEMENT large = 16 / (EPSILON * EPSILON);
    size_t first = check_random(run) % n, second = (first + 1) % n;
    exact -= (double)(a[first] + a[second]);
    a[first] = large;
    a[second] = -large;
    sum = TESTED(sum_compensated, SUFFIX)(&error, a, n);
    if ((double)sum + (double)error != exact) check_fail(run, "sum_compensated: n %zu: %a and %a, expected %a\n", n, (double)sum, (double)error, exact);
  })
}

/// Long inputs: the same from the blocks' results as in one go, however the input is cut at blocks.
static void NAME(check_strict_blocks)(check_run *run) {
  enum { block = MILLRACE_BATCH_STRICT_BLOCK, blocks_max = 7 };
  ELEMENT *a = malloc(blocks_max * block * sizeof *a), *b = malloc(blocks_max * block * sizeof *b);
  for (size_t n = 1; n <= blocks_max * block; n += 1237) {
    NAME(fill_random)(run, a, n, 0);
    NAME(fill_random)(run, b, n, 0);
    size_t blocks = (n + block - 1) / block, cut = blocks / 2;
    ELEMENT sums[blocks_max], dots[blocks_max];
    millrace_batch_moments moments[blocks_max];
    TESTED(sum_strict_blocks, SUFFIX)(sums, a, cut * block);
    TESTED(sum_strict_blocks, SUFFIX)(sums + cut, a + cut * block, n - cut * block);
    TESTED(dot_strict_blocks, SUFFIX)(dots, a, b, cut * block);
    TESTED(dot_strict_blocks, SUFFIX)(dots + cut, a + cut * block, b + cut * block, n - cut * block);
    TESTED(moments_strict_blocks, SUFFIX)(moments, a, cut * block);
    TESTED(moments_strict_blocks, SUFFIX)(moments + cut, a + cut * block, n - cut * block);
    NAME(compare_value)(run, COMBINE_(SUFFIX)(sums, blocks), REFERENCE_(sum_strict, SUFFIX)(a, n), n, 0, " sum of blocks");
    NAME(compare_value)(run, TESTED(sum_strict, SUFFIX)(a, n), REFERENCE_(sum_strict, SUFFIX)(a, n), n, 0, " sum");
    NAME(compare_value)(run, COMBINE_(SUFFIX)(dots, blocks), REFERENCE_(dot_strict, SUFFIX)(a, b, n), n, 0, " dot of blocks");
    NAME(compare_value)(run, TESTED(dot_strict, SUFFIX)(a, b, n), REFERENCE_(dot_strict, SUFFIX)(a, b, n), n, 0, " dot");
    millrace_batch_moments all[2] = {millrace_batch_strict_combine_moments(moments, blocks), TESTED(moments_strict, SUFFIX)(a, n)};
    millrace_batch_moments expected = REFERENCE_(moments_strict, SUFFIX)(a, n);
    for (int k = 0; k < 2; k++)
      if (memcmp(&all[k], &expected, sizeof expected) != 0) check_fail(run, "moments_strict: n %zu: %a, expected %a\n", n, all[k].m2, expected.m2);
    // Running sums, of each part alone from what the blocks before it add.
    ELEMENT steps[blocks_max], start = a[0], *whole = malloc(2 * n * sizeof *whole), *parts = whole + n;
    ELEMENT total = REFERENCE_(prefix_sum, SUFFIX)(whole, a, a[0], n);
    TESTED(prefix_sum_blocks, SUFFIX)(steps, a, cut * block);
    for (size_t k = 0; k < cut; k++) start += steps[k];
    ELEMENT middle = TESTED(prefix_sum, SUFFIX)(parts, a, a[0], cut * block);
    NAME(compare_value)(run, middle, start, n, 0, " running sum of blocks");
    NAME(compare_value)(run, TESTED(prefix_sum, SUFFIX)(parts + cut * block, a + cut * block, start, n - cut * block), total, n, 0, " running sum of parts");
    NAME(compare_all)(run, parts, whole, n, 0, " running sums of parts");
    free(whole);
    // Relaxed ones over several blocks.
    NAME(compare_value)(run, TESTED(sum_relaxed, SUFFIX)(a, n), expected.mean * (double)n, n, NAME(sizes)(a, NULL, n), " relaxed");
  }
  free(a);
  free(b);
}

// MARK: Several passes

static void NAME(check_softmax)(check_run *run) {
  OVER_RUNS(1, {
    ELEMENT *out = arena_place(4, n * sizeof *out, is_high, gap);
    TESTED(softmax, SUFFIX)(out, a, n);
    EXPECT_INTACT(4)
    ELEMENT top = REFERENCE_(reduce_max, SUFFIX)(a, n);
    long double all = 0;
    for (size_t i = 0; i < n; i++) all += expl((ELEMENT)(a[i] - top));
    for (size_t i = 0; i < n; i++) NAME(expected)[i] = (ELEMENT)(expl((ELEMENT)(a[i] - top)) / all);
    // The sum loses a little with each of its roundings.
    NAME(compare_all)(run, out, NAME(expected), n, 16, "");
    double sum = TESTED(exp_shifted_sum, SUFFIX)(out, a, x, n);
    long double sum_expected = 0;
    for (size_t i = 0; i < n; i++) {
      long double one = expl((ELEMENT)(a[i] - x));
      sum_expected += one;
      if (NAME(ulps)(out[i], (ELEMENT)one) > 2) check_fail(run, "exp_shifted_sum: n %zu, [%zu]\n", n, i);
    }
    if (fabsl(sum - sum_expected) > sum_expected * 16 * EPSILON) check_fail(run, "exp_shifted_sum: n %zu: %a, expected %a\n", n, sum, (double)sum_expected);
    EXPECT_INTACT(4)
  })
}

static void NAME(check_normalise)(check_run *run) {
  OVER_RUNS(1, {
    double sum = 0;
    double m2 = 0;
    for (size_t i = 0; i < n; i++) sum += a[i];
    for (size_t i = 0; i < n; i++) m2 += (a[i] - sum / (double)n) * (a[i] - sum / (double)n);
    double scale = 1 / sqrt(m2 / (double)n + 0.01);
    ELEMENT *out = arena_place(4, n * sizeof *out, is_high, gap);
    TESTED(normalise, SUFFIX)(out, a, 0.01, n);
    for (size_t i = 0; i < n; i++) {
      double expected = (a[i] - sum / (double)n) * scale;
      if (!(fabs(out[i] - expected) <= 200 * EPSILON)) check_fail(run, "%s: n %zu, [%zu] is %g, expected %g\n", run->name, n, i, (double)out[i], expected);
    }
    EXPECT_INTACT(4)
  })
}

// MARK: Moving elements

static void NAME(check_prefix_sum)(check_run *run) {
  OVER_RUNS(1, {
    for (int is_exclusive = 0; is_exclusive < 2; is_exclusive++) {
      ELEMENT *out = arena_place(4, n * sizeof *out, is_high, gap);
      ELEMENT last = is_exclusive ? TESTED(prefix_sum_exclusive, SUFFIX)(out, a, x, n) : TESTED(prefix_sum, SUFFIX)(out, a, x, n);
      double sum = x;
      double sizes = fabs((double)x);
      for (size_t i = 0; i < n; i++) {
        double before = sum;
        sum += a[i];
        sizes += fabs((double)a[i]);
        if (!(fabs(out[i] - (is_exclusive ? before : sum)) <= 16 * EPSILON * sizes)) {
          check_fail(run, "%s: n %zu, exclusive %d, [%zu] is %g, expected %g\n", run->name, n, is_exclusive, i, (double)out[i], is_exclusive ? before : sum);
          break;
        }
      }
      if (!(fabs(last - sum) <= 16 * EPSILON * sizes)) check_fail(run, "%s: n %zu: sum %g, expected %g\n", run->name, n, (double)last, sum);
      EXPECT_INTACT(4)
      ELEMENT expected = is_exclusive ? REFERENCE_(prefix_sum_exclusive, SUFFIX)(NAME(expected), a, x, n) : REFERENCE_(prefix_sum, SUFFIX)(NAME(expected), a, x, n);
      NAME(compare_all)(run, out, NAME(expected), n, 0, is_exclusive ? " exclusive" : " inclusive");
      NAME(compare_value)(run, last, expected, n, 0, " total");
      memcpy(NAME(saved), a, n * sizeof *a);
      if (is_exclusive)
        TESTED(prefix_sum_exclusive, SUFFIX)(a, a, x, n);
      else
        TESTED(prefix_sum, SUFFIX)(a, a, x, n);
      NAME(compare_all)(run, a, NAME(expected), n, 0, " in place");
      memcpy(a, NAME(saved), n * sizeof *a);
    }
  })
}

static void NAME(check_histogram)(check_run *run) {
  OVER_RUNS(4, {
    static const size_t widths[] = {1, 2, 7, 256, 1000, 1024, 1025, 3000};
    size_t bins = widths[check_random(run) % 8];
    uint64_t expected[3000] = {0};
    uint64_t *counts = arena_place(4, bins * sizeof *counts, is_high, 0);
    memset(counts, 0, bins * sizeof *counts);
    size_t others = TESTED(histogram, SUFFIX)(counts, bins, a, (ELEMENT)-2.5, 3, n);
    size_t others_expected = REFERENCE_(histogram, SUFFIX)(expected, bins, a, (ELEMENT)-2.5, 3, n);
    if (others != others_expected || memcmp(counts, expected, bins * sizeof *counts) != 0)
      check_fail(run, "%s: n %zu, %zu bins: %zu others, expected %zu\n", run->name, n, bins, others, others_expected);
    EXPECT_INTACT(4)
  })
}

// MARK: Tiles

static void NAME(check_matmul)(check_run *run) {
  void *scratch = aligned_alloc(64, millrace_batch_matmul_scratch_bytes());
  static const size_t sides[] = {0, 1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 16, 17, 29, 31, 32, 33, 48, 63, 64, 65, 90, 257, 400};
  for (size_t count = run->is_thorough ? 2000 : 60; count > 0; count--) {
    size_t rows = sides[check_random(run) % 20], columns = sides[check_random(run) % 20], depth = sides[check_random(run) % 20], gap = 0;
    // Now and then larger than a block, in one direction.
    size_t which = check_random(run) % 12;
    if (which == 0 && columns < 40 && depth < 40) rows = 90;
    if (which == 1 && rows < 20 && depth < 20) columns = 400;
    if (which == 2 && columns < 20 && rows < 20) depth = 600;
    bool is_high = check_random(run) % 2, is_added = check_random(run) % 2;
    size_t wider = check_random(run) % 3, n = depth;
    size_t a_stride = depth + wider, b_stride = columns + wider, c_stride = columns + wider;
#define SPAN(rows, columns, stride) (rows > 0 && columns > 0 ? ((rows - 1) * (stride) + columns) * sizeof(ELEMENT) : 0)
    ELEMENT *a = arena_place(0, SPAN(rows, depth, a_stride), is_high, 0), *b = arena_place(1, SPAN(depth, columns, b_stride), is_high, 0);
    ELEMENT *c = arena_place(4, SPAN(rows, columns, c_stride), is_high, 0);
    size_t c_count = SPAN(rows, columns, c_stride) / sizeof(ELEMENT);
    NAME(fill_random)(run, a, SPAN(rows, depth, a_stride) / sizeof(ELEMENT), 3);
    NAME(fill_random)(run, b, SPAN(depth, columns, b_stride) / sizeof(ELEMENT), 3);
    NAME(fill_random)(run, c, c_count, 3);
    memcpy(NAME(expected), c, c_count * sizeof *c);
    REFERENCE_(matmul, SUFFIX)(NAME(expected), c_stride, a, a_stride, b, b_stride, rows, columns, depth, is_added, scratch);
    TESTED(matmul, SUFFIX)(c, c_stride, a, a_stride, b, b_stride, rows, columns, depth, is_added, scratch);
    // Small integers: no rounding. What lies between the rows is as it was.
    if (memcmp(c, NAME(expected), c_count * sizeof *c) != 0 && c_count > 0)
      for (size_t i = 0; i < c_count; i++)
        if (c[i] != NAME(expected)[i]) {
          check_fail(run, "%s: %zu x %zu x %zu, added %d, [%zu] is %g, expected %g\n", run->name, rows, columns, depth, is_added, i, (double)c[i], (double)NAME(expected)[i]);
          break;
        }
    EXPECT_INTACT(4)
  }
  free(scratch);
}

static void NAME(check_stencil)(check_run *run) {
  OVER_RUNS(2, {
    ELEMENT *wide = arena_place(5, (n + 2) * sizeof *wide, is_high, gap), *out = arena_place(4, n * sizeof *out, is_high, gap);
    NAME(fill_random)(run, wide, n + 2, kind);
    REFERENCE_(stencil3, SUFFIX)(NAME(expected), wide + 1, x, y, 2, n);
    TESTED(stencil3, SUFFIX)(out, wide + 1, x, y, 2, n);
    NAME(compare_all)(run, out, NAME(expected), n, 0, " of 3");
    EXPECT_INTACT(4)
    size_t rows = n % 5, columns = n % 70, stride = columns + 2;
    wide = arena_place(5, (rows + 2) * stride * sizeof *wide, is_high, 0);
    out = arena_place(4, rows * columns * sizeof *out, is_high, gap);
    NAME(fill_random)(run, wide, (rows + 2) * stride, kind);
    REFERENCE_(stencil5, SUFFIX)(NAME(expected), columns, wide + stride + 1, stride, rows, columns, x, y, 2, 3, 4);
    TESTED(stencil5, SUFFIX)(out, columns, wide + stride + 1, stride, rows, columns, x, y, 2, 3, 4);
    NAME(compare_all)(run, out, NAME(expected), rows * columns, 0, " of 5");
    EXPECT_INTACT(4)
  })
}

static void NAME(check_mandelbrot)(check_run *run) {
  for (size_t n = 0; n < 200; n += n < 80 ? 1 : 13) {
    size_t gap = 0;
    ELEMENT y = (ELEMENT)((double)n / 100 - 1);
    int32_t limit = (int32_t)(n % 67), *out = arena_place(4, n * sizeof *out, n % 2, 0), *expected = (int32_t *)NAME(expected);
    TESTED(mandelbrot, SUFFIX)(out, (ELEMENT)-2.1, (ELEMENT)0.017, y, limit, n);
    REFERENCE_(mandelbrot, SUFFIX)(expected, (ELEMENT)-2.1, (ELEMENT)0.017, y, limit, n);
    if (memcmp(out, expected, n * sizeof *out) != 0) check_fail(run, "%s: n %zu, limit %d differs\n", run->name, n, limit);
    EXPECT_INTACT(4)
  }
}

// MARK: Programs

/// A random program of three inputs and two outputs; every operand it reads has been written.
static size_t NAME(random_steps)(check_run *run, millrace_batch_step *steps, bool has_functions) {
  uint8_t written[64];
  size_t written_count = 0, count = 1 + check_random(run) % 12;
  for (uint8_t k = 0; k < 3; k++) written[written_count++] = MILLRACE_BATCH_OPERAND_INPUT + k;
  for (size_t i = 0; i < count; i++) {
    millrace_batch_step step = {0};
    do
      step.operation = (uint8_t)(check_random(run) % MILLRACE_BATCH_OP_COUNT);
    while (!has_functions && step.operation >= MILLRACE_BATCH_OP_EXP && step.operation <= MILLRACE_BATCH_OP_SIGMOID);
    step.a = written[check_random(run) % 2 ? written_count - 1 : check_random(run) % written_count];
    step.b = written[check_random(run) % 2 ? written_count - 1 : check_random(run) % written_count];
    step.c = written[check_random(run) % written_count];
    step.destination = (uint8_t)(i + 2 >= count ? MILLRACE_BATCH_OPERAND_OUTPUT + count - 1 - i : check_random(run) % 5);
    if (i + 2 < count && check_random(run) % 9 == 0) step.destination = MILLRACE_BATCH_OPERAND_OUTPUT;
    step.x = (double)(check_random(run) % 5) - 2;
    step.y = step.x + (double)(check_random(run) % 5);
    steps[i] = step;
    // The last is the likeliest to be read.
    size_t k = 0;
    while (k < written_count && written[k] != step.destination) k++;
    if (k == written_count) written_count++;
    written[k] = written[written_count - 1];
    written[written_count - 1] = step.destination;
  }
  return count;
}

static void NAME(check_program)(check_run *run) {
  OVER_RUNS(4, {
    millrace_batch_step steps[16];
    // Functions differ from the reference in the last bits, which a later step may enlarge; alone they are checked elsewhere.
    size_t count = NAME(random_steps)(run, steps, false);
    millrace_batch_program program = {
      .steps = steps, .step_count = count, .register_count = 5, .is_strict = check_random(run) % 2, .reduction = (millrace_batch_reduction)(check_random(run) % 4),
      .reduced = steps[check_random(run) % count].destination};
    millrace_batch_instruction instructions[2 * 16 + 3];
    millrace_batch_program_prepare(&program, instructions);
    const ELEMENT *inputs[3] = {a, b, c};
    ELEMENT *second = arena_place(5, n * sizeof *a, is_high, gap), *outputs[2] = {arena_place(4, n * sizeof *a, is_high, gap), second};
    ELEMENT partials[2] = {0, 0}, partials_expected[2] = {0, 0};
    static ELEMENT second_expected[4098];
    ELEMENT *expected[2] = {NAME(expected), second_expected};
    // With a single step only the first output is written.
    memset(outputs[0], 0, n * sizeof *a);
    memset(second, 0, n * sizeof *a);
    memset(expected[0], 0, n * sizeof *a);
    memset(expected[1], 0, n * sizeof *a);
    REFERENCE_(program, SUFFIX)(&program, inputs, expected, partials_expected, n);
    TESTED(program, SUFFIX)(&program, inputs, outputs, partials, n);
    NAME(compare_all)(run, outputs[0], expected[0], n, 0, " first output");
    NAME(compare_all)(run, second, expected[1], n, 0, " second output");
    for (size_t k = 0; k < (n + MILLRACE_BATCH_STRICT_BLOCK - 1) / MILLRACE_BATCH_STRICT_BLOCK; k++)
      NAME(compare_value)(run, partials[k], partials_expected[k], n, 0, " partial");
    EXPECT_INTACT(4)
    EXPECT_INTACT(5)
  })
}

/// Each function as a program of its own is the kernel of its name.
static void NAME(check_program_functions)(check_run *run) {
  OVER_RUNS(2, {
    void (*const kernels[])(ELEMENT *, const ELEMENT *, size_t) = {
      TESTED(exp, SUFFIX), TESTED(log, SUFFIX), TESTED(sin, SUFFIX), TESTED(cos, SUFFIX),
      TESTED(tanh, SUFFIX), TESTED(sigmoid, SUFFIX)};
    for (uint8_t k = 0; k < 6; k++) {
      millrace_batch_step step = {
        .operation = MILLRACE_BATCH_OP_EXP + k, .destination = MILLRACE_BATCH_OPERAND_OUTPUT, .a = MILLRACE_BATCH_OPERAND_INPUT};
      millrace_batch_program program = {.steps = &step, .step_count = 1};
      millrace_batch_instruction instructions[2 + 3];
      millrace_batch_program_prepare(&program, instructions);
      const ELEMENT *input = a;
      ELEMENT *output = arena_place(4, n * sizeof *a, is_high, gap);
      kernels[k](NAME(expected), a, n);
      TESTED(program, SUFFIX)(&program, &input, &output, NULL, n);
      NAME(compare_all)(run, output, NAME(expected), n, 0, "");
      EXPECT_INTACT(4)
    }
  })
}
