#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int millrace_pipe(int *reading, int *writing) {
  int ends[2];
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
#else
  // Not in one step, which there is none for here: a program that another thread starts in between inherits it.
  if (pipe(ends) != 0) return errno;
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
#endif
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

ssize_t millrace_write(int descriptor, const void *bytes, size_t count) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  // One that was pending before is somebody else's.
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = write(descriptor, bytes, count);
  const int error = errno;
  if (written < 0 && error == EPIPE && !was_pending) {
    sigpending(&pending);
    int taken;
    if (sigismember(&pending, SIGPIPE)) sigwait(&pipe_signal, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return written;
}

#if defined(__linux__)

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// All that follows runs in a fork of a process with many threads: system calls and this file's own memory, nothing else. What is written here stays in the fork.

typedef struct process_row {
  pid_t process, parent;
  bool is_ours;
} process_row;

enum { process_limit = 1 << 16 };
static process_row rows[process_limit];

static pid_t parent_of(const char *name) {
  char path[64] = "/proc/", text[512];
  size_t length = 6;
  for (const char *c = name; *c && length < sizeof path - 6; c++) path[length++] = *c;
  for (const char *c = "/stat"; *c; c++) path[length++] = *c;
  path[length] = 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  // The parent is the second field after the name, which is in parentheses and may hold some itself.
  ssize_t place = count - 1;
  while (place > 0 && text[place] != ')') place--;
  if (place <= 0 || place + 4 >= count) return -1;
  pid_t parent = 0;
  for (place += 4; place < count && text[place] >= '0' && text[place] <= '9'; place++)
    parent = parent * 10 + (text[place] - '0');
  return parent;
}

static size_t read_processes(void) {
  // As the kernel lays it out.
  struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
  };
  const int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 0;
  _Alignas(8) char buffer[16384];
  size_t found = 0;
  for (;;) {
    const long count = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (count <= 0) break;
    for (long place = 0; place < count;) {
      const struct entry *entry = (const struct entry *)(buffer + place);
      place += entry->length;
      pid_t process = 0;
      const char *c = entry->name;
      while (*c >= '0' && *c <= '9') process = process * 10 + (*c++ - '0');
      if (*c || process == 0 || found == process_limit) continue;
      const pid_t parent = parent_of(entry->name);
      if (parent >= 0) rows[found++] = (process_row){.process = process, .parent = parent};
    }
  }
  close(folder);
  return found;
}

/// To the children alone: their ids cannot have been given to others, because only we could have reaped them. What they leave behind are our children next.
static void signal_children(int signal) {
  const pid_t self = getpid();
  const size_t count = read_processes();
  for (size_t i = 0; i < count; i++)
    if (rows[i].parent == self) kill(rows[i].process, signal);
}

/// To all that descend from us.
static void signal_family(int signal) {
  const pid_t self = getpid();
  const size_t count = read_processes();
  bool has_grown = true;
  while (has_grown) {
    has_grown = false;
    for (size_t i = 0; i < count; i++) {
      if (rows[i].is_ours) continue;
      bool is_ours = rows[i].parent == self;
      for (size_t j = 0; j < count && !is_ours; j++) is_ours = rows[j].is_ours && rows[j].process == rows[i].parent;
      if (!is_ours) continue;
      rows[i].is_ours = has_grown = true;
      kill(rows[i].process, signal);
    }
  }
}

static uint64_t now_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec; }

static void report(int status, int32_t kind, int32_t value) {
  struct rusage usage = {0};
  getrusage(RUSAGE_CHILDREN, &usage);
  const millrace_process_report report = {
    .kind = kind,
    .value = value,
    .peak_bytes = (uint64_t)usage.ru_maxrss * 1024,
    .cpu_microseconds = microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
  };
  // Whole: it is shorter than PIPE_BUF. When nobody reads it, nobody is there.
  while (write(status, &report, sizeof report) < 0 && errno == EINTR) {}
}

/// Neither the caller's handlers nor its ignored signals are the program's.
static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
}

