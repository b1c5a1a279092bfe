// How fast the structure of a file of separated values is found, by one thread, at each level of this machine: the scanner of `millrace analyze`, without anything else.
//
//     clang -O2 -I Sources/CMillraceKernels/include Sources/CMillraceKernels/*.c Tests/KernelChecks/main/scan.c -lm -o scan && ./scan FILE
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "CMillraceKernels.h"

enum { block = 1 << 18, rounds = 5 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b; }

int main(int count, char **arguments) {
  struct stat status;
  int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) return fprintf(stderr, "usage: scan FILE, which is not empty\n"), 64;
  size_t size = (size_t)status.st_size, columns = 1;
  uint8_t *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (text == MAP_FAILED) return perror("mmap"), 66;
  for (size_t i = 0; i < size && text[i] != '\n'; i++) columns += text[i] == ',';
  uint32_t *ends = malloc((block + columns + 64) * sizeof *ends);
  for (millrace_batch_level level = MILLRACE_BATCH_SSE2; level <= MILLRACE_BATCH_NEON; level++) {
    if (!millrace_batch_level_use(level)) continue;
    double speeds[rounds];
    size_t cells = 0;
    for (int round = 0; round < rounds; round++) {
      double start = seconds();
      cells = 0;
      for (size_t place = 0; place < size;) {
        millrace_batch_csv_cells found = millrace_batch_csv_index_u8(ends, text + place, ',', columns, block, size - place);
        if (!found.is_regular) return fprintf(stderr, "%s: irregular at byte %zu or behind it\n", arguments[1], place), 65;
        cells += found.count;
        place += (size_t)ends[found.count - 1] + 1;
      }
      speeds[round] = (double)size / (seconds() - start) / 1e9;
    }
    qsort(speeds, rounds, sizeof *speeds, by_value);
    printf("%-7s %zu cells, %.2f GB/s (%.2f … %.2f)\n", millrace_batch_level_name(level), cells, speeds[rounds / 2], speeds[0], speeds[rounds - 1]);
  }
  return 0;
}
