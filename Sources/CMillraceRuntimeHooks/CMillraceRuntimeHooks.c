#include "CMillraceRuntimeHooks.h"

#include <stddef.h>
#include <time.h>

#define SWIFT_CC __attribute__((swiftcall))

typedef SWIFT_CC void (*original_enqueue)(void *job);
typedef SWIFT_CC void (*original_delay)(unsigned long long nanoseconds, void *job);
typedef SWIFT_CC void (*original_deadline)(
  long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job);

typedef SWIFT_CC void (*hook_enqueue)(void *job, original_enqueue original);
typedef SWIFT_CC void (*hook_delay)(unsigned long long nanoseconds, void *job, original_delay original);
typedef SWIFT_CC void (*hook_deadline)(
  long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job,
  original_deadline original);

extern hook_enqueue swift_task_enqueueGlobal_hook __attribute__((weak));
extern hook_delay swift_task_enqueueGlobalWithDelay_hook __attribute__((weak));
extern hook_deadline swift_task_enqueueGlobalWithDeadline_hook __attribute__((weak));

static millrace_global_enqueue installed;

static SWIFT_CC void enqueue(void *job, original_enqueue original) {
  (void)original;
  installed.enqueue(job);
}

static SWIFT_CC void enqueue_with_delay(unsigned long long nanoseconds, void *job, original_delay original) {
  (void)original;
  installed.enqueue_later(job, nanoseconds);
}

static SWIFT_CC void enqueue_with_deadline(
  long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job,
  original_deadline original) {
  (void)tolerance_seconds, (void)tolerance_nanoseconds, (void)original;
  // The runtime's clocks: 1 goes on while the machine sleeps, 2 does not.
#if defined(__APPLE__)
  clockid_t identifier = clock == 1 ? CLOCK_MONOTONIC_RAW : CLOCK_UPTIME_RAW;
#else
  clockid_t identifier = clock == 1 ? CLOCK_BOOTTIME : CLOCK_MONOTONIC;
#endif
  struct timespec now;
  clock_gettime(identifier, &now);
  long long wait_seconds = seconds - now.tv_sec;
  if (wait_seconds > 1000000000) wait_seconds = 1000000000;
  long long wait = wait_seconds * 1000000000 + nanoseconds - now.tv_nsec;
  installed.enqueue_later(job, wait > 0 ? (uint64_t)wait : 0);
}

bool millrace_hooks_install(millrace_global_enqueue functions) {
  if (&swift_task_enqueueGlobal_hook == NULL || &swift_task_enqueueGlobalWithDelay_hook == NULL ||
      &swift_task_enqueueGlobalWithDeadline_hook == NULL)
    return false;
  if (swift_task_enqueueGlobal_hook || swift_task_enqueueGlobalWithDelay_hook || swift_task_enqueueGlobalWithDeadline_hook) return false;
  installed = functions;
  swift_task_enqueueGlobalWithDelay_hook = enqueue_with_delay;
  swift_task_enqueueGlobalWithDeadline_hook = enqueue_with_deadline;
  swift_task_enqueueGlobal_hook = enqueue;
  return true;
}
