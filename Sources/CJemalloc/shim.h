// jemalloc's extended interface in functions that Swift can call: its flags are macros.
#ifndef CJEMALLOC_SHIM_H
#define CJEMALLOC_SHIM_H

#include <jemalloc/jemalloc.h>
#include <stdbool.h>
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
static inline intptr_t millrace_jemalloc_active(void) { return millrace_jemalloc_read("stats.active"); }
static inline intptr_t millrace_jemalloc_resident(void) { return millrace_jemalloc_read("stats.resident"); }

static inline intptr_t millrace_jemalloc_arena_allocated(unsigned arena) {
  char small[64], large[64];
  snprintf(small, sizeof small, "stats.arenas.%u.small.allocated", arena);
  snprintf(large, sizeof large, "stats.arenas.%u.large.allocated", arena);
  return millrace_jemalloc_read(small) + millrace_jemalloc_read(large);
}

static inline intptr_t millrace_jemalloc_arena_active(unsigned arena) {
  char pages[64];
  snprintf(pages, sizeof pages, "stats.arenas.%u.pactive", arena);
  return millrace_jemalloc_read(pages) * millrace_jemalloc_read("arenas.page");
}

static inline intptr_t millrace_jemalloc_arena_resident(unsigned arena) {
  char name[64];
  snprintf(name, sizeof name, "stats.arenas.%u.resident", arena);
  return millrace_jemalloc_read(name);
}

/// What all arenas together have done with one size class since the process began, or one of them (`arena` >= 0): small classes first, in
/// ascending order. False past the last.
static inline bool millrace_jemalloc_class(
  intptr_t index, int64_t arena, intptr_t *_Nonnull bytes, uint64_t *_Nonnull allocations, uint64_t *_Nonnull deallocations) {
  unsigned small = 0, large = 0;
  size_t size = sizeof small;
  if (mallctl("arenas.nbins", &small, &size, NULL, 0) != 0 || mallctl("arenas.nlextents", &large, &size, NULL, 0) != 0) return false;
  if (index < 0 || index >= (intptr_t)small + (intptr_t)large) return false;
  const bool is_small = index < (intptr_t)small;
  const unsigned place = (unsigned)(is_small ? index : index - (intptr_t)small);
  const unsigned which = arena < 0 ? MALLCTL_ARENAS_ALL : (unsigned)arena;
  char name[80];
  snprintf(name, sizeof name, "arenas.%s.%u.size", is_small ? "bin" : "lextent", place);
  *bytes = millrace_jemalloc_read(name);
  snprintf(name, sizeof name, "stats.arenas.%u.%s.%u.nmalloc", which, is_small ? "bins" : "lextents", place);
  *allocations = (uint64_t)millrace_jemalloc_read(name);
  snprintf(name, sizeof name, "stats.arenas.%u.%s.%u.ndalloc", which, is_small ? "bins" : "lextents", place);
  *deallocations = (uint64_t)millrace_jemalloc_read(name);
  return true;
}

/// Gives back what the calling thread keeps for its next allocations, so that it is counted as free.
static inline void millrace_jemalloc_flush_thread(void) { mallctl("thread.tcache.flush", NULL, NULL, NULL, 0); }

/// From now on the calling thread allocates from this arena.
static inline void millrace_jemalloc_use_arena(unsigned arena) {
  mallctl("thread.arena", NULL, NULL, &arena, sizeof arena);
}

#endif
