// Comparing two inputs, and choosing between them.

static void NAME(compare)(millrace_batch_comparison comparison, uint8_t *out, const ELEMENT *a, const ELEMENT *b, size_t n) {
#define BODY(question) OVER_VECTORS(4, NAME(put_mask)(out + i, (INT)(AT(a) question AT(b)), count))
  WITH_COMPARISON(BODY)
#undef BODY
}

static INLINE INT NAME(get_mask)(const uint8_t *mask, size_t count) {
  NAME(bytes) bytes = 0;
  memcpy(&bytes, mask, count);
  return (INT)(__builtin_convertvector(bytes, INT) != 0);
}
EACH(select, (ELEMENT *out, const uint8_t *mask, const ELEMENT *a, const ELEMENT *b, size_t n), NAME(get_mask)(mask + i, count) ? AT(a) : AT(b))
