// What Swift cannot say: a thread-local read at full speed, the two words of a closure, a compiler barrier,
// the asymmetric fence, the futex.
#ifndef CMILLRACE_H
#define CMILLRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "affinity.h"
#include "file.h"
#include "process.h"
#include "profile.h"

#pragma clang assume_nonnull begin

// MARK: The current worker

/// The worker that runs on this thread, or null. Initial-exec: one load from the thread's block, no call.
extern _Thread_local void *_Nullable millrace_current_worker __attribute__((tls_model("initial-exec")));

static inline __attribute__((always_inline)) void *_Nullable millrace_worker_get(void) { return millrace_current_worker; }
static inline void millrace_worker_set(void *_Nullable worker) { millrace_current_worker = worker; }

/// What this thread simulates, or null.
extern _Thread_local void *_Nullable millrace_current_simulation __attribute__((tls_model("initial-exec")));

static inline __attribute__((always_inline)) void *_Nullable millrace_simulation_get(void) { return millrace_current_simulation; }
static inline void millrace_simulation_set(void *_Nullable simulation) { millrace_current_simulation = simulation; }

// MARK: Closures

/// Calls a Swift `() -> Void` from its function and context pointers.
void millrace_closure_call(uintptr_t function, void *_Nullable context);

/// A part of a loop that its owner has made stealable.
typedef struct millrace_loop_part {
  /// The closure that runs a stolen part: `(millrace_loop_part *) -> Void`.
  uintptr_t function, context;
  intptr_t lower, upper;
  /// What the loop's participants share.
  void *shared;
  /// Where the thief has left the part's value; the owner frees it. Null: there is nothing to leave.
  void *_Nullable result;
  /// The owner has found it stolen, and waits for the thief.
  bool is_stolen;
  /// While it waits, the owner runs this part of the same loop, which it took from somebody: its cell, its place, and from whom.
  uintptr_t adopted_cell;
  struct millrace_loop_part *_Nullable adopted;
  void *_Nullable adopted_from;
} millrace_loop_part;

/// The function word of a fork whose context is a `millrace_loop_part`.
uintptr_t millrace_loop_part_function(void);

/// Calls a Swift `() throws -> Void` from its function and context. Returns the error, which the caller then owns, or 0.
uintptr_t millrace_throwing_call(uintptr_t function, uintptr_t context);

/// The same for `(Int) throws -> Void`.
uintptr_t millrace_throwing_indexed_call(uintptr_t function, uintptr_t context, intptr_t index);

// MARK: The processor

static inline __attribute__((always_inline)) void millrace_compiler_barrier(void) { __asm__ volatile("" ::: "memory"); }

/// About where the stack pointer is.
static inline __attribute__((always_inline)) uintptr_t millrace_frame_address(void) {
  return (uintptr_t)__builtin_frame_address(0);
}

static inline __attribute__((always_inline)) void millrace_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// The line at `place` is soon to be written.
static inline __attribute__((always_inline)) void millrace_prefetch_to_write(const void *place) {
#if defined(__x86_64__)
  // The builtin would ask for the line to read, which then has to be asked for again. Processors that lack the instruction do nothing.
  __asm__("prefetchw %0" : : "m"(*(const char *)place));
#else
  __builtin_prefetch(place, 1);
#endif
}

/// The line at `place` is soon to be read.
static inline __attribute__((always_inline)) void millrace_prefetch(const void *place) { __builtin_prefetch(place, 0); }
static inline __attribute__((always_inline)) void millrace_prefetch_address(uintptr_t place) { __builtin_prefetch((const void *)place, 0); }

/// A cheap counter that advances at a constant rate: cycles of the time-stamp counter or of the generic timer.
static inline uint64_t millrace_ticks(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return ((uint64_t)high << 32) | low;
#elif defined(__aarch64__)
  uint64_t value;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
#error "Millrace supports x86-64 and arm64"
#endif
}

/// How many `millrace_ticks` make a microsecond; measured once on x86-64, read from the hardware on arm64.
uint64_t millrace_ticks_per_microsecond(void);

/// The counter advances at one rate whatever the processor does, as the processor says.
bool millrace_ticks_are_steady(void);

/// The calling thread's monotonic time in nanoseconds.
uint64_t millrace_nanoseconds(void);

/// A multiplication and an addition are one instruction on the processor that the code which *calls* this is compiled for: headers are compiled with each module that uses them.
static inline __attribute__((always_inline)) bool millrace_target_fuses(void) {
#if defined(__FMA__) || defined(__aarch64__)
  return true;
#else
  return false;
#endif
}

// MARK: The asymmetric fence

/// Registers this process for `membarrier`; true when `millrace_heavy_fence` interrupts every other thread of the process,
/// so that a compiler barrier on their side is enough. False where that is missing: both sides need a full fence.
bool millrace_asymmetric_fence_available(void);

/// The expensive side: a full fence here, and one on every processor that runs a thread of this process.
void millrace_heavy_fence(void);

/// A full fence on this processor only.
static inline __attribute__((always_inline)) void millrace_full_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// MARK: Blocking

/// Waits while `*word == expected`, at most `nanoseconds` (`UINT64_MAX`: for ever). May return early.
void millrace_wait(const uint32_t *word, uint32_t expected, uint64_t nanoseconds);

/// Wakes one thread that waits on `word`.
void millrace_wake(const uint32_t *word);

// MARK: Threads

typedef void (*millrace_thread_body)(void *argument);

/// Starts a joinable thread with a stack of `stack_bytes` (reserved, not touched). Returns 0 or an errno.
int millrace_thread_start(
  uintptr_t *thread, const char *name, size_t stack_bytes, millrace_thread_body body, void *argument);
void millrace_thread_join(uintptr_t thread);
void millrace_thread_detach(uintptr_t thread);
uintptr_t millrace_thread_self(void);

/// The lowest address of the calling thread's stack; the highest of all addresses when the system does not tell.
uintptr_t millrace_stack_low(void);

/// The calling thread wakes up when its sleeps end, not up to 50 µs later, where the system lets it.
void millrace_precise_timers(void);

/// CPU time that the calling thread has used, in nanoseconds.
uint64_t millrace_thread_cpu_nanoseconds(void);

// MARK: Memory

/// Reserves zeroed pages that cost nothing until they are touched; null when the address space is refused.
void *_Nullable millrace_pages_reserve(size_t bytes);
void millrace_pages_release(void *pages, size_t bytes);

/// Reserved pages made more, or fewer, with what they hold; null, and the old ones stay, when the address space is refused. Where the system can, nothing is copied.
void *_Nullable millrace_pages_resize(void *pages, size_t bytes, size_t wanted);

/// Asks for huge pages behind `memory`, before it is touched; a wish, which the system may not have.
void millrace_pages_prefer_huge(void *memory, size_t bytes);

#pragma clang assume_nonnull end
#endif
