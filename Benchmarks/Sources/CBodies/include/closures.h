// Calling a Swift closure of type () -> Void by its two words, without the retain and the release around the call.
#ifndef CLOSURES_H
#define CLOSURES_H

#include <stdint.h>

#if defined(__clang__)
static inline __attribute__((always_inline)) void closure_call(uintptr_t function, uintptr_t context) {
  ((__attribute__((swiftcall)) void (*)(__attribute__((swift_context)) void *))function)((void *)context);
}
#endif
#endif
