#define _GNU_SOURCE
#include "arena.h"

#include <sys/mman.h>
#include <unistd.h>

enum { room = 1 << 17, untouched = 0xa5 };

static struct {
  uint8_t *base, *placed;
  size_t bytes;
} arenas[arena_count];

static void make(size_t arena) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *all = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED || mprotect(all + page, room, PROT_READ | PROT_WRITE) != 0) {
    perror("mmap");
    abort();
  }
  arenas[arena].base = all + page;
  memset(arenas[arena].base, untouched, room);
}

void *arena_place(size_t arena, size_t bytes, bool is_high, size_t gap) {
  if (!arenas[arena].base) make(arena);
  // What was written last time is made clean.
  if (arenas[arena].placed) memset(arenas[arena].placed, untouched, arenas[arena].bytes);
  uint8_t *place = is_high ? arenas[arena].base + room - gap - bytes : arenas[arena].base + gap;
  arenas[arena].placed = place;
  arenas[arena].bytes = bytes;
  return place;
}

bool arena_is_intact(size_t arena) {
  // Near what was placed is enough: no kernel writes further than a few vectors.
  enum { near = 512 };
  uint8_t *base = arenas[arena].base, *first = arenas[arena].placed, *end = first + arenas[arena].bytes;
  uint8_t *low = (size_t)(first - base) < near ? base : first - near;
  uint8_t *high = (size_t)(base + room - end) < near ? base + room : end + near;
  bool is_intact = true;
  for (uint8_t *p = low; p < first; p++) is_intact &= *p == untouched;
  for (uint8_t *p = end; p < high; p++) is_intact &= *p == untouched;
  if (!is_intact) {
    memset(low, untouched, (size_t)(first - low));
    memset(end, untouched, (size_t)(high - end));
  }
  return is_intact;
}

size_t next_length(size_t n, bool is_thorough) {
  n++;
  if (is_thorough || n <= 130) return n;
  for (size_t power = 256; power <= 4096; power *= 2) {
    if (n < power - 1) return power - 1;
    if (n <= power + 1) return n;
  }
  return n;
}
