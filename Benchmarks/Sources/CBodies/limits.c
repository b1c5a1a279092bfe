// What the machine can do at most, with the widest vectors that it has.
#include "batches.h"

#include <string.h>

#if defined(__clang__)
#pragma clang fp contract(fast)
#endif

/// Chains of operations that wait for themselves: more than the units have under way.
enum { chains = 12 };

#define LIMITS(level, vector_bytes, is_register, ...) \
  typedef float vector_##level __attribute__((vector_size(vector_bytes))); \
  __VA_ARGS__ static void triad_##level(float *restrict a, const float *restrict b, const float *restrict c, float factor, int64_t n) { \
    for (int64_t i = 0; i < n; i++) a[i] = b[i] + factor * c[i]; \
  } \
  __VA_ARGS__ __attribute__((noinline)) static void axpy_vector_##level(float *z, float factor, const float *x, const float *y) { \
    enum { lanes = vector_bytes / 4 }; \
    for (int i = 0; i < 16; i += lanes) { \
      vector_##level a, b, factors = {0}; \
      memcpy(&a, x + i, sizeof a), memcpy(&b, y + i, sizeof b); \
      for (int k = 0; k < lanes; k++) factors[k] = factor; \
      b = a * factors + b; \
      memcpy(z + i, &b, sizeof b); \
    } \
  } \
  __VA_ARGS__ static double fused_peak_##level(int64_t rounds) { \
    enum { lanes = vector_bytes / 4 }; \
    vector_##level sums[chains], factor = {0}, term = {0}; \
    for (int k = 0; k < lanes; k++) factor[k] = 0.5f, term[k] = (float)k; \
    for (int k = 0; k < chains; k++) sums[k] = term; \
    for (int64_t round = 0; round < rounds; round++) { \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < chains; k++) { \
        sums[k] = sums[k] * factor + term; \
        /* The compiler cannot know what they become. */ \
        __asm__ volatile("" : is_register(sums[k])); \
      } \
    } \
    return (double)rounds * chains * lanes * 2 + (double)(sums[0][0] > 1e30f); \
  }

#if defined(__x86_64__)
LIMITS(sse2, 16, "+x")
LIMITS(avx2, 32, "+x", __attribute__((target("avx2,fma"))))
LIMITS(avx512, 64, "+v", __attribute__((target("avx512f,avx512vl,avx2,fma"))))
#define WIDEST(function, ...) \
  __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") ? function##_avx512(__VA_ARGS__) \
  : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")       ? function##_avx2(__VA_ARGS__) \
                                                                          : function##_sse2(__VA_ARGS__)
#else
LIMITS(neon, 16, "+w")
#define WIDEST(function, ...) function##_neon(__VA_ARGS__)
#endif

void body_triad(float *a, const float *b, const float *c, float factor, int64_t n) { WIDEST(triad, a, b, c, factor, n); }
double body_fused_peak(int64_t rounds) { return WIDEST(fused_peak, rounds); }

typedef void axpy_vector(float *, float, const float *, const float *);

axpy_vector *body_axpy_vector(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return axpy_vector_avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? axpy_vector_avx2 : axpy_vector_sse2;
#else
  return axpy_vector_neon;
#endif
}
