#define _GNU_SOURCE
#include "CMillrace.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__linux__)
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#endif

_Thread_local void *millrace_current_worker = NULL;
_Thread_local void *millrace_current_simulation = NULL;

// MARK: Closures

typedef struct {
  uintptr_t function;
  uintptr_t context;
} millrace_closure;

/// Hands back the two words of a Swift closure. Swift declares it as taking the closure, which the calling convention passes as these words.
__attribute__((swiftcall)) millrace_closure millrace_closure_parts(uintptr_t function, uintptr_t context) {
  return (millrace_closure){function, context};
}

void millrace_closure_call(uintptr_t function, void *context) {
  typedef __attribute__((swiftcall)) void (*body)(__attribute__((swift_context)) void *);
  ((body)function)(context);
}

uintptr_t millrace_throwing_call(uintptr_t function, uintptr_t context) {
  typedef __attribute__((swiftcall)) void (*body)(
    __attribute__((swift_context)) void *, __attribute__((swift_error_result)) void **);
  void *error = NULL;
  ((body)function)((void *)context, &error);
  return (uintptr_t)error;
}

uintptr_t millrace_throwing_indexed_call(uintptr_t function, uintptr_t context, intptr_t index) {
  typedef __attribute__((swiftcall)) void (*body)(
    intptr_t, __attribute__((swift_context)) void *, __attribute__((swift_error_result)) void **);
  void *error = NULL;
  ((body)function)(index, (void *)context, &error);
  return (uintptr_t)error;
}

/// The same for a closure that runs a part of a loop.
__attribute__((swiftcall)) millrace_closure millrace_loop_closure_parts(uintptr_t function, uintptr_t context) {
  return (millrace_closure){function, context};
}

static __attribute__((swiftcall)) void run_loop_part(__attribute__((swift_context)) void *raw) {
  millrace_loop_part *part = raw;
  typedef __attribute__((swiftcall)) void (*body)(millrace_loop_part *, __attribute__((swift_context)) void *);
  ((body)part->function)(part, (void *)part->context);
}

uintptr_t millrace_loop_part_function(void) { return (uintptr_t)run_loop_part; }

// MARK: Time

uint64_t millrace_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t millrace_thread_cpu_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t measured_ticks_per_microsecond;
static pthread_once_t measured_ticks_once = PTHREAD_ONCE_INIT;

#if !defined(__aarch64__)
typedef struct {
  uint64_t ticks, nanoseconds;
} instant;

/// Both clocks at once: the best of some tries, in case the thread is interrupted in between.
static instant both_clocks(void) {
  instant best = {0, 0};
  uint64_t gap = UINT64_MAX;
  for (int i = 0; i < 8; i++) {
    uint64_t before = millrace_ticks(), nanoseconds = millrace_nanoseconds(), after = millrace_ticks();
    if (after - before < gap) gap = after - before, best = (instant){before + gap / 2, nanoseconds};
  }
  return best;
}
#endif

static void measure_ticks(void) {
#if defined(__aarch64__)
  uint64_t frequency;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
  measured_ticks_per_microsecond = frequency / 1000000u;
#else
  instant start = both_clocks(), now;
  do {
    now = both_clocks();
  } while (now.nanoseconds - start.nanoseconds < 200000);
  measured_ticks_per_microsecond = (now.ticks - start.ticks) * 1000u / (now.nanoseconds - start.nanoseconds);
#endif
  if (measured_ticks_per_microsecond == 0) measured_ticks_per_microsecond = 1;
}

uint64_t millrace_ticks_per_microsecond(void) {
  pthread_once(&measured_ticks_once, measure_ticks);
  return measured_ticks_per_microsecond;
}

bool millrace_ticks_are_steady(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d >> 8 & 1);
#else
  return true;
#endif
}

// MARK: Perturbation

/// For stress tests: with MILLRACE_PERTURB set, threads yield at random where the protocols are most delicate. All these places are
/// slow paths.
static bool perturbs;
static pthread_once_t perturb_once = PTHREAD_ONCE_INIT;

static void read_perturbation(void) { perturbs = getenv("MILLRACE_PERTURB") != NULL; }

static void perturb(void) {
  pthread_once(&perturb_once, read_perturbation);
  if (!perturbs) return;
  static _Thread_local uint32_t state = 0;
  if (state == 0) state = (uint32_t)(uintptr_t)&state | 1;
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  if (state % 4 == 0) sched_yield();
}

