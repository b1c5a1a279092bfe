#include "profile.h"

static _Thread_local uint32_t profile_name = 0;

uint32_t millrace_profile_name_get(void) { return profile_name; }

void millrace_profile_name_set(uint32_t name) { profile_name = name; }
