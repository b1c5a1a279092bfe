// How far exp, log, sin, cos, tanh and sigmoid are from the truth, in units in the last place, at every level of this machine.
//
//     swift run -c release ulp [function…]             all 2^32 inputs of Float: some minutes each
//     swift run -c release ulp --share 8 3 sin         an eighth of them, the fourth: runs of 2^14 inputs, spread over all
//     swift run -c release ulp --double [function…]    2^26 inputs of Double: half of them any bits, half between -1000 and 1000
//
// The truth of a Float is the C library's double function, of a Double its long double function (wider than double on x86-64 and arm64 Linux): their own
// errors are a 2^-28th of what is measured, so that no tie needs a closer look.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CMillraceKernels.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static long double sigmoidl(long double x) { return 1 / (1 + expl(-x)); }

typedef void (*float_kernel)(float *, const float *, size_t);
typedef void (*double_kernel)(double *, const double *, size_t);

static const struct {
  const char *name;
  float_kernel of_float;
  double (*truth)(double);
  double_kernel of_double;
  long double (*truth_of_double)(long double);
} functions[] = {
#define FUNCTION(name) {#name, millrace_batch_##name##_f32, name, millrace_batch_##name##_f64, name##l}
  FUNCTION(exp), FUNCTION(log), FUNCTION(sin), FUNCTION(cos), FUNCTION(tanh), FUNCTION(sigmoid),
};

enum { part = 1 << 14, level_count = 5 };

/// The largest error so far.
typedef struct {
  double ulps, at;
  uint64_t wrong;
  double wrong_at;
} record;

/// Errors of finite results; a result that is infinite, or no number, where the truth is not, or the other way about, is wrong.
static void note(record *record, double x, double ulps, bool is_wrong) {
  if (is_wrong) {
    if (record->wrong++ == 0) record->wrong_at = x;
  } else if (ulps > record->ulps) {
    record->ulps = ulps;
    record->at = x;
  }
}

static void compare_float(record *record, float x, float result, double truth) {
  float rounded = (float)truth;
  if (result == rounded || (result != result && truth != truth)) {
    // No farther than half a unit; which half is of interest only below, where something is farther.
    if (record->ulps >= 0.5 || result != result || isinf(result)) return;
  }
  if (truth != truth || result != result || isinf(truth) || (isinf(result) && fabs(truth) < 0x1.ffffffp127)) {
    note(record, x, 0, true);
    return;
  }
  int exponent;
  frexp(truth, &exponent);
  double unit = ldexp(1, (exponent > -125 ? exponent : -125) - 24), value = isinf(result) ? copysign(0x1p128, result) : result;
  note(record, x, fabs(value - truth) / unit, false);
}

static void compare_double(record *record, double x, double result, long double truth) {
  double rounded = (double)truth;
  if (result == rounded || (result != result && truth != truth)) {
    if (record->ulps >= 0.5 || result != result || isinf(result)) return;
  }
  if (truth != truth || result != result || isinf(rounded) != isinf(result)) {
    note(record, x, 0, true);
    return;
  }
  int exponent;
  frexpl(truth, &exponent);
  long double unit = ldexpl(1, (exponent > -1021 ? exponent : -1021) - 53);
  note(record, x, (double)(fabsl(result - truth) / unit), false);
}

static void print(const char *type, const char *name, const record *records) {
  for (millrace_batch_level level = MILLRACE_BATCH_SSE2; level <= MILLRACE_BATCH_NEON; level++) {
    if (!millrace_batch_level_is_available(level)) continue;
    const record *of_level = &records[level];
    printf("%-7s %-8s %-7s %.3f ulp, at %a", type, name, millrace_batch_level_name(level), of_level->ulps, of_level->at);
    if (of_level->wrong > 0) printf("; %llu WRONG, the first at %a", (unsigned long long)of_level->wrong, of_level->wrong_at);
    printf("\n");
  }
  fflush(stdout);
}

static bool measure_float(size_t function, uint64_t shares, uint64_t share) {
  static float x[part], y[part];
  static double truth[part];
  record records[level_count] = {{0}};
  for (uint64_t first = share * part; first < (uint64_t)1 << 32; first += shares * part) {
    for (size_t i = 0; i < part; i++) {
      uint32_t bits = (uint32_t)(first + i);
      memcpy(&x[i], &bits, sizeof bits);
      truth[i] = functions[function].truth(x[i]);
    }
    for (millrace_batch_level level = MILLRACE_BATCH_SSE2; level <= MILLRACE_BATCH_NEON; level++) {
      if (!millrace_batch_level_use(level)) continue;
      functions[function].of_float(y, x, part);
      for (size_t i = 0; i < part; i++) compare_float(&records[level], x[i], y[i], truth[i]);
    }
  }
  print("Float", functions[function].name, records);
  uint64_t wrong = 0;
  for (size_t level = 0; level < level_count; level++) wrong += records[level].wrong;
  return wrong == 0;
}

static bool measure_double(size_t function) {
  static double x[part], y[part];
  static long double truth[part];
  record records[level_count] = {{0}};
  uint64_t random = 1;
  for (size_t done = 0; done < (size_t)1 << 26; done += part) {
    for (size_t i = 0; i < part; i++) {
      // splitmix64
      uint64_t z = random += 0x9e3779b97f4a7c15;
      z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
      z = (z ^ z >> 27) * 0x94d049bb133111eb;
      z ^= z >> 31;
      if (i % 2)
        memcpy(&x[i], &z, sizeof z);
      else
        x[i] = (double)(int64_t)z * (1000 * 0x1p-63);
      truth[i] = functions[function].truth_of_double(x[i]);
    }
    for (millrace_batch_level level = MILLRACE_BATCH_SSE2; level <= MILLRACE_BATCH_NEON; level++) {
      if (!millrace_batch_level_use(level)) continue;
      functions[function].of_double(y, x, part);
      for (size_t i = 0; i < part; i++) compare_double(&records[level], x[i], y[i], truth[i]);
    }
  }
  print("Double", functions[function].name, records);
  uint64_t wrong = 0;
  for (size_t level = 0; level < level_count; level++) wrong += records[level].wrong;
  return wrong == 0;
}

int main(int count, char **arguments) {
  bool is_double = count > 1 && strcmp(arguments[1], "--double") == 0, is_share = count > 3 && strcmp(arguments[1], "--share") == 0;
  bool is_right = true;
  uint64_t shares = is_share ? strtoull(arguments[2], NULL, 10) : 1, share = is_share ? strtoull(arguments[3], NULL, 10) : 0;
  if (share >= shares) {
    fprintf(stderr, "ulp: expected --share <count> <number below it>, found %s %s\n", arguments[2], arguments[3]);
    return 2;
  }
  int first = is_share ? 4 : is_double ? 2 : 1;
  for (size_t function = 0; function < sizeof functions / sizeof functions[0]; function++) {
    bool is_wanted = first == count;
    for (int i = first; i < count; i++) is_wanted |= strcmp(arguments[i], functions[function].name) == 0;
    if (is_wanted) is_right &= is_double ? measure_double(function) : measure_float(function, shares, share);
  }
  return is_right ? 0 : 1;
}
