// The name that profiled work of this thread goes by.
#ifndef MILLRACE_PROFILE_H
#define MILLRACE_PROFILE_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Number of the profile name in force on this thread, or 0.
uint32_t millrace_profile_name_get(void);
void millrace_profile_name_set(uint32_t name);

#pragma clang assume_nonnull end
#endif
