// The name that profiled work of this thread goes by.
#ifndef MILLRACE_PROFILE_H
#define MILLRACE_PROFILE_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Number of the profile name in force on this thread, or 0.
uint32_t millrace_profile_name_get(void);
void millrace_profile_name_set(uint32_t name);

/// The number of the task that a Swift job is of, which no other task of the process has; of a job that is no task's, a number of its own. 0: the runtime does not tell.
/// The job has not been run.
uint64_t millrace_profile_task(uintptr_t job);

#pragma clang assume_nonnull end
#endif
