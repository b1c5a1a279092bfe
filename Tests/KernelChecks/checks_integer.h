// Checks of what Int32 has of its own.

static int32_t NAME(expected)[1 << 14], NAME(saved)[1 << 14];

/// 0 and 1: any. 2: the ends of the range. 3: small numbers, many of them equal.
static void NAME(fill_random)(check_run *run, int32_t *a, size_t n, int kind) {
  static const int32_t special[] = {INT32_MIN, INT32_MAX, 0, -1, 1, INT32_MIN + 1};
  for (size_t i = 0; i < n; i++) {
    uint64_t random = check_random(run);
    a[i] = kind == 2 ? special[random % 6] : kind == 3 ? (int32_t)(random % 7) - 3 : (int32_t)random;
  }
}

static void NAME(compare_all)(check_run *run, const int32_t *actual, const int32_t *expected, size_t n, double ulps, const char *how) {
  (void)ulps;
  for (size_t i = 0; i < n; i++) {
    if (actual[i] != expected[i]) {
      check_fail(run, "%s%s: n %zu, [%zu] is %d, expected %d\n", run->name, how, n, i, actual[i], expected[i]);
      return;
    }
  }
}

EACH_CHECK(add, 0, out, a, b, n)
EACH_CHECK(sub, 0, out, a, b, n)
EACH_CHECK(mul, 0, out, a, b, n)
EACH_CHECK(min, 0, out, a, b, n)
EACH_CHECK(max, 0, out, a, b, n)
EACH_CHECK(affine, 0, out, a, x, y, n)
EACH_CHECK(abs, 0, out, a, n)
EACH_CHECK(clamp, 0, out, a, x < y ? x : y, x < y ? y : x, n)
EACH_CHECK(select, 0, out, mask, a, b, n)
BYTES_CHECK(compare, uint8_t, n, 4, comparison, out, a, b, n)
BYTES_CHECK(compare_scalar, uint8_t, n, 4, comparison, out, a, x, n)

static void NAME(check_values)(check_run *run) {
  OVER_RUNS(4, {
    int64_t actual[8] = {tested->sum_i32(a, n), tested->reduce_min_i32(a, n), tested->reduce_max_i32(a, n), 0, 0, tested->argmin_i32(a, n), tested->argmax_i32(a, n)};
    int64_t expected[8] = {reference_sum_i32(a, n), reference_reduce_min_i32(a, n), reference_reduce_max_i32(a, n), 0, 0, reference_argmin_i32(a, n), reference_argmax_i32(a, n)};
    int32_t low, high;
    tested->reduce_min_max_i32(&low, &high, a, n);
    actual[3] = low;
    actual[4] = high;
    expected[3] = expected[1];
    expected[4] = expected[2];
    for (int question = 0; question < 6; question++) {
      actual[7] = actual[7] * 5000 + (int64_t)tested->count_scalar_i32((millrace_batch_comparison)question, a, x, n);
      expected[7] = expected[7] * 5000 + (int64_t)reference_count_scalar_i32((millrace_batch_comparison)question, a, x, n);
    }
    for (int k = 0; k < 8; k++)
      if (actual[k] != expected[k]) check_fail(run, "%s: n %zu: value %d is %lld, expected %lld\n", run->name, n, k, (long long)actual[k], (long long)expected[k]);
  })
}

static void NAME(check_prefix_sum)(check_run *run) {
  OVER_RUNS(2, {
    for (int is_exclusive = 0; is_exclusive < 2; is_exclusive++) {
      int32_t *out = arena_place(4, n * sizeof *out, is_high, gap);
      int32_t last = is_exclusive ? tested->prefix_sum_exclusive_i32(out, a, x, n) : tested->prefix_sum_i32(out, a, x, n);
      int32_t expected = is_exclusive ? reference_prefix_sum_exclusive_i32(NAME(expected), a, x, n) : reference_prefix_sum_i32(NAME(expected), a, x, n);
      NAME(compare_all)(run, out, NAME(expected), n, 0, "");
      NAME(compare_all)(run, &last, &expected, 1, 0, " sum");
      EXPECT_INTACT(4)
    }
  })
}

static void NAME(check_histogram)(check_run *run) {
  OVER_RUNS(4, {
    size_t bins = 1 + check_random(run) % 300;
    if (kind < 2)
      for (size_t i = 0; i < n; i++) a[i] %= 400;
    uint64_t expected[300] = {0}, *counts = arena_place(4, bins * sizeof *counts, is_high, 0);
    memset(counts, 0, bins * sizeof *counts);
    size_t others = tested->histogram_i32(counts, bins, a, n), others_expected = reference_histogram_i32(expected, bins, a, n);
    if (others != others_expected || memcmp(counts, expected, bins * sizeof *counts) != 0) check_fail(run, "%s: n %zu, %zu bins differ\n", run->name, n, bins);
    EXPECT_INTACT(4)
  })
}

