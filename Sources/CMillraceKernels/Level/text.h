// The structure of separated text, 64 bytes at a time (after Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).

static INLINE uint64_t NAME(equal)(const VEC *bytes, uint8_t x) {
  uint64_t found = 0;
  UNROLL_ALL
  for (int k = 0; k < 64 / LANES; k++) found |= OF_SUFFIX(bits)((INT)(bytes[k] == SPLAT(x))) << (k * LANES % 64);
  return found;
}

static void NAME(csv_scan)(
  uint64_t *quotes, uint64_t *separators, uint64_t *newlines, const uint8_t *a, uint8_t quote, uint8_t separator, uint64_t *inside, size_t n) {
  uint64_t carry = *inside;
  for (size_t i = 0; i < n; i += 64) {
    size_t rest = n - i;
    uint64_t there = rest < 64 ? ~0ull >> (64 - rest) : ~0ull;
    VEC bytes[64 / LANES];
    if (rest >= 64) {
      UNROLL_ALL
      for (int k = 0; k < 64 / LANES; k++) bytes[k] = NAME(load)(a + i + k * LANES);
    } else {
      uint8_t part[64] = {0};
      memcpy(part, a + i, rest);
      UNROLL_ALL
      for (int k = 0; k < 64 / LANES; k++) bytes[k] = NAME(load)(part + k * LANES);
    }
    uint64_t marks = NAME(equal)(bytes, quote) & there;
    // A bit is set when an odd number of quotes is at or before it.
    uint64_t quoted = prefix_xor(marks) ^ carry;
    carry = (uint64_t)((int64_t)quoted >> 63);
    quotes[i / 64] = marks;
    separators[i / 64] = NAME(equal)(bytes, separator) & ~quoted & there;
    newlines[i / 64] = NAME(equal)(bytes, '\n') & ~quoted & there;
  }
  *inside = carry;
}
