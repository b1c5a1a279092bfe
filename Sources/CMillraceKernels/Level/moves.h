// Kernels that choose or move elements, for floats and Int32.

/// Puts the chosen lanes of `v` after the `found` elements that are there, and counts them. `is_roomy`: a whole vector may be written.
static INLINE size_t NAME(append)(ELEMENT *out, size_t found, VEC v, uint64_t bits, const bool is_roomy) {
  size_t chosen = (size_t)__builtin_popcountll(bits);
#if HAS_COMPRESS
  VEC front = OF_SUFFIX(compress)(v, bits);
  if (is_roomy)
    NAME(store)(out + found, front);
  else
    OF_SUFFIX(store_first)(out + found, front, chosen);
#else
  size_t place = found;
  UNROLL_ALL
  for (int k = 0; k < LANES; k++) {
    bool is_chosen = bits >> k & 1;
    if (is_roomy || is_chosen) out[place] = v[k];
    place += is_chosen;
  }
#endif
  return found + chosen;
}

// The output never overtakes the input, so that a whole vector may be written into what has been read.
#define FILTERED(chosen) \
  size_t found = 0, i = 0; \
  for (; n - i >= 4 * LANES && capacity - found >= 4 * LANES;) { \
    UNROLL_ALL \
    for (size_t k = 0; k < 4; k++, i += LANES) { \
      const size_t count = LANES; \
      found = NAME(append)(out, found, AT(a), OF_SUFFIX(bits)((INT)(chosen)), true); \
    } \
  } \
  for (; n - i >= LANES && capacity - found >= LANES; i += LANES) { \
    const size_t count = LANES; \
    found = NAME(append)(out, found, AT(a), OF_SUFFIX(bits)((INT)(chosen)), true); \
  } \
  for (; i < n; i += LANES) { \
    size_t count = n - i < LANES ? n - i : LANES; \
    found = NAME(append)(out, found, AT(a), OF_SUFFIX(bits)((INT)(chosen)) & (~0ull >> (64 - count)), false); \
  } \
  return found;

static size_t NAME(filter_scalar)(millrace_batch_comparison comparison, ELEMENT *out, size_t capacity, const ELEMENT *a, ELEMENT x, size_t n) {
#define BODY(question) FILTERED(AT(a) question SPLAT(x))
  WITH_COMPARISON(BODY)
#undef BODY
  return 0;
}

static size_t NAME(compact)(ELEMENT *out, size_t capacity, const ELEMENT *a, const uint8_t *mask, size_t n) {
  FILTERED(NAME(get_mask)(mask + i, count))
}

// MARK: By index

static size_t NAME(gather)(ELEMENT *out, const ELEMENT *table, size_t count, const int32_t *indices, size_t n) {
  uint32_t limit = count < 0x80000000u ? (uint32_t)count : 0x80000000u;
  size_t i = 0;
  // Many indices are looked at together, so that the look costs one jump.
  enum { part = 8 * LANES };
  for (; n - i >= part; i += part) {
    i32_vector worst = 0;
    UNROLL_ALL
    for (size_t k = 0; k < part; k += VECTOR_BYTES / 4) {
      i32_vector places;
      memcpy(&places, indices + i + k, sizeof places);
      worst |= (i32_vector)((u32_vector)places >= (u32_vector)limit);
    }
    if (bits_i32(worst) != 0) break;
    UNROLL(8)
    for (size_t k = i; k < i + part; k++) out[k] = table[indices[k]];
  }
  for (; i < n; i++) {
    if ((uint32_t)indices[i] >= limit) return i;
    out[i] = table[indices[i]];
  }
  return n;
}

static size_t NAME(scatter)(ELEMENT *out, size_t count, const ELEMENT *a, const int32_t *indices, size_t n) {
  uint32_t limit = count < 0x80000000u ? (uint32_t)count : 0x80000000u;
  UNROLL(4)
  for (size_t i = 0; i < n; i++) {
    if ((uint32_t)indices[i] >= limit) return i;
    out[indices[i]] = a[i];
  }
  return n;
}

// MARK: Transposition

#if LANES == 16
#define PAIRS_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define PAIRS_HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FOURS_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define FOURS_HIGH(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define QUARTERS_EVEN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define QUARTERS_ODD(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

