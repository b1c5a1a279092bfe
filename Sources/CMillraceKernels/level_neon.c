// The kernels with what every arm64 has.
#if defined(__aarch64__)
#include <arm_neon.h>

#define LEVEL neon
#define VECTOR_BYTES 16
#define HAS_FMA 1
#define HAS_SCALE 0
#define HAS_COMPRESS 0
#define VECTOR_REGISTERS 32

#include "Level/vectors.h"

FIRST_BY_COPY(f32)
FIRST_BY_COPY(f64)
FIRST_BY_COPY(i32)
FIRST_BY_COPY(u8)

static INLINE uint64_t bits_i32(i32_vector mask) {
  const uint32x4_t weights = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32((uint32x4_t)mask, weights));
}
static INLINE uint64_t bits_f32(i32_vector mask) { return bits_i32(mask); }
static INLINE uint64_t bits_f64(i64_vector mask) { return (uint64_t)(mask.x & 1) | (uint64_t)(mask.y & 2); }
static INLINE uint64_t bits_u8(i8_vector mask) {
  const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t chosen = vandq_u8((uint8x16_t)mask, weights);
  return (uint64_t)vaddv_u8(vget_low_u8(chosen)) | (uint64_t)vaddv_u8(vget_high_u8(chosen)) << 8;
}

static INLINE f32_vector root_f32(f32_vector v) { return (f32_vector)vsqrtq_f32((float32x4_t)v); }
static INLINE f64_vector root_f64(f64_vector v) { return (f64_vector)vsqrtq_f64((float64x2_t)v); }
SCALE_BY_PARTS(f32, i32, 127, 23)
SCALE_BY_PARTS(f64, i64, 1023, 52)

static INLINE f32_vector f32_from_f16(const uint16_t *p) { return (f32_vector)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
static INLINE void f16_from_f32(uint16_t *p, f32_vector v) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)v))); }

PREFIX_XOR_BY_SHIFTS

#include "Level/all.h"
#endif
