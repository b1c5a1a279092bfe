// The kernels with AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#define LEVEL avx512
#define VECTOR_BYTES 64
#define HAS_FMA 1
#define HAS_SCALE 1
#define HAS_COMPRESS 1
#define VECTOR_REGISTERS 32

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,popcnt,lzcnt,pclmul"))), apply_to = function)
#include "Level/vectors.h"

static INLINE __mmask64 first_bits(size_t count) { return _bzhi_u64(~0ull, (unsigned)count); }

static INLINE f32_vector load_first_f32(const float *p, size_t count) { return (f32_vector)_mm512_maskz_loadu_ps((__mmask16)first_bits(count), p); }
static INLINE f64_vector load_first_f64(const double *p, size_t count) { return (f64_vector)_mm512_maskz_loadu_pd((__mmask8)first_bits(count), p); }
static INLINE i32_vector load_first_i32(const int32_t *p, size_t count) {
  return (i32_vector)_mm512_maskz_loadu_epi32((__mmask16)first_bits(count), p);
}
static INLINE u8_vector load_first_u8(const uint8_t *p, size_t count) { return (u8_vector)_mm512_maskz_loadu_epi8(first_bits(count), p); }

static INLINE void store_first_f32(float *p, f32_vector v, size_t count) { _mm512_mask_storeu_ps(p, (__mmask16)first_bits(count), (__m512)v); }
static INLINE void store_first_f64(double *p, f64_vector v, size_t count) { _mm512_mask_storeu_pd(p, (__mmask8)first_bits(count), (__m512d)v); }
static INLINE void store_first_i32(int32_t *p, i32_vector v, size_t count) {
  _mm512_mask_storeu_epi32(p, (__mmask16)first_bits(count), (__m512i)v);
}
static INLINE void store_first_u8(uint8_t *p, u8_vector v, size_t count) { _mm512_mask_storeu_epi8(p, first_bits(count), (__m512i)v); }

static INLINE uint64_t bits_f32(i32_vector mask) { return _mm512_movepi32_mask((__m512i)mask); }
static INLINE uint64_t bits_f64(i64_vector mask) { return _mm512_movepi64_mask((__m512i)mask); }
static INLINE uint64_t bits_i32(i32_vector mask) { return _mm512_movepi32_mask((__m512i)mask); }
static INLINE uint64_t bits_u8(i8_vector mask) { return _mm512_movepi8_mask((__m512i)mask); }

static INLINE f32_vector compress_f32(f32_vector v, uint64_t bits) { return (f32_vector)_mm512_maskz_compress_ps((__mmask16)bits, (__m512)v); }
static INLINE f64_vector compress_f64(f64_vector v, uint64_t bits) { return (f64_vector)_mm512_maskz_compress_pd((__mmask8)bits, (__m512d)v); }
static INLINE i32_vector compress_i32(i32_vector v, uint64_t bits) { return (i32_vector)_mm512_maskz_compress_epi32((__mmask16)bits, (__m512i)v); }

static INLINE f32_vector root_f32(f32_vector v) { return (f32_vector)_mm512_sqrt_ps((__m512)v); }
static INLINE f64_vector root_f64(f64_vector v) { return (f64_vector)_mm512_sqrt_pd((__m512d)v); }

/// v * 2^n, rounded once.
static INLINE f32_vector scale_f32(f32_vector v, f32_vector n, i32_vector whole) {
  (void)whole;
  return (f32_vector)_mm512_scalef_ps((__m512)v, (__m512)n);
}
static INLINE f64_vector scale_f64(f64_vector v, f64_vector n, i64_vector whole) {
  (void)whole;
  return (f64_vector)_mm512_scalef_pd((__m512d)v, (__m512d)n);
}

static INLINE f32_vector f32_from_f16(const uint16_t *p) { return (f32_vector)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
static INLINE void f16_from_f32(uint16_t *p, f32_vector v) {
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

static INLINE uint64_t prefix_xor(uint64_t bits) {
  return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0));
}

#include "Level/all.h"
#pragma clang attribute pop
#endif
