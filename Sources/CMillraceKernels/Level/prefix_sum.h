// Prefix sums, for floats and Int32.

// Sums run within 128 bits first, then over 128 bits, then over 256: what comes from below is the last lane of what is there. The zeros come from lane 0 of a zero.
#define SUMS(v, ...) v += __builtin_shufflevector(SPLAT(0), v, __VA_ARGS__);
#if VECTOR_BYTES == 64 && ELEMENT_BYTES == 4
#define RUNNING_SUMS(v) \
  SUMS(v, 0, 16, 17, 18, 0, 20, 21, 22, 0, 24, 25, 26, 0, 28, 29, 30) \
  SUMS(v, 0, 0, 16, 17, 0, 0, 20, 21, 0, 0, 24, 25, 0, 0, 28, 29) \
  SUMS(v, 0, 0, 0, 0, 19, 19, 19, 19, 0, 0, 0, 0, 27, 27, 27, 27) \
  SUMS(v, 0, 0, 0, 0, 0, 0, 0, 0, 23, 23, 23, 23, 23, 23, 23, 23)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
#define LAST(v) __builtin_shufflevector(v, v, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15)
#elif VECTOR_BYTES == 32 && ELEMENT_BYTES == 4
#define RUNNING_SUMS(v) \
  SUMS(v, 0, 8, 9, 10, 0, 12, 13, 14) \
  SUMS(v, 0, 0, 8, 9, 0, 0, 12, 13) \
  SUMS(v, 0, 0, 0, 0, 11, 11, 11, 11)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 7, 8, 9, 10, 11, 12, 13, 14)
#define LAST(v) __builtin_shufflevector(v, v, 7, 7, 7, 7, 7, 7, 7, 7)
#elif VECTOR_BYTES == 16 && ELEMENT_BYTES == 4
#define RUNNING_SUMS(v) \
  SUMS(v, 0, 4, 5, 6) \
  SUMS(v, 0, 0, 4, 5)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 3, 4, 5, 6)
#define LAST(v) __builtin_shufflevector(v, v, 3, 3, 3, 3)
#elif VECTOR_BYTES == 64
#define RUNNING_SUMS(v) \
  SUMS(v, 0, 8, 0, 10, 0, 12, 0, 14) \
  SUMS(v, 0, 0, 9, 9, 0, 0, 13, 13) \
  SUMS(v, 0, 0, 0, 0, 11, 11, 11, 11)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 7, 8, 9, 10, 11, 12, 13, 14)
#define LAST(v) __builtin_shufflevector(v, v, 7, 7, 7, 7, 7, 7, 7, 7)
#elif VECTOR_BYTES == 32
#define RUNNING_SUMS(v) \
  SUMS(v, 0, 4, 0, 6) \
  SUMS(v, 0, 0, 5, 5)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 3, 4, 5, 6)
#define LAST(v) __builtin_shufflevector(v, v, 3, 3, 3, 3)
#else
#define RUNNING_SUMS(v) SUMS(v, 0, 2)
#define MOVED_UP(v, low) __builtin_shufflevector(low, v, 1, 2)
#define LAST(v) __builtin_shufflevector(v, v, 1, 1)
#endif