_Noreturn static void become_program(const millrace_process_request *request, pid_t supervisor) {
  // If the supervisor is killed, nobody would know of the program any more.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(127);
  setpgid(0, 0);
  // First away from the places that they will take.
  const int status = fcntl(request->status, F_DUPFD_CLOEXEC, 3);
  const int input = fcntl(request->input, F_DUPFD_CLOEXEC, 3);
  const int output = fcntl(request->output, F_DUPFD_CLOEXEC, 3);
  const int error = fcntl(request->error, F_DUPFD_CLOEXEC, 3);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  if (request->folder && chdir(request->folder) != 0) {
    report(status, millrace_process_no_folder, errno);
    _exit(127);
  }
  const struct rlimit memory = {request->memory_bytes, request->memory_bytes};
  // SIGXCPU first; SIGKILL for those who do not listen.
  const struct rlimit cpu = {request->cpu_seconds, request->cpu_seconds + 1};
  if ((request->memory_bytes && setrlimit(RLIMIT_AS, &memory) != 0)
      || (request->cpu_seconds && setrlimit(RLIMIT_CPU, &cpu) != 0)) {
    report(status, millrace_process_no_limits, errno);
    _exit(127);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(request->path, request->arguments, request->environment);
  report(status, millrace_process_no_program, errno);
  _exit(127);
}

/// Closes all descriptors but these.
static void keep_open(int *kept, size_t count) {
  for (size_t i = 1; i < count; i++)
    for (size_t j = i; j > 0 && kept[j - 1] > kept[j]; j--) {
      const int larger = kept[j - 1];
      kept[j - 1] = kept[j];
      kept[j] = larger;
    }
  unsigned first = 0;
  for (size_t i = 0; i < count; i++) {
    if ((unsigned)kept[i] > first) syscall(SYS_close_range, first, (unsigned)kept[i] - 1, 0);
    first = (unsigned)kept[i] + 1;
  }
  syscall(SYS_close_range, first, ~0u, 0);
}

_Noreturn static void supervise(const millrace_process_request *request) {
  prctl(PR_SET_NAME, "millrace-super");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Ctrl-C at a terminal is for the caller, who decides what becomes of the program.
  setpgid(0, 0);
  reset_signals();
  int kept[] = {request->input, request->output, request->error, request->control, request->status};
  keep_open(kept, sizeof kept / sizeof *kept);

  const pid_t self = getpid();
  const pid_t program = fork();
  if (program == 0) become_program(request, self);
  if (program < 0) {
    report(request->status, millrace_process_no_program, errno);
    _exit(1);
  }
  close(request->input);
  close(request->output);
  close(request->error);
  // No folder stays in use for our sake.
  if (chdir("/") != 0) _exit(1);

  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const int signals = signalfd(-1, &child_signal, SFD_NONBLOCK | SFD_CLOEXEC);

  int32_t program_status = 0;
  bool has_ended = false, is_abandoned = false, is_ending = false;
  uint64_t kill_at = 0;
  for (;;) {
    pid_t reaped;
    int status;
    while ((reaped = waitpid(-1, &status, WNOHANG)) > 0) {
      if (reaped != program) continue;
      program_status = status;
      has_ended = true;
    }
    if (reaped < 0 && errno == ECHILD) break;
    if ((has_ended || is_abandoned) && !is_ending) {
      is_ending = true;
      kill_at = now_milliseconds() + request->grace_milliseconds;
      signal_family(SIGTERM);
      // Those that are stopped must go on to hear it.
      signal_family(SIGCONT);
    }
    int wait = -1;
    if (is_ending) {
      const uint64_t now = now_milliseconds();
      if (now >= kill_at) signal_children(SIGKILL);
      // Once more after a while, for those who were being born meanwhile.
      const uint64_t left = now < kill_at ? kill_at - now : 100;
      wait = left > 60000 ? 60000 : (int)left;
    }
    struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = is_abandoned ? -1 : request->control}};
    poll(events, 2, wait);
    if (events[1].revents) is_abandoned = true;
    struct signalfd_siginfo taken;
    while (read(signals, &taken, sizeof taken) > 0) {}
  }
  report(request->status, millrace_process_ended, program_status);
  _exit(0);
}

int millrace_process_start(const millrace_process_request *request, pid_t *supervisor) {
  sigset_t all, before;
  sigfillset(&all);
  // None of the caller's handlers runs in the fork.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child == 0) supervise(request);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return error;
  *supervisor = child;
  return 0;
}

#else

int millrace_process_start(const millrace_process_request *request, pid_t *supervisor) {
  (void)request, (void)supervisor;
  return ENOTSUP;
}

#endif