/// A conversion: bytes of the result are those of the reference, but that NaNs equal each other.
#define CONVERSION_CHECK(kernel, to, from, fill, is_nan) \
  static void check_##kernel(check_run *run) { \
    for (size_t n = 0; n <= 4097; n = next_length(n, run->is_thorough)) { \
      size_t gap = check_random(run) % 8 * sizeof(double); \
      bool is_high = check_random(run) % 2; \
      from *a = arena_place(0, n * sizeof *a, is_high, gap); \
      to *out = arena_place(4, n * sizeof *out, is_high, gap), *expected = (to *)expected_f64; \
      fill; \
      reference_##kernel(expected, a, n); \
      tested->kernel(out, a, n); \
      for (size_t i = 0; i < n; i++) { \
        if (memcmp(&out[i], &expected[i], sizeof *out) == 0 || (is_nan)) continue; \
        check_fail(run, "%s: n %zu, [%zu] is %g, expected %g\n", run->name, n, i, (double)out[i], (double)expected[i]); \
        break; \
      } \
      EXPECT_INTACT(4) \
    } \
  }
#define F32 fill_random_f32(run, a, n, (int)(n % 4))
#define F64 fill_random_f64(run, a, n, (int)(n % 4))
#define BYTES for (size_t i = 0; i < n * sizeof *a; i++) ((uint8_t *)a)[i] = (uint8_t)check_random(run)
CONVERSION_CHECK(to_f32_i32, float, int32_t, BYTES, false)
CONVERSION_CHECK(to_f64_i32, double, int32_t, BYTES, false)
CONVERSION_CHECK(from_f32_i32, int32_t, float, F32, false)
CONVERSION_CHECK(from_f64_i32, int32_t, double, F64, false)
CONVERSION_CHECK(to_f32_u8, float, uint8_t, BYTES, false)
CONVERSION_CHECK(from_f32_u8, uint8_t, float, F32; for (size_t i = 0; i < n; i++) if (n % 4 != 1) a[i] *= 20.5f, false)
CONVERSION_CHECK(f32_to_f64_u8, double, float, F32, out[i] != out[i] && expected[i] != expected[i])
CONVERSION_CHECK(f64_to_f32_u8, float, double, F64, out[i] != out[i] && expected[i] != expected[i])
CONVERSION_CHECK(f16_to_f32_u8, float, uint16_t, BYTES, out[i] != out[i] && expected[i] != expected[i])
#define IS_NAN_HALF(x) (((x) & 0x7fff) > 0x7c00)
CONVERSION_CHECK(
  f32_to_f16_u8, uint16_t, float, F32; for (size_t i = 0; i < n; i++) if (n % 2) a[i] = ldexpf(a[i], (int)(check_random(run) % 48) - 30),
  IS_NAN_HALF(out[i]) && IS_NAN_HALF(expected[i]))

/// All 65,536 of them, there and back.
static void check_f16_all(check_run *run) {
  static uint16_t half[65536], back[65536];
  static float wide[65536], expected[65536];
  for (size_t i = 0; i < 65536; i++) half[i] = (uint16_t)i;
  tested->f16_to_f32_u8(wide, half, 65536);
  reference_f16_to_f32_u8(expected, half, 65536);
  tested->f32_to_f16_u8(back, wide, 65536);
  for (size_t i = 0; i < 65536; i++) {
    if (ulps_f32(wide[i], expected[i]) != 0) check_fail(run, "%s: %04zx is %g, expected %g\n", run->name, i, (double)wide[i], (double)expected[i]);
    if (IS_NAN_HALF(half[i]) ? !IS_NAN_HALF(back[i]) : back[i] != half[i]) check_fail(run, "%s: %04zx comes back as %04x\n", run->name, i, back[i]);
  }
}

// MARK: UInt8

