// Runs the checks of all kernels at all levels of this machine, without Swift: for other processors, under an emulator.
// `--quick`: fewer lengths. `--skip <check>`: not that one. A name: only the checks that begin so.
#include <stdio.h>
#include <string.h>

#include "KernelChecks.h"

int main(int count, char **arguments) {
  bool is_quick = false;
  const char *only = "", *skipped = "";
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--quick") == 0)
      is_quick = true;
    else if (strcmp(arguments[i], "--skip") == 0 && i + 1 < count)
      skipped = arguments[++i];
    else
      only = arguments[i];
  }
  size_t failed = 0, passed = 0;
  for (millrace_batch_level level = MILLRACE_BATCH_SSE2; level <= MILLRACE_BATCH_NEON; level++) {
    if (!millrace_batch_level_is_available(level)) continue;
    for (size_t check = 0; check < kernel_check_count(); check++) {
      if (strncmp(kernel_check_name(check), only, strlen(only)) != 0) continue;
      if (strcmp(kernel_check_name(check), skipped) == 0) continue;
      char text[1024];
      if (kernel_check_run(check, level, !is_quick, text, sizeof text)) {
        passed++;
        continue;
      }
      failed++;
      printf("%s: %s", millrace_batch_level_name(level), text);
    }
    printf("%s: done\n", millrace_batch_level_name(level));
  }
  printf("%zu checks passed, %zu failed\n", passed, failed);
  return failed > 0;
}
