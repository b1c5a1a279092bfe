// jemalloc's extended interface in functions that Swift can call: its flags are macros.
#ifndef CJEMALLOC_SHIM_H
#define CJEMALLOC_SHIM_H

#include <jemalloc/jemalloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// A new arena's index, or 0, the process's first, when jemalloc refuses one.
static inline unsigned millrace_jemalloc_make_arena(void) {
  unsigned arena = 0;
  size_t size = sizeof arena;
  return mallctl("arenas.create", &arena, &size, NULL, 0) == 0 ? arena : 0;
}

static inline void *_Nullable millrace_jemalloc_allocate(unsigned arena, intptr_t bytes, intptr_t alignment) {
  return mallocx((size_t)bytes, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE | MALLOCX_ALIGN((size_t)alignment));
}

static inline void millrace_jemalloc_deallocate(void *_Nonnull memory, intptr_t bytes, intptr_t alignment) {
  sdallocx(memory, (size_t)bytes, MALLOCX_TCACHE_NONE | MALLOCX_ALIGN((size_t)alignment));
}

/// Statistics are as of the last call of this.
static inline void millrace_jemalloc_refresh(void) {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
}

static inline intptr_t millrace_jemalloc_read(const char *_Nonnull name) {
  size_t value = 0, size = sizeof value;
  return mallctl(name, &value, &size, NULL, 0) == 0 ? (intptr_t)value : 0;
}

static inline intptr_t millrace_jemalloc_allocated(void) { return millrace_jemalloc_read("stats.allocated"); }
static inline intptr_t millrace_jemalloc_resident(void) { return millrace_jemalloc_read("stats.resident"); }

static inline intptr_t millrace_jemalloc_arena_allocated(unsigned arena) {
  char small[64], large[64];
  snprintf(small, sizeof small, "stats.arenas.%u.small.allocated", arena);
  snprintf(large, sizeof large, "stats.arenas.%u.large.allocated", arena);
  return millrace_jemalloc_read(small) + millrace_jemalloc_read(large);
}

#endif
