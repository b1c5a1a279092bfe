#include "batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

static struct {
  const char *kernel;
  int64_t size, elements;
  float *x, *y, *z;
  uint64_t counts[256];
} batch;

static const char *const kernels[] = {
  "axpy", "polynomial", "sum", "dot", "minmax", "exp", "log", "softmax", "normalise", "filter", "prefixsum", "histogram", "gather", "transpose",
  "stencil", "mandelbrot", "skewed", "matmul", "limits", "call",
};

static bool is_kernel(const char *name) { return strcmp(batch.kernel, name) == 0; }

static uint32_t random_bits(uint32_t i) {
  i = (i + 1) * 0x9e3779b1u;
  i = (i ^ i >> 15) * 0x85ebca77u;
  i = (i ^ i >> 13) * 0xc2b2ae3du;
  return i ^ i >> 16;
}

static void fill(float *p, int64_t count, uint32_t seed) {
  for (int64_t i = 0; i < count; i++) p[i] = (float)(random_bits((uint32_t)i + seed) >> 8) * 0x1p-22f - 2;
}

bool body_batch_begin(const char *kernel, int64_t size) {
  batch.kernel = NULL;
  for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
    if (strcmp(kernels[i], kernel) == 0) batch.kernel = kernels[i];
  if (!batch.kernel) return false;
  batch.size = size;
  bool is_square = is_kernel("matmul") || is_kernel("mandelbrot") || is_kernel("skewed");
  batch.elements = is_square ? size * size : size;
  // A line more from array to array, so that loads and stores of the same element do not look alike to the processor.
  size_t page = 4096, huge = (size_t)2 << 20, distance = ((size_t)batch.elements * 4 + 2 * page) / page * page + 256;
  size_t bytes = (3 * distance + 2 * page + huge - 1) / huge * huge;
  char *memory = aligned_alloc(huge, bytes);
  if (!memory) return false;
#if defined(__linux__)
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  batch.x = (float *)(memory + page);
  batch.y = (float *)(memory + page + distance);
  batch.z = (float *)(memory + page + 2 * distance);
  int64_t n = batch.elements;
  if (is_kernel("histogram")) {
    for (int64_t i = 0; i < n; i++) body_batch_bytes()[i] = (uint8_t)(random_bits((uint32_t)i) >> 24);
  } else {
    fill(batch.x - 1, n + 2, 0);
  }
  if (is_kernel("log"))
    for (int64_t i = 0; i < n; i++) batch.x[i] += 2.0009765625f;
  if (is_kernel("gather")) {
    for (int64_t i = 0; i < n; i++) body_batch_places()[i] = (int32_t)(random_bits((uint32_t)i) % (uint64_t)n);
  } else if (is_kernel("axpy") || is_kernel("dot") || is_kernel("matmul") || is_kernel("limits") || is_kernel("call")) {
    fill(batch.y, n, 0x40000000);
  }
  // Its pages are there before anybody measures.
  memset(batch.z, 0, (size_t)n * 4);
  return true;
}

bool body_batch_begin_named(const char *letters, int64_t length, int64_t size) {
  char name[32] = "";
  if (length >= (int64_t)sizeof name) return false;
  memcpy(name, letters, (size_t)length);
  return body_batch_begin(name, size);
}

float *body_batch_x(void) { return batch.x; }
float *body_batch_y(void) { return batch.y; }
float *body_batch_z(void) { return batch.z; }
int32_t *body_batch_integers(void) { return (int32_t *)batch.z; }
int32_t *body_batch_places(void) { return (int32_t *)batch.y; }
uint8_t *body_batch_bytes(void) { return (uint8_t *)batch.x; }
uint64_t *body_batch_counts(void) { return batch.counts; }

int64_t body_batch_rows(void) {
  int64_t rows = 1;
  while (rows * rows * 4 <= batch.size) rows *= 2;
  return rows;
}

int64_t body_batch_operations(void) { return is_kernel("matmul") ? 2 * batch.size * batch.size * batch.size : batch.elements; }

float body_mandelbrot_left(void) { return -2; }
float body_mandelbrot_low(void) { return is_kernel("skewed") ? -2.5f : -1.25f; }
float body_mandelbrot_step(void) { return 2.5f / (float)batch.size; }

// MARK: Answers

static bool is_near(double found, double expected, double tolerance) { return fabs(found - expected) <= tolerance; }

static int32_t escape(double x, double y) {
  double re = 0, im = 0;
  int32_t count = 0;
  for (; count < BODY_MANDELBROT_LIMIT && re * re + im * im <= 4; count++) {
    double next = re * re - im * im + x;
    im = 2 * re * im + y;
    re = next;
  }
  return count;
}

