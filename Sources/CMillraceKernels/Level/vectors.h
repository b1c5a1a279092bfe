// Vectors of this level, and what some levels have no instruction for. The level defines, before:
// LEVEL (its name), VECTOR_BYTES, VECTOR_REGISTERS (how many it has), and whether it has a fused multiply-add (HAS_FMA), a multiplication by a power of two
// that rounds once (HAS_SCALE), and a way to bring chosen lanes to the front (HAS_COMPRESS).
#ifndef MILLRACE_KERNELS_VECTORS_H
#define MILLRACE_KERNELS_VECTORS_H

#include "../table.h"

#include <math.h>
#include <string.h>

// A sum of products is fused where a kernel says so, never because the compiler finds it handy: strict results depend on it.
#pragma clang fp contract(off)

#define INLINE inline __attribute__((always_inline))

typedef float f32_vector __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef double f64_vector __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
typedef int32_t i32_vector __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef int64_t i64_vector __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
typedef uint32_t u32_vector __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef uint64_t u64_vector __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
typedef uint8_t u8_vector __attribute__((ext_vector_type(VECTOR_BYTES)));
typedef char i8_vector __attribute__((ext_vector_type(VECTOR_BYTES)));
/// As many Int32 as a vector has doubles.
typedef int32_t f64_places __attribute__((ext_vector_type(VECTOR_BYTES / 8)));

#define FIRST_BY_COPY(suffix) FIRST_BY_COPY_(suffix, ELEMENT_##suffix)
#define FIRST_BY_COPY_(suffix, element) \
  static INLINE suffix##_vector load_first_##suffix(const element *p, size_t count) { \
    union { \
      element elements[VECTOR_BYTES / sizeof(element)]; \
      suffix##_vector vector; \
    } room = {.vector = 0}; \
    memcpy(room.elements, p, count * sizeof(element)); \
    return room.vector; \
  } \
  static INLINE void store_first_##suffix(element *p, suffix##_vector v, size_t count) { memcpy(p, &v, count * sizeof(element)); }
#define ELEMENT_f32 float
#define ELEMENT_f64 double
#define ELEMENT_i32 int32_t
#define ELEMENT_u8 uint8_t

/// v * 2^n, rounded once, for -2 * bias < n <= bias + 1: the first factor is exact.
#define SCALE_BY_PARTS(suffix, integer, bias, shift) \
  static INLINE suffix##_vector scale_##suffix(suffix##_vector v, suffix##_vector n, integer##_vector whole) { \
    (void)n; \
    const int offset = 4 * (bias + 1); \
    integer##_vector half = __builtin_convertvector( \
      (__builtin_convertvector(whole + offset, UNSIGNED_##integer) >> 1), integer##_vector) - offset / 2; \
    suffix##_vector first = (suffix##_vector)((half + bias) << shift), second = (suffix##_vector)((whole - half + bias) << shift); \
    return v * first * second; \
  }
#define UNSIGNED_i32 u32_vector
#define UNSIGNED_i64 u64_vector

#define PREFIX_XOR_BY_SHIFTS \
  static INLINE uint64_t prefix_xor(uint64_t bits) { \
    for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift; \
    return bits; \
  }

/// Float16 by the bits: multiplying by powers of two moves the exponent and rounds nothing; adding 0.5 rounds to a multiple of 2^-24.
#define HALF_BY_BITS \
  typedef uint16_t half_vector __attribute__((ext_vector_type(VECTOR_BYTES / 4))); \
  static INLINE f32_vector f32_from_f16(const uint16_t *p) { \
    half_vector half; \
    memcpy(&half, p, sizeof half); \
    u32_vector bits = __builtin_convertvector(half, u32_vector), size = bits & 0x7fff; \
    u32_vector finite = (u32_vector)((f32_vector)(size << 13) * 0x1p112f); \
    u32_vector quiet = size > 0x7c00 ? (u32_vector)0x400000 : (u32_vector)0; \
    u32_vector all = size >= 0x7c00 ? finite | 0x7f800000 | quiet : finite; \
    return (f32_vector)(all | (bits & 0x8000) << 16); \
  } \
  static INLINE void f16_from_f32(uint16_t *p, f32_vector v) { \
    u32_vector bits = (u32_vector)v, size = bits & 0x7fffffff; \
    u32_vector subnormal = (u32_vector)((f32_vector)size + 0.5f) - 0x3f000000; \
    u32_vector normal = (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13; \
    u32_vector all = size < 0x38800000 ? subnormal : normal; \
    u32_vector quiet = 0x7e00 | (size >> 13 & 0x3ff); \
    all = size >= 0x47800000 ? (u32_vector)0x7c00 : all; \
    all = size > 0x7f800000 ? quiet : all; \
    half_vector half = __builtin_convertvector(all | (bits >> 16 & 0x8000), half_vector); \
    memcpy(p, &half, sizeof half); \
  }

#endif
