#define _GNU_SOURCE
#include "affinity.h"

#include <string.h>

#if defined(__linux__)

#include <sched.h>
#include <unistd.h>

#include <sys/syscall.h>

// The kernel's set is an array of `unsigned long`. On the 64-bit little-endian machines that Millrace supports it is also one of `uint64_t`.
_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "64-bit machines only");

bool millrace_affinity_get(uint64_t *words, size_t word_count) {
  memset(words, 0, word_count * sizeof *words);
  return syscall(SYS_sched_getaffinity, 0, word_count * sizeof *words, words) > 0;
}

bool millrace_affinity_set(const uint64_t *words, size_t word_count) {
  return syscall(SYS_sched_setaffinity, 0, word_count * sizeof *words, words) == 0;
}

#else

bool millrace_affinity_get(uint64_t *words, size_t word_count) {
  memset(words, 0, word_count * sizeof *words);
  return false;
}

bool millrace_affinity_set(const uint64_t *words, size_t word_count) {
  (void)words, (void)word_count;
  return false;
}

#endif
