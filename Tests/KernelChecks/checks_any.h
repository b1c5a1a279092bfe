// Checks of the kernels that floats and Int32 have both.

static void NAME(check_filter)(check_run *run) {
  OVER_RUNS(4, {
    ELEMENT *expected = NAME(expected);
    for (int question = -1; question < 6; question++) {
      millrace_batch_comparison comparison = (millrace_batch_comparison)question;
      // -1: by mask.
      size_t count = question < 0 ? REFERENCE_(compact, SUFFIX)(expected, n, a, mask, n) : REFERENCE_(filter_scalar, SUFFIX)(comparison, expected, n, a, x, n);
      for (int room = 0; room < 3; room++) {
        // Room for just the result, for all, and the input's own memory.
        size_t capacity = room == 0 ? count : n;
        ELEMENT *out = room == 2 ? a : arena_place(4, capacity * sizeof *out, is_high, gap);
        memcpy(NAME(saved), a, n * sizeof *a);
        size_t found = question < 0 ? TESTED(compact, SUFFIX)(out, capacity, a, mask, n)
                                    : TESTED(filter_scalar, SUFFIX)(comparison, out, capacity, a, x, n);
        if (found != count || memcmp(out, expected, count * sizeof *out) != 0)
          check_fail(run, "%s: n %zu, comparison %d, room %d: found %zu, expected %zu\n", run->name, n, question, room, found, count);
        EXPECT_INTACT(room == 2 ? 0 : 4)
        memcpy(a, NAME(saved), n * sizeof *a);
      }
    }
  })
}

static void NAME(check_gather_scatter)(check_run *run) {
  OVER_RUNS(1, {
    size_t count = 1 + check_random(run) % 300, bad = check_random(run) % 3 == 0 && n > 0 ? check_random(run) % n : n;
    ELEMENT *table = arena_place(5, count * sizeof *table, is_high, gap), *out = arena_place(4, n * sizeof *out, is_high, gap);
    int32_t *indices = arena_place(6, n * sizeof *indices, is_high, gap / 4 * 4);
    NAME(fill_random)(run, table, count, 3);
    for (size_t i = 0; i < n; i++) indices[i] = (int32_t)(check_random(run) % count);
    if (bad < n) indices[bad] = check_random(run) % 2 ? -1 - (int32_t)(check_random(run) % 1000) : (int32_t)(count + check_random(run) % 1000);
    size_t done = TESTED(gather, SUFFIX)(out, table, count, indices, n);
    if (done != bad || done != REFERENCE_(gather, SUFFIX)(NAME(expected), table, count, indices, n)) check_fail(run, "gather: n %zu: %zu, expected %zu\n", n, done, bad);
    if (memcmp(out, NAME(expected), bad * sizeof *out) != 0) check_fail(run, "gather: n %zu differs\n", n);
    EXPECT_INTACT(4)
    ELEMENT *spread = arena_place(4, count * sizeof *spread, is_high, gap);
    NAME(fill_random)(run, spread, count, 3);
    memcpy(NAME(expected), spread, count * sizeof *spread);
    done = TESTED(scatter, SUFFIX)(spread, count, a, indices, n);
    if (done != bad || done != REFERENCE_(scatter, SUFFIX)(NAME(expected), count, a, indices, n)) check_fail(run, "scatter: n %zu: %zu, expected %zu\n", n, done, bad);
    if (memcmp(spread, NAME(expected), count * sizeof *spread) != 0) check_fail(run, "scatter: n %zu differs\n", n);
    EXPECT_INTACT(4)
  })
}

static void NAME(check_transpose)(check_run *run) {
  for (size_t count = run->is_thorough ? 20000 : 400; count > 0; count--) {
    size_t rows = check_random(run) % 40, columns = check_random(run) % (count % 8 ? 40 : 150), gap = 0, n = rows;
    bool is_high = check_random(run) % 2;
    size_t a_stride = columns + check_random(run) % 3, out_stride = rows + check_random(run) % 3;
    size_t a_count = rows > 0 && columns > 0 ? (rows - 1) * a_stride + columns : 0, out_count = rows > 0 && columns > 0 ? (columns - 1) * out_stride + rows : 0;
    ELEMENT *a = arena_place(0, a_count * sizeof *a, is_high, 0), *out = arena_place(4, out_count * sizeof *a, is_high, 0);
    NAME(fill_random)(run, a, a_count, 1);
    NAME(fill_random)(run, out, out_count, 1);
    memcpy(NAME(expected), out, out_count * sizeof *out);
    TESTED(transpose, SUFFIX)(out, out_stride, a, a_stride, rows, columns);
    REFERENCE_(transpose, SUFFIX)(NAME(expected), out_stride, a, a_stride, rows, columns);
    if (memcmp(out, NAME(expected), out_count * sizeof *out) != 0) check_fail(run, "%s: %zu x %zu differs\n", run->name, rows, columns);
    EXPECT_INTACT(4)
  }
}

static void NAME(check_sort_rows)(check_run *run) {
  for (size_t width = 0; width <= MILLRACE_BATCH_SORT_WIDTH_MAX; width++) {
    for (size_t rows = 0; rows < 40; rows += run->is_thorough ? 1 : 3) {
      size_t stride = width + check_random(run) % 2, count = rows > 0 && width > 0 ? (rows - 1) * stride + width : 0, gap = 0, n = width;
      ELEMENT *a = arena_place(4, count * sizeof *a, rows % 2, 0);
      NAME(fill_random)(run, a, count, (int)(rows % 4));
      memcpy(NAME(expected), a, count * sizeof *a);
      TESTED(sort_rows, SUFFIX)(a, stride, rows, width);
      REFERENCE_(sort_rows, SUFFIX)(NAME(expected), stride, rows, width);
      if (memcmp(a, NAME(expected), count * sizeof *a) != 0) check_fail(run, "%s: %zu rows of %zu differ\n", run->name, rows, width);
      EXPECT_INTACT(4)
    }
  }
}
