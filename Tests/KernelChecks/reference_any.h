// What the kernels mean that floats and integers have both, one element at a time.

void NAME(compare_bits_scalar)(millrace_batch_comparison comparison, uint64_t *out, const ELEMENT *a, ELEMENT x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i % 64 == 0) out[i / 64] = 0;
    out[i / 64] |= (uint64_t)HOLDS(comparison, a[i], x) << (i % 64);
  }
}

size_t NAME(count_scalar)(millrace_batch_comparison comparison, const ELEMENT *a, ELEMENT x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += HOLDS(comparison, a[i], x);
  return count;
}

size_t NAME(filter_scalar)(millrace_batch_comparison comparison, ELEMENT *out, size_t capacity, const ELEMENT *a, ELEMENT x, size_t n) {
  (void)capacity;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (HOLDS(comparison, a[i], x)) out[count++] = a[i];
  return count;
}

size_t NAME(compact)(ELEMENT *out, size_t capacity, const ELEMENT *a, const uint8_t *mask, size_t n) {
  (void)capacity;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (mask[i]) out[count++] = a[i];
  return count;
}

size_t NAME(gather)(ELEMENT *out, const ELEMENT *table, size_t count, const int32_t *indices, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (indices[i] < 0 || (size_t)indices[i] >= count) return i;
    out[i] = table[indices[i]];
  }
  return n;
}

size_t NAME(scatter)(ELEMENT *out, size_t count, const ELEMENT *a, const int32_t *indices, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (indices[i] < 0 || (size_t)indices[i] >= count) return i;
    out[indices[i]] = a[i];
  }
  return n;
}

void NAME(transpose)(ELEMENT *out, size_t out_stride, const ELEMENT *a, size_t a_stride, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t column = 0; column < columns; column++) out[column * out_stride + row] = a[row * a_stride + column];
}
