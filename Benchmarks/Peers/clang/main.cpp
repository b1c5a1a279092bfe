// Kernels over many elements as plain loops, for the compiler to vectorise for this processor.
#include <cmath>

#include "../support/batches.hpp"

namespace {

#define KERNEL __attribute__((noinline))

KERNEL void axpy(float* __restrict z, const float* x, const float* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) z[i] = BODY_AXPY_FACTOR * x[i] + y[i];
}

KERNEL void polynomial(float* __restrict z, const float* x, int64_t n) {
  const float c[] = BODY_POLYNOMIAL;
  for (int64_t i = 0; i < n; ++i) z[i] = c[0] + x[i] * (c[1] + x[i] * (c[2] + x[i] * c[3]));
}

KERNEL float sum(const float* x, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += x[i];
  return sum;
}

KERNEL float dot(const float* x, const float* y, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

KERNEL peer::Answer extremes(const float* x, int64_t n) {
  float low = x[0], high = x[0];
  for (int64_t i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  return {low, high};
}

KERNEL void exponential(float* __restrict z, const float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) z[i] = std::exp(x[i]);
}

KERNEL void logarithm(float* __restrict z, const float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) z[i] = std::log(x[i]);
}

KERNEL void softmax(float* __restrict z, const float* x, int64_t n) {
#pragma clang fp reassociate(on)
  float high = x[0];
  for (int64_t i = 0; i < n; ++i) high = x[i] > high ? x[i] : high;
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += z[i] = std::exp(x[i] - high);
  float scale = float(1 / sum);
  for (int64_t i = 0; i < n; ++i) z[i] *= scale;
}

KERNEL void normalise(float* __restrict z, const float* x, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0, squares = 0;
  for (int64_t i = 0; i < n; ++i) sum += x[i];
  float mean = sum / float(n);
  for (int64_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  float scale = 1 / std::sqrt(squares / float(n));
  for (int64_t i = 0; i < n; ++i) z[i] = (x[i] - mean) * scale;
}

KERNEL int64_t filter(float* __restrict z, const float* x, int64_t n) {
  int64_t kept = 0;
  for (int64_t i = 0; i < n; ++i) {
    z[kept] = x[i];
    kept += x[i] > BODY_FILTER_LIMIT;
  }
  return kept;
}

KERNEL void prefixSum(float* __restrict z, const float* x, int64_t n) {
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) z[i] = sum += x[i];
}

KERNEL void histogram(uint64_t* __restrict counts, const uint8_t* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) counts[x[i]]++;
}

KERNEL void gather(float* __restrict z, const float* x, const int32_t* places, int64_t n) {
  for (int64_t i = 0; i < n; ++i) z[i] = x[places[i]];
}

KERNEL void transpose(float* __restrict z, const float* x, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) z[column * rows + row] = x[row * columns + column];
}

KERNEL void stencil(float* __restrict z, const float* x, int64_t n) {
  const float c[] = BODY_STENCIL;
  for (int64_t i = 0; i < n; ++i) z[i] = c[0] * x[i - 1] + c[1] * x[i] + c[2] * x[i + 1];
}

KERNEL void matmul(float* __restrict c, const float* a, const float* b, int64_t n) {
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t column = 0; column < n; ++column) c[row * n + column] = 0;
    for (int64_t k = 0; k < n; ++k)
      for (int64_t column = 0; column < n; ++column) c[row * n + column] += a[row * n + k] * b[k * n + column];
  }
}

KERNEL void mandelbrot(int32_t* __restrict out, int64_t size) {
  float left = body_mandelbrot_left(), low = body_mandelbrot_low(), step = body_mandelbrot_step();
  for (int64_t i = 0; i < size * size; ++i) {
    float x = left + step * float(i % size), y = low + step * float(i / size), re = 0, im = 0;
    int32_t count = 0;
    for (; count < BODY_MANDELBROT_LIMIT && re * re + im * im <= 4; ++count) {
      float next = re * re - im * im + x;
      im = 2 * re * im + y;
      re = next;
    }
    out[i] = count;
  }
}

std::function<peer::Answer(int64_t)> find(const std::string& kernel, int64_t n) {
  float *x = body_batch_x(), *y = body_batch_y(), *z = body_batch_z();
  using peer::Answer, peer::returning, peer::writing;
  if (kernel == "axpy") return writing([=] { axpy(z, x, y, n); });
  if (kernel == "polynomial") return writing([=] { polynomial(z, x, n); });
  if (kernel == "sum") return returning([=] { return Answer{sum(x, n)}; });
  if (kernel == "dot") return returning([=] { return Answer{dot(x, y, n)}; });
  if (kernel == "minmax") return returning([=] { return extremes(x, n); });
  if (kernel == "exp") return writing([=] { exponential(z, x, n); });
  if (kernel == "log") return writing([=] { logarithm(z, x, n); });
  if (kernel == "softmax") return writing([=] { softmax(z, x, n); });
  if (kernel == "normalise") return writing([=] { normalise(z, x, n); });
  if (kernel == "filter") return returning([=] { return Answer{double(filter(z, x, n))}; });
  if (kernel == "prefixsum") return writing([=] { prefixSum(z, x, n); });
  if (kernel == "histogram") return writing([=] { histogram(body_batch_counts(), body_batch_bytes(), n); });
  if (kernel == "gather") return writing([=] { gather(z, x, body_batch_places(), n); });
  if (kernel == "transpose") return writing([=] { transpose(z, x, body_batch_rows(), n / body_batch_rows()); });
  if (kernel == "stencil") return writing([=] { stencil(z, x, n); });
  if (kernel == "matmul") return writing([=] { matmul(z, x, y, n); });
  if (kernel == "mandelbrot" || kernel == "skewed") return writing([=] { mandelbrot(body_batch_integers(), n); });
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  return peer::batch(count, arguments, "clang", "clang " __clang_version__ ", -O3 -march=native", find);
}
