// Memory between pages that may not be touched, and random contents.
#ifndef KERNEL_CHECKS_ARENA_H
#define KERNEL_CHECKS_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// One check as it runs.
typedef struct {
  const char *name;
  bool is_thorough;
  size_t failures;
  char *text;
  size_t bytes;
  uint64_t random;
} check_run;

static inline void check_fail(check_run *run, const char *format, ...) {
  if (run->failures++ >= 5) return;
  size_t used = strlen(run->text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(run->text + used, run->bytes - used, format, arguments);
  va_end(arguments);
}

static inline uint64_t check_random(check_run *run) {
  // splitmix64
  uint64_t z = run->random += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

enum { arena_count = 8 };

/// `bytes` in the arena, so that the last one lies `gap` bytes before the upper page that may not be touched, or the first one `gap` after the lower.
void *arena_place(size_t arena, size_t bytes, bool is_high, size_t gap);
/// Nothing but what was placed last has been written.
bool arena_is_intact(size_t arena);

/// The next length to try after n.
size_t next_length(size_t n, bool is_thorough);

#endif
