#include "profile.h"

#include <stddef.h>

// Of the Swift runtime: what `ExecutorJob.description` shows. Weak: without it tasks have no number.
extern __attribute__((swiftcall, weak)) uint64_t swift_task_getJobTaskId(void *job);

uint64_t millrace_profile_task(uintptr_t job) {
  return swift_task_getJobTaskId == NULL ? 0 : swift_task_getJobTaskId((void *)job);
}

static _Thread_local uint32_t profile_name = 0;

uint32_t millrace_profile_name_get(void) { return profile_name; }

void millrace_profile_name_set(uint32_t name) { profile_name = name; }
