// The kernels with AVX2.
#if defined(__x86_64__)
#include <immintrin.h>

#define LEVEL avx2
#define VECTOR_BYTES 32
#define HAS_FMA 1
#define HAS_SCALE 0
#define HAS_COMPRESS 1
#define VECTOR_REGISTERS 16

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt,lzcnt,pclmul"))), apply_to = function)
#include "Level/vectors.h"

/// -1 in the first `count` of 8, 4 words.
static INLINE __m256i first_words(size_t count) {
  static const int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256((const __m256i *)(window + 8 - count));
}

static INLINE f32_vector load_first_f32(const float *p, size_t count) { return (f32_vector)_mm256_maskload_ps(p, first_words(count)); }
static INLINE f64_vector load_first_f64(const double *p, size_t count) { return (f64_vector)_mm256_maskload_pd(p, first_words(2 * count)); }
static INLINE i32_vector load_first_i32(const int32_t *p, size_t count) { return (i32_vector)_mm256_maskload_epi32(p, first_words(count)); }
static INLINE void store_first_f32(float *p, f32_vector v, size_t count) { _mm256_maskstore_ps(p, first_words(count), (__m256)v); }
static INLINE void store_first_f64(double *p, f64_vector v, size_t count) { _mm256_maskstore_pd(p, first_words(2 * count), (__m256d)v); }
static INLINE void store_first_i32(int32_t *p, i32_vector v, size_t count) { _mm256_maskstore_epi32(p, first_words(count), (__m256i)v); }
FIRST_BY_COPY(u8)

static INLINE uint64_t bits_f32(i32_vector mask) { return (unsigned)_mm256_movemask_ps((__m256)mask); }
static INLINE uint64_t bits_f64(i64_vector mask) { return (unsigned)_mm256_movemask_pd((__m256d)mask); }
static INLINE uint64_t bits_i32(i32_vector mask) { return (unsigned)_mm256_movemask_ps((__m256)mask); }
static INLINE uint64_t bits_u8(i8_vector mask) { return (unsigned)_mm256_movemask_epi8((__m256i)mask); }

/// For a mask of eight, the places of its elements, the first first.
static INLINE __m256i places(uint64_t bits) {
  // The set bits' numbers, gathered to the front: each byte of the constant kept where its bit is set.
  uint64_t wide = _pdep_u64(bits, 0x0101010101010101ull) * 0xff;
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)_pext_u64(0x0706050403020100ull, wide)));
}
static INLINE f32_vector compress_f32(f32_vector v, uint64_t bits) { return (f32_vector)_mm256_permutevar8x32_ps((__m256)v, places(bits)); }
static INLINE i32_vector compress_i32(i32_vector v, uint64_t bits) { return (i32_vector)_mm256_permutevar8x32_epi32((__m256i)v, places(bits)); }
static INLINE f64_vector compress_f64(f64_vector v, uint64_t bits) {
  return (f64_vector)_mm256_permutevar8x32_ps((__m256)v, places(_pdep_u64(bits, 0x55) * 3));
}

static INLINE f32_vector root_f32(f32_vector v) { return (f32_vector)_mm256_sqrt_ps((__m256)v); }
static INLINE f64_vector root_f64(f64_vector v) { return (f64_vector)_mm256_sqrt_pd((__m256d)v); }
SCALE_BY_PARTS(f32, i32, 127, 23)
SCALE_BY_PARTS(f64, i64, 1023, 52)

static INLINE f32_vector f32_from_f16(const uint16_t *p) { return (f32_vector)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
static INLINE void f16_from_f32(uint16_t *p, f32_vector v) {
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT));
}

static INLINE uint64_t prefix_xor(uint64_t bits) {
  return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0));
}

#include "Level/all.h"
#pragma clang attribute pop
#endif
