// Which processors a thread may run on.
#ifndef MILLRACE_AFFINITY_H
#define MILLRACE_AFFINITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Writes the set of CPUs that the calling thread may run on: CPU `64 * i + j` is bit `j` of `words[i]`.
/// False where the system keeps no such set, or has more CPUs than there are bits.
bool millrace_affinity_get(uint64_t *words, size_t word_count);

/// Lets the calling thread run on these CPUs only. False where that cannot be asked for, or was refused.
bool millrace_affinity_set(const uint64_t *words, size_t word_count);

#pragma clang assume_nonnull end
#endif