static void check_u8_values(check_run *run) {
  for (size_t n = 0; n <= 20000; n = n < 4097 ? next_length(n, run->is_thorough) : n + 4001) {
    size_t gap = check_random(run) % 64;
    bool is_high = check_random(run) % 2;
    uint8_t *a = arena_place(0, n, is_high, gap), *b = arena_place(1, n, is_high, gap), *out = arena_place(4, n, is_high, gap), *expected = (uint8_t *)expected_f64;
    uint8_t *mask = arena_place(2, n, is_high, gap);
    for (size_t i = 0; i < n; i++) a[i] = n % 3 == 2 ? 255 : (uint8_t)check_random(run), b[i] = (uint8_t)check_random(run);
    uint8_t x = (uint8_t)check_random(run), y = (uint8_t)check_random(run);
    // At either end of the range the comparisons' corners show.
    if (n % 5 == 0) x = n % 2 ? 255 : 0;
#define EACH_BYTE(kernel, ...) \
  { \
    uint8_t *actual = out, *kept = out; \
    out = expected; \
    reference_##kernel##_u8(__VA_ARGS__); \
    out = actual; \
    tested->kernel##_u8(__VA_ARGS__); \
    if (memcmp(kept, expected, n) != 0) check_fail(run, #kernel ": n %zu differs\n", n); \
    EXPECT_INTACT(4) \
  }
    EACH_BYTE(add, out, a, b, n)
    EACH_BYTE(sub, out, a, b, n)
    EACH_BYTE(min, out, a, b, n)
    EACH_BYTE(max, out, a, b, n)
    EACH_BYTE(clamp, out, a, x < y ? x : y, x < y ? y : x, n)
    for (size_t i = 0; i < n; i++) mask[i] = i % 7 == 3 ? (uint8_t)check_random(run) : (uint8_t)(check_random(run) % 2);
    EACH_BYTE(select, out, mask, a, b, n)
    for (int question = 0; question < 6; question++) {
      millrace_batch_comparison comparison = (millrace_batch_comparison)question;
      EACH_BYTE(compare, comparison, out, a, b, n)
      EACH_BYTE(compare_scalar, comparison, out, a, x, n)
      size_t count = tested->count_scalar_u8(comparison, a, x, n), count_expected = reference_count_scalar_u8(comparison, a, x, n);
      if (count != count_expected) check_fail(run, "count_scalar: n %zu: %zu, expected %zu\n", n, count, count_expected);
    }
    uint64_t actual[3] = {tested->sum_u8(a, n), tested->reduce_min_u8(a, n), tested->reduce_max_u8(a, n)};
    uint64_t wanted[3] = {reference_sum_u8(a, n), reference_reduce_min_u8(a, n), reference_reduce_max_u8(a, n)};
    for (int k = 0; k < 3; k++)
      if (actual[k] != wanted[k]) check_fail(run, "%s: n %zu: value %d is %llu, expected %llu\n", run->name, n, k, (unsigned long long)actual[k], (unsigned long long)wanted[k]);
    uint64_t counts[256] = {1, 2, 3}, counts_expected[256] = {1, 2, 3};
    tested->histogram_u8(counts, a, n);
    reference_histogram_u8(counts_expected, a, n);
    if (memcmp(counts, counts_expected, sizeof counts) != 0) check_fail(run, "histogram: n %zu differs\n", n);
  }
}

static void check_csv_index(check_run *run) {
  size_t regular = 0;
  for (size_t n = 1; n <= 4097; n = next_length(n, run->is_thorough)) {
    size_t gap = check_random(run) % 64, columns = 1 + check_random(run) % 9, length = 0;
    bool is_high = check_random(run) % 2;
    // Records with cells of all kinds; then, in most texts, some bytes that are wrong.
    static const char *const cells[] = {"", "1", "-2.5", "\"\"", "\"a\"", "\"b,\n\"\"\"", "\"\"\"\"", "longer than others", "\r", "\"x\r\n\""};
    uint8_t text[4097 + 64];
    size_t kinds = check_random(run) % 2 ? 3 : 10;
    while (length < n) {
      for (size_t column = 0; column < columns && length < n; column++) {
        const char *cell = cells[check_random(run) % kinds];
        const char *end = column + 1 < columns ? "," : check_random(run) % 3 ? "\n" : "\r\n";
        length += (size_t)snprintf((char *)text + length, 64, "%s%s", cell, end);
      }
    }
    for (size_t faults = check_random(run) % 3; faults > 0; faults--)
      text[check_random(run) % n] = (uint8_t)"\",\n\r\0\xc3x"[check_random(run) % 7];
    uint8_t *a = arena_place(0, n, is_high, gap);
    memcpy(a, text, n);
    size_t limit = 1 + check_random(run) % (n + 10), room = limit + columns + 64;
    static _Thread_local uint32_t expected[8192];
    uint32_t *ends = arena_place(4, room * sizeof *ends, is_high, 0);
    millrace_batch_csv_cells found = tested->csv_index_u8(ends, a, ',', columns, limit, n), wanted = reference_csv_index_u8(expected, a, ',', columns, limit, n);
    if (found.is_regular != wanted.is_regular)
      check_fail(run, "%s: n %zu, limit %zu: regular is %d\n", run->name, n, limit, found.is_regular);
    else if (wanted.is_regular && (found.count != wanted.count || memcmp(ends, expected, found.count * sizeof *ends) != 0))
      check_fail(run, "%s: n %zu, limit %zu: %zu cells, expected %zu\n", run->name, n, limit, found.count, wanted.count);
    else if (found.is_ascii && !wanted.is_ascii)
      check_fail(run, "%s: n %zu, limit %zu: not ASCII\n", run->name, n, limit);
    regular += wanted.is_regular;
    EXPECT_INTACT(4)
  }
  if (regular < 10) check_fail(run, "%s: only %zu texts were regular\n", run->name, regular);
}
