// Sorting of small rows: a vector holds one place of as many rows as it has lanes, so that a sorting network sorts them all at once.

/// Floats become integers of the same order, and back: the size's bits of negative ones are turned over.
static INLINE INT NAME(key)(VEC v) {
  INT bits = (INT)v;
  if ((ELEMENT)1 / 2 == 0) return bits;
  return bits ^ (INT)((INT)(bits < 0) & (INT)(SIGNED)(sizeof(SIGNED) == 4 ? INT32_MAX : INT64_MAX));
}

/// Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2 M), for any width.
static void NAME(sort_network)(INT *keys, size_t width) {
  size_t top = 1;
  while (top * 2 < width) top *= 2;
  for (size_t p = top; p > 0; p /= 2) {
    size_t q = top, r = 0;
    for (size_t d = p;; d = q - p, q /= 2, r = p) {
      for (size_t i = 0; i + d < width; i++) {
        if ((i & p) != r) continue;
        INT low = keys[i], high = keys[i + d];
        keys[i] = low < high ? low : high;
        keys[i + d] = low < high ? high : low;
      }
      if (q == p) break;
    }
  }
}

static void NAME(sort_rows)(ELEMENT *a, size_t stride, size_t rows, size_t width) {
  if (width < 2) return;
  INT keys[MILLRACE_BATCH_SORT_WIDTH_MAX + LANES];
  for (size_t row = 0; row < rows; row += LANES) {
    size_t height = rows - row < LANES ? rows - row : LANES;
    ELEMENT *first = a + row * stride;
    for (size_t column = 0; column < width; column += LANES) {
      size_t count = width - column < LANES ? width - column : LANES;
      VEC square[LANES];
      for (size_t k = 0; k < LANES; k++) square[k] = k < height ? NAME(get)(first + k * stride + column, count) : SPLAT(0);
      NAME(transpose_square)(square);
      for (size_t k = 0; k < LANES; k++) keys[column + k] = NAME(key)(square[k]);
    }
    NAME(sort_network)(keys, width);
    for (size_t column = 0; column < width; column += LANES) {
      size_t count = width - column < LANES ? width - column : LANES;
      VEC square[LANES];
      for (size_t k = 0; k < LANES; k++) square[k] = (VEC)NAME(key)((VEC)keys[column + k]);
      NAME(transpose_square)(square);
      for (size_t k = 0; k < height; k++) NAME(put)(first + k * stride + column, square[k], count);
    }
  }
}
