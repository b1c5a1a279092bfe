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
  UNROLL(4) \
  for (; i + LANES <= n && found + LANES <= capacity; i += LANES) { \
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
#if LANES >= 16
  EXCHANGE_BLOCKS(8)
#endif
#if LANES >= 8
  EXCHANGE_BLOCKS(4)
#endif
#if LANES >= 4
  EXCHANGE_BLOCKS(2)
#endif
  EXCHANGE_BLOCKS(1)
}

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
