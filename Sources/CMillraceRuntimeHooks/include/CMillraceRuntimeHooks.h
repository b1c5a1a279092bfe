// The hooks through which the Swift runtime hands over the jobs of its global executor. Private interface of the runtime: everything
// that knows it is in this target and in `WorkStealingExecutor+Global.swift`.
#ifndef CMILLRACE_RUNTIME_HOOKS_H
#define CMILLRACE_RUNTIME_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
  /// A job that is ready.
  void (*enqueue)(void *job);
  /// A job that will be ready `nanoseconds` from now.
  void (*enqueue_later)(void *job, uint64_t nanoseconds);
} millrace_global_enqueue;

/// Installs the hooks. False: this runtime does not have them, or somebody has installed others; nothing was changed.
bool millrace_hooks_install(millrace_global_enqueue enqueue);

#pragma clang assume_nonnull end
#endif