static bool mandelbrot_is_right(void) {
  // Neighbours of the border may be counted otherwise where an operation rounds otherwise.
  int64_t looked_at = 0, other = 0;
  for (int64_t i = 0; i < batch.elements; i += 37) {
    double x = body_mandelbrot_left() + (double)(i % batch.size) * body_mandelbrot_step();
    double y = body_mandelbrot_low() + (double)(i / batch.size) * body_mandelbrot_step();
    looked_at++;
    other += escape(x, y) != body_batch_integers()[i];
  }
  return other * 50 <= looked_at;
}

static bool matmul_is_right(void) {
  int64_t n = batch.size;
  for (int64_t i = 0; i < batch.elements; i += 4099) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += (double)batch.x[i / n * n + k] * batch.y[k * n + i % n];
    if (!is_near(batch.z[i], sum, 1e-4 * (double)n)) return false;
  }
  return true;
}

/// What is true of all elements: sums, extremes, and what softmax and normalise are made of.
typedef struct {
  double sum, sizes, squares, products, product_sizes, least, greatest, powers;
} whole;

static whole look_at_all(void) {
  whole all = {.least = INFINITY, .greatest = -INFINITY};
  bool is_dot = is_kernel("dot"), is_softmax = is_kernel("softmax");
  for (int64_t i = 0; i < batch.elements; i++) {
    double x = batch.x[i];
    all.sum += x, all.sizes += fabs(x), all.squares += x * x;
    all.least = fmin(all.least, x), all.greatest = fmax(all.greatest, x);
    if (is_dot) all.products += x * batch.y[i], all.product_sizes += fabs(x * batch.y[i]);
    if (is_softmax) all.powers += exp(x);
  }
  return all;
}

/// Of kernels that look at elements alone.
static bool element_is_right(int64_t i, const whole *all) {
  const float polynomial[] = BODY_POLYNOMIAL, stencil[] = BODY_STENCIL;
  double x = batch.x[i], found = batch.z[i];
  if (is_kernel("axpy")) return is_near(found, BODY_AXPY_FACTOR * x + batch.y[i], 1e-5);
  if (is_kernel("polynomial")) return is_near(found, polynomial[0] + x * (polynomial[1] + x * (polynomial[2] + x * polynomial[3])), 1e-5);
  if (is_kernel("exp")) return is_near(found, exp(x), 1e-5 * exp(x));
  if (is_kernel("log")) return is_near(found, log(x), 1e-5);
  if (is_kernel("stencil")) return is_near(found, stencil[0] * batch.x[i - 1] + stencil[1] * x + stencil[2] * batch.x[i + 1], 1e-5);
  if (is_kernel("gather")) return batch.z[i] == batch.x[body_batch_places()[i]];
  if (is_kernel("transpose")) {
    int64_t rows = body_batch_rows(), columns = batch.size / rows;
    return batch.z[i % columns * rows + i / columns] == batch.x[i];
  }
  if (is_kernel("softmax")) return is_near(found, exp(x) / all->powers, 1e-3 * exp(x) / all->powers);
  double n = (double)batch.elements, mean = all->sum / n, deviation = sqrt(all->squares / n - mean * mean);
  return is_kernel("normalise") && is_near(found, (x - mean) / deviation, 1e-3);
}

bool body_batch_is_right(double first, double second) {
  int64_t n = batch.elements;
  if (is_kernel("limits") || is_kernel("call")) return true;
  if (is_kernel("mandelbrot") || is_kernel("skewed")) return mandelbrot_is_right();
  if (is_kernel("matmul")) return matmul_is_right();
  if (is_kernel("histogram")) {
    static uint64_t expected[256];
    memset(expected, 0, sizeof expected);
    for (int64_t i = 0; i < n; i++) expected[body_batch_bytes()[i]]++;
    uint64_t all = 0;
    for (int i = 0; i < 256; i++) all += batch.counts[i];
    // Every call counted all.
    for (int i = 0; i < 256; i++)
      if (batch.counts[i] != all / (uint64_t)n * expected[i]) return false;
    return all > 0;
  }
  if (is_kernel("filter")) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
      if (batch.x[i] > BODY_FILTER_LIMIT && batch.z[kept++] != batch.x[i]) return false;
    return (double)kept == first;
  }
  if (is_kernel("prefixsum")) {
    double sum = 0, sizes = 0;
    for (int64_t i = 0; i < n; i++) {
      sum += batch.x[i], sizes += fabs(batch.x[i]);
      if (!is_near(batch.z[i], sum, 1e-5 * sizes + 1e-3)) return false;
    }
    return true;
  }
  whole all = {0};
  bool is_whole = is_kernel("sum") || is_kernel("dot") || is_kernel("minmax");
  if (is_whole || is_kernel("softmax") || is_kernel("normalise")) all = look_at_all();
  if (is_kernel("sum")) return is_near(first, all.sum, 1e-5 * all.sizes);
  if (is_kernel("dot")) return is_near(first, all.products, 1e-5 * all.product_sizes);
  if (is_kernel("minmax")) return first == all.least && second == all.greatest;
  for (int64_t i = 0; i < n; i += n > 1 << 20 ? 97 : 1)
    if (!element_is_right(i, &all)) return false;
  return true;
}
