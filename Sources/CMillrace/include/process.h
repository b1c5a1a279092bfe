// A child process that takes its whole family with it.
//
// Between the calling process and the program stands a supervisor: a fork of the caller that never runs any of its code again. It is the reaper of whatever the program starts, so that
// nothing gets out of its sight by `setsid` or by forking twice, and it ends only when nothing of that is left.
//
//     caller ── control, status ── supervisor (subreaper) ── program (leader of a process group) ── whatever it starts
//
//     running ── program ended, or control hung up ──▸ SIGTERM to all ── grace over ──▸ SIGKILL until none is left ──▸ report, exit
//
// The control pipe hangs up too when the caller dies, by whatever signal: no program outlives the process that wanted its result.
#ifndef MILLRACE_PROCESS_H
#define MILLRACE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

typedef struct millrace_process_request {
  /// Of the program; not searched for.
  const char *path;
  /// Both end with a null pointer.
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  /// Null: the caller's.
  const char *_Nullable folder;
  /// The program's standard input, output and error.
  int input, output, error;
  /// The supervisor's ends: it reads `control`, and writes `status`.
  int control, status;
  /// Between SIGTERM and SIGKILL.
  uint64_t grace_milliseconds;
  /// Address space and processor time of each process; 0: as the caller's.
  uint64_t memory_bytes, cpu_seconds;
} millrace_process_request;

enum {
  /// `value` is the errno of entering the folder.
  millrace_process_no_folder = 1,
  /// `value` is the errno of setting the limits.
  millrace_process_no_limits = 2,
  /// `value` is the errno of executing the program.
  millrace_process_no_program = 3,
  /// `value` is the program's status as `wait` gives it. The last report.
  millrace_process_ended = 4,
};

/// What the supervisor writes into `status`. The pipe's end is the supervisor's.
typedef struct millrace_process_report {
  int32_t kind, value;
  /// The largest of all processes; and of all together.
  uint64_t peak_bytes, cpu_microseconds;
} millrace_process_report;

/// Starts a supervisor, which starts the program. The caller closes the ends that it does not use, and waits for `supervisor` after `status` has ended.
///
/// Any thread. Returns 0 or an errno; ENOTSUP where there are no subreapers.
int millrace_process_start(const millrace_process_request *request, pid_t *supervisor);

/// A pipe that programs do not inherit. Returns 0 or an errno.
int millrace_pipe(int *reading, int *writing);

/// As `write`, but a pipe that nobody reads any more is EPIPE and no signal.
ssize_t millrace_write(int descriptor, const void *bytes, size_t count);

#pragma clang assume_nonnull end
#endif
