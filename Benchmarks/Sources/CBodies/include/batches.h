// The inputs of the batch workloads and the check of their answers, the same for every contender. One workload a process.
#ifndef BATCHES_H
#define BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Makes the inputs of a kernel ("axpy", "sum" …) for `size` elements. False: there is none of that name.
///
/// All memory is one piece that begins with a huge page; inputs and outputs lie in it at the same distances for every contender.
bool body_batch_begin(const char *kernel, int64_t size);

/// The same for a name that no zero ends.
bool body_batch_begin_named(const char *letters, int64_t length, int64_t size);

/// Elements in [-2, 2): two inputs, and room for as many of output. `x` has one element before its first and one behind its last.
float *body_batch_x(void);
float *body_batch_y(void);
float *body_batch_z(void);
/// `z`, for kernels that write integers.
int32_t *body_batch_integers(void);
/// Indices below the size, of `gather`.
int32_t *body_batch_places(void);
/// What `histogram` counts, and 256 counts.
uint8_t *body_batch_bytes(void);
uint64_t *body_batch_counts(void);
/// Of `transpose`; the size is their product.
int64_t body_batch_rows(void);

/// How many elements one call computes: pixels for `mandelbrot` and `skewed`, floating-point operations for `matmul`, whose sizes are those of a side.
int64_t body_batch_operations(void);

/// Whether what is in memory, and what a reduction returned, is right.
bool body_batch_is_right(double first, double second);

/// The constants of the kernels.
#define BODY_AXPY_FACTOR 1.5f
#define BODY_POLYNOMIAL {0.5f, -1.25f, 0.75f, 0.375f}
#define BODY_STENCIL {0.25f, 0.5f, 0.25f}
#define BODY_FILTER_LIMIT 0.0f
/// Points of `mandelbrot`: the left lower corner, and how wide and high the square is. In that of `skewed` one half of the rows has nearly all the work.
#define BODY_MANDELBROT_LIMIT 200
float body_mandelbrot_left(void);
float body_mandelbrot_low(void);
float body_mandelbrot_step(void);

/// What the machine can do at most: a triad over three arrays, `a[i] = b[i] + factor * c[i]`; and as many fused multiplications and additions as registers take,
/// `rounds` times. The latter returns how many operations those were.
void body_triad(float *a, const float *b, const float *c, float factor, int64_t n);
double body_fused_peak(int64_t rounds);

/// `axpy` of 16 elements by a pointer to a function of the widest level: what a call of a kernel is compared with.
void (*body_axpy_vector(void))(float *z, float factor, const float *x, const float *y);

#ifdef __cplusplus
}
#endif
#endif