/// Transposes a square of vectors: within quarters of 128 bits, then the quarters. Each of these shuffles is one instruction without a table.
static INLINE void NAME(transpose_square)(VEC *rows) {
  VEC a[16], b[16];
  UNROLL_ALL
  for (int k = 0; k < 16; k += 2) {
    a[k] = PAIRS_LOW(rows[k], rows[k + 1]);
    a[k + 1] = PAIRS_HIGH(rows[k], rows[k + 1]);
  }
  // b[4 g + c] has column c of each quarter of the rows 4 g ..< 4 g + 4.
  UNROLL_ALL
  for (int k = 0; k < 16; k += 4) {
    b[k] = FOURS_LOW(a[k], a[k + 2]);
    b[k + 1] = FOURS_HIGH(a[k], a[k + 2]);
    b[k + 2] = FOURS_LOW(a[k + 1], a[k + 3]);
    b[k + 3] = FOURS_HIGH(a[k + 1], a[k + 3]);
  }
  UNROLL_ALL
  for (int k = 0; k < 4; k++) {
    VEC even_low = QUARTERS_EVEN(b[k], b[k + 4]), odd_low = QUARTERS_ODD(b[k], b[k + 4]);
    VEC even_high = QUARTERS_EVEN(b[k + 8], b[k + 12]), odd_high = QUARTERS_ODD(b[k + 8], b[k + 12]);
    rows[k] = QUARTERS_EVEN(even_low, even_high);
    rows[k + 4] = QUARTERS_EVEN(odd_low, odd_high);
    rows[k + 8] = QUARTERS_ODD(even_low, even_high);
    rows[k + 12] = QUARTERS_ODD(odd_low, odd_high);
  }
}
#else
/// Lanes whose number has that bit.
static INLINE INT NAME(lanes_with)(int bit) {
  INT lanes;
  UNROLL_ALL
  for (int k = 0; k < LANES; k++) lanes[k] = k & bit ? -1 : 0;
  return lanes;
}

/// Exchanges the off-diagonal blocks of `step` by `step` lanes in every square of twice that.
#define EXCHANGE_BLOCKS(step) \
  UNROLL_ALL \
  for (int k = 0; k < LANES; k++) { \
    if (k & step) continue; \
    VEC low = rows[k], high = rows[k + step]; \
    rows[k] = NAME(lanes_with)(step) ? EXCHANGED_##step(high) : low; \
    rows[k + step] = NAME(lanes_with)(step) ? high : EXCHANGED_##step(low); \
  }

/// Transposes a square of vectors.
static INLINE void NAME(transpose_square)(VEC *rows) {
#if LANES >= 8
  EXCHANGE_BLOCKS(4)
#endif
#if LANES >= 4
  EXCHANGE_BLOCKS(2)
#endif
  EXCHANGE_BLOCKS(1)
}
#endif

static void NAME(transpose)(ELEMENT *out, size_t out_stride, const ELEMENT *a, size_t a_stride, size_t rows, size_t columns) {
  // Squares side by side along the output's rows fill its cache lines; a few columns at a time keep both in the cache.
  enum { strip = 64 };
  for (size_t first = 0; first < columns; first += strip) {
    size_t end = columns - first < strip ? columns : first + strip;
    for (size_t row = 0; row < rows; row += LANES) {
      size_t height = rows - row < LANES ? rows - row : LANES;
      for (size_t column = first; column < end; column += LANES) {
        size_t width = end - column < LANES ? end - column : LANES;
        VEC square[LANES];
        if (height == LANES && width == LANES) {
          UNROLL_ALL
          for (size_t k = 0; k < LANES; k++) square[k] = NAME(load)(a + (row + k) * a_stride + column);
          NAME(transpose_square)(square);
          UNROLL_ALL
          for (size_t k = 0; k < LANES; k++) NAME(store)(out + (column + k) * out_stride + row, square[k]);
        } else {
          for (size_t k = 0; k < LANES; k++) square[k] = k < height ? NAME(get)(a + (row + k) * a_stride + column, width) : SPLAT(0);
          NAME(transpose_square)(square);
          for (size_t k = 0; k < width; k++) NAME(put)(out + (column + k) * out_stride + row, square[k], height);
        }
      }
    }
  }
}