// MARK: The asymmetric fence

static bool asymmetric_available;
static pthread_once_t asymmetric_once = PTHREAD_ONCE_INIT;

static void register_asymmetric(void) {
#if defined(__linux__)
  const char *choice = getenv("MILLRACE_MEMBARRIER");
  if (choice && strcmp(choice, "off") == 0) return;
  asymmetric_available = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#endif
}

bool millrace_asymmetric_fence_available(void) {
  pthread_once(&asymmetric_once, register_asymmetric);
  return asymmetric_available;
}

void millrace_heavy_fence(void) {
  perturb();
#if defined(__linux__)
  if (asymmetric_available) {
    // Cannot fail once the process has registered; were it to, running on without the fence would lose jobs.
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) abort();
  } else {
    millrace_full_fence();
  }
#else
  millrace_full_fence();
#endif
  perturb();
}

// MARK: Blocking

#if defined(__linux__)

void millrace_wait(const uint32_t *word, uint32_t expected, uint64_t nanoseconds) {
  perturb();
  if (nanoseconds == UINT64_MAX) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
    return;
  }
  struct timespec duration = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &duration, NULL, 0);
}

void millrace_wake(const uint32_t *word) {
  perturb();
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#elif defined(__APPLE__)

#include <os/os_sync_wait_on_address.h>

void millrace_wait(const uint32_t *word, uint32_t expected, uint64_t nanoseconds) {
  if (nanoseconds == UINT64_MAX) {
    os_sync_wait_on_address((void *)word, expected, 4, OS_SYNC_WAIT_ON_ADDRESS_NONE);
  } else {
    os_sync_wait_on_address_with_timeout(
      (void *)word, expected, 4, OS_SYNC_WAIT_ON_ADDRESS_NONE, OS_CLOCK_MACH_ABSOLUTE_TIME, nanoseconds);
  }
}

void millrace_wake(const uint32_t *word) {
  os_sync_wake_by_address_any((void *)word, 4, OS_SYNC_WAKE_BY_ADDRESS_NONE);
}

#endif

// MARK: Threads

typedef struct {
  millrace_thread_body body;
  void *argument;
  char name[16];
} thread_start;

static void *thread_main(void *raw) {
  thread_start start = *(thread_start *)raw;
  free(raw);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), start.name);
#elif defined(__APPLE__)
  pthread_setname_np(start.name);
#endif
  start.body(start.argument);
  return NULL;
}

int millrace_thread_start(
  uintptr_t *thread, const char *name, size_t stack_bytes, millrace_thread_body body, void *argument) {
  thread_start *start = malloc(sizeof *start);
  if (!start) return ENOMEM;
  *start = (thread_start){.body = body, .argument = argument};
  strncpy(start->name, name, sizeof start->name - 1);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t created;
  if (!error) error = pthread_create(&created, &attributes, thread_main, start);
  pthread_attr_destroy(&attributes);
  if (error) {
    free(start);
    return error;
  }
  *thread = (uintptr_t)created;
  return 0;
}

void millrace_thread_join(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }

void millrace_thread_detach(uintptr_t thread) { pthread_detach((pthread_t)thread); }

uintptr_t millrace_thread_self(void) { return (uintptr_t)pthread_self(); }

void millrace_precise_timers(void) {
#if defined(__linux__)
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
#endif
}

uintptr_t millrace_stack_low(void) {
#if defined(__linux__)
  // The system is asked once a thread: for the main thread it reads a file.
  static _Thread_local uintptr_t known = 0;
  if (known != 0) return known;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return UINTPTR_MAX;
  void *low = NULL;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return known = (uintptr_t)low;
#else
  pthread_t self = pthread_self();
  return (uintptr_t)pthread_get_stackaddr_np(self) - pthread_get_stacksize_np(self);
#endif
}

// MARK: Memory

#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

void *millrace_pages_reserve(size_t bytes) {
  void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

void millrace_pages_release(void *pages, size_t bytes) { munmap(pages, bytes); }

void *millrace_pages_resize(void *pages, size_t bytes, size_t wanted) {
#if defined(__linux__)
  void *moved = mremap(pages, bytes, wanted, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? NULL : moved;
#else
  void *moved = millrace_pages_reserve(wanted);
  if (!moved) return NULL;
  memcpy(moved, pages, bytes < wanted ? bytes : wanted);
  millrace_pages_release(pages, bytes);
  return moved;
#endif
}

void millrace_pages_prefer_huge(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}
