// Which level's kernels run.
#include "table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  millrace_batch_level level;
  const char *name;
  const millrace_batch_table *table;
} levels[] = {
#if defined(__x86_64__)
  {MILLRACE_BATCH_SSE2, "sse2", &millrace_batch_table_sse2},
  {MILLRACE_BATCH_AVX2, "avx2", &millrace_batch_table_avx2},
  {MILLRACE_BATCH_AVX512, "avx512", &millrace_batch_table_avx512},
#elif defined(__aarch64__)
  {MILLRACE_BATCH_NEON, "neon", &millrace_batch_table_neon},
#endif
};

enum { level_count = sizeof levels / sizeof levels[0] };

bool millrace_batch_level_is_available(millrace_batch_level level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi")
    && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
  switch (level) {
    case MILLRACE_BATCH_SSE2: return true;
    case MILLRACE_BATCH_AVX2: return has_avx2;
    case MILLRACE_BATCH_AVX512:
      return has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl");
    case MILLRACE_BATCH_NEON: return false;
  }
  return false;
#else
  return level == MILLRACE_BATCH_NEON;
#endif
}

const char *millrace_batch_level_name(millrace_batch_level level) {
  switch (level) {
    case MILLRACE_BATCH_SSE2: return "sse2";
    case MILLRACE_BATCH_AVX2: return "avx2";
    case MILLRACE_BATCH_AVX512: return "avx512";
    case MILLRACE_BATCH_NEON: return "neon";
  }
  return "?";
}

// MARK: The choice

/// Null until the first call of a kernel, and then always a table. With a complaint it stays null, and every call ends the process.
static const millrace_batch_table *current = NULL;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char complaint[256] = "";

/// The names of this processor's levels, with commas between.
static void list_available(char *text, size_t bytes) {
  *text = 0;
  for (size_t i = 0; i < level_count; i++) {
    if (!millrace_batch_level_is_available(levels[i].level)) continue;
    size_t length = strlen(text);
    snprintf(text + length, bytes - length, "%s%s", length > 0 ? ", " : "", levels[i].name);
  }
}

static void choose(void) {
  const char *wanted = getenv("MILLRACE_SIMD");
  const millrace_batch_table *widest = NULL, *named = NULL;
  bool is_known = false;
  for (size_t i = 0; i < level_count; i++) {
    bool is_named = wanted && strcmp(wanted, levels[i].name) == 0;
    is_known |= is_named;
    if (!millrace_batch_level_is_available(levels[i].level)) continue;
    widest = levels[i].table;
    if (is_named) named = levels[i].table;
  }
  if (wanted && *wanted && !named) {
    char available[64];
    list_available(available, sizeof available);
    snprintf(
      complaint, sizeof complaint, "MILLRACE_SIMD is \"%.40s\", %s: expected one of %s", wanted,
      is_known ? "which this processor does not have" : "which is no level", available);
  }
  // Release: pairs with the load in `chosen`.
  if (!*complaint) __atomic_store_n(&current, named ? named : widest, __ATOMIC_RELEASE);
}

__attribute__((noinline, cold)) static const millrace_batch_table *choose_first(void) {
  const char *wrong = millrace_batch_level_complaint();
  if (wrong) {
    // A measurement at a level that nobody asked for is worse than none.
    fprintf(stderr, "Millrace: %s\n", wrong);
    abort();
  }
  return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

static inline const millrace_batch_table *chosen(void) {
  // Acquire: pairs with the store in `choose`.
  const millrace_batch_table *table = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
  return __builtin_expect(table != NULL, 1) ? table : choose_first();
}

millrace_batch_level millrace_batch_level_current(void) {
  const millrace_batch_table *table = chosen();
  size_t i = 0;
  while (levels[i].table != table) i++;
  return levels[i].level;
}

const char *millrace_batch_level_complaint(void) {
  pthread_once(&once, choose);
  return *complaint ? complaint : NULL;
}

bool millrace_batch_level_use(millrace_batch_level level) {
  if (!millrace_batch_level_is_available(level)) return false;
  chosen();
  for (size_t i = 0; i < level_count; i++)
    if (levels[i].level == level) __atomic_store_n(&current, levels[i].table, __ATOMIC_RELEASE);
  return true;
}

// MARK: The kernels by name

#define KERNEL(result, kernel, parameters, arguments) \
  result MILLRACE_BATCH_NAME(kernel, SUFFIX) parameters { return chosen()->MILLRACE_BATCH_FIELD(kernel, SUFFIX) arguments; }
#include "all_kernels.inc"
#undef KERNEL
