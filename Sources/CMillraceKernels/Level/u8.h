// What UInt8 has of its own, and conversions between floats.

EACH(add, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), __builtin_elementwise_add_sat(AT(a), AT(b)))
EACH(sub, (uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n), __builtin_elementwise_sub_sat(AT(a), AT(b)))

typedef uint16_t NAME(pairs) __attribute__((ext_vector_type(VECTOR_BYTES / 2)));

static uint64_t NAME(sum)(const uint8_t *a, size_t n) {
  uint64_t sum = 0;
  for (size_t start = 0; start < n;) {
    // 128 sums of two bytes fit in 16 bits.
    size_t end = n - start < 128 * LANES ? n : start + 128 * LANES;
    NAME(pairs) sums = 0;
    for (size_t i = start; i < end; i += LANES) {
      NAME(pairs) v = (NAME(pairs))NAME(get)(a + i, end - i < LANES ? end - i : LANES);
      sums += (v & 0xff) + (v >> 8);
    }
    for (int k = 0; k < VECTOR_BYTES / 2; k++) sum += sums[k];
    start = end;
  }
  return sum;
}

static uint8_t NAME(reduce_min)(const uint8_t *a, size_t n) {
  VEC low = SPLAT(255);
  size_t i = 0;
  UNROLL(4)
  for (; i + LANES <= n; i += LANES) low = NAME(lesser)(low, NAME(load)(a + i));
  uint8_t least = 255;
  for (int k = 0; k < LANES; k++) least = low[k] < least ? low[k] : least;
  for (; i < n; i++) least = a[i] < least ? a[i] : least;
  return least;
}

static uint8_t NAME(reduce_max)(const uint8_t *a, size_t n) {
  VEC high = SPLAT(0);
  OVER_VECTORS(4, high = NAME(greater)(high, AT(a)))
  uint8_t greatest = 0;
  for (int k = 0; k < LANES; k++) greatest = high[k] > greatest ? high[k] : greatest;
  return greatest;
}

static void NAME(histogram)(uint64_t *counts, const uint8_t *a, size_t n) {
  enum { rows = 4 };
  size_t i = 0;
  while (n - i >= 512) {
    uint32_t room[rows][256];
    memset(room, 0, sizeof room);
    size_t end = n - i < (size_t)1 << 31 ? n : i + ((size_t)1 << 31);
    for (; i + 8 <= end; i += 8) {
      uint8_t bytes[8];
      memcpy(bytes, a + i, 8);
      UNROLL_ALL
      for (int k = 0; k < 8; k++) room[k % rows][bytes[k]]++;
    }
    for (int bin = 0; bin < 256; bin++)
      for (int row = 0; row < rows; row++) counts[bin] += room[row][bin];
  }
  for (; i < n; i++) counts[a[i]]++;
}

// The compiler finds the vectors of these by itself.
static void NAME(to_f32)(float *out, const uint8_t *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = a[i];
}
static void NAME(from_f32)(uint8_t *out, const float *a, size_t n) {
  for (size_t i = 0; i < n; i++) {
    // Adding 2^23 rounds to an integer, to even at ties, and has it in the low bits.
    float x = a[i] >= 255 ? 255 : a[i];
    x = (x > 0 ? x : 0) + 0x1p23f;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    // Where a comparison is made an instruction of its own, a signalling NaN gets through.
    out[i] = bits - 0x4b000000 <= 255 ? (uint8_t)bits : 0;
  }
}
static void NAME(f32_to_f64)(double *out, const float *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = a[i];
}
static void NAME(f64_to_f32)(float *out, const double *a, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = (float)a[i];
}

static void NAME(f16_to_f32)(float *out, const uint16_t *a, size_t n) {
  enum { lanes = VECTOR_BYTES / 4 };
  size_t i = 0;
  UNROLL(4)
  for (; i + lanes <= n; i += lanes) {
    f32_vector v = f32_from_f16(a + i);
    memcpy(out + i, &v, sizeof v);
  }
  if (i == n) return;
  uint16_t part[lanes] = {0};
  memcpy(part, a + i, (n - i) * sizeof *a);
  f32_vector v = f32_from_f16(part);
  memcpy(out + i, &v, (n - i) * sizeof *out);
}

static void NAME(f32_to_f16)(uint16_t *out, const float *a, size_t n) {
  enum { lanes = VECTOR_BYTES / 4 };
  size_t i = 0;
  UNROLL(4)
  for (; i + lanes <= n; i += lanes) {
    f32_vector v;
    memcpy(&v, a + i, sizeof v);
    f16_from_f32(out + i, v);
  }
  if (i == n) return;
  uint16_t part[lanes];
  f16_from_f32(part, load_first_f32(a + i, n - i));
  memcpy(out + i, part, (n - i) * sizeof *out);
}
