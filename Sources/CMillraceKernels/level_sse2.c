// The kernels with what every x86-64 has.
#if defined(__x86_64__)
#include <emmintrin.h>

#define LEVEL sse2
#define VECTOR_BYTES 16
#define HAS_FMA 0
#define HAS_SCALE 0
#define HAS_COMPRESS 0
#define VECTOR_REGISTERS 16

#pragma clang attribute push(__attribute__((target("sse2"))), apply_to = function)
#include "Level/vectors.h"

FIRST_BY_COPY(f32)
FIRST_BY_COPY(f64)
FIRST_BY_COPY(i32)
FIRST_BY_COPY(u8)

static INLINE uint64_t bits_f32(i32_vector mask) { return (unsigned)_mm_movemask_ps((__m128)mask); }
static INLINE uint64_t bits_f64(i64_vector mask) { return (unsigned)_mm_movemask_pd((__m128d)mask); }
static INLINE uint64_t bits_i32(i32_vector mask) { return (unsigned)_mm_movemask_ps((__m128)mask); }
static INLINE uint64_t bits_u8(i8_vector mask) { return (unsigned)_mm_movemask_epi8((__m128i)mask); }

static INLINE f32_vector root_f32(f32_vector v) { return (f32_vector)_mm_sqrt_ps((__m128)v); }
static INLINE f64_vector root_f64(f64_vector v) { return (f64_vector)_mm_sqrt_pd((__m128d)v); }
SCALE_BY_PARTS(f32, i32, 127, 23)
SCALE_BY_PARTS(f64, i64, 1023, 52)
HALF_BY_BITS

PREFIX_XOR_BY_SHIFTS

#include "Level/all.h"
#pragma clang attribute pop
#endif
