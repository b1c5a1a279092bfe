// Kernels over many elements with Highway, compiled for this processor.
#include <hwy/base.h>
#include <hwy/contrib/algo/transform-inl.h>
#include <hwy/contrib/dot/dot-inl.h>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>

#include "../support/batches.hpp"

namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
const D d;

#define KERNEL __attribute__((noinline))

/// Sizes of the workloads are multiples of four vectors.
template <class Body>
HWY_INLINE void each(int64_t n, Body body) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += 4 * lanes) {
    body(i);
    body(i + lanes);
    body(i + 2 * lanes);
    body(i + 3 * lanes);
  }
}

KERNEL void axpy(float* HWY_RESTRICT z, const float* x, const float* y, int64_t n) {
  V a = hn::Set(d, BODY_AXPY_FACTOR);
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::MulAdd(a, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, z + i); });
}

KERNEL void polynomial(float* HWY_RESTRICT z, const float* x, int64_t n) {
  const float c[] = BODY_POLYNOMIAL;
  V c0 = hn::Set(d, c[0]), c1 = hn::Set(d, c[1]), c2 = hn::Set(d, c[2]), c3 = hn::Set(d, c[3]);
  each(n, [=](int64_t i) HWY_ATTR {
    V v = hn::LoadU(d, x + i);
    hn::StoreU(hn::MulAdd(hn::MulAdd(hn::MulAdd(c3, v, c2), v, c1), v, c0), d, z + i);
  });
}

KERNEL float sum(const float* x, int64_t n) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  for (int64_t i = 0; i < n; i += 4 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(d, x + i));
    s1 = hn::Add(s1, hn::LoadU(d, x + i + lanes));
    s2 = hn::Add(s2, hn::LoadU(d, x + i + 2 * lanes));
    s3 = hn::Add(s3, hn::LoadU(d, x + i + 3 * lanes));
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
}

KERNEL float dot(const float* x, const float* y, int64_t n) { return hn::Dot::Compute<0>(d, x, y, size_t(n)); }

KERNEL peer::Answer extremes(const float* x, int64_t n) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  V l0 = hn::LoadU(d, x), l1 = l0, h0 = l0, h1 = l0;
  for (int64_t i = 0; i < n; i += 2 * lanes) {
    V a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + i + lanes);
    l0 = hn::Min(l0, a), l1 = hn::Min(l1, b), h0 = hn::Max(h0, a), h1 = hn::Max(h1, b);
  }
  return {hn::GetLane(hn::MinOfLanes(d, hn::Min(l0, l1))), hn::GetLane(hn::MaxOfLanes(d, hn::Max(h0, h1)))};
}

KERNEL void exponential(float* HWY_RESTRICT z, const float* x, int64_t n) {
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::Exp(d, hn::LoadU(d, x + i)), d, z + i); });
}

KERNEL void logarithm(float* HWY_RESTRICT z, const float* x, int64_t n) {
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::Log(d, hn::LoadU(d, x + i)), d, z + i); });
}

KERNEL void softmax(float* HWY_RESTRICT z, const float* x, int64_t n) {
  V high = hn::Set(d, float(extremes(x, n).second)), sum = hn::Zero(d);
  each(n, [&](int64_t i) HWY_ATTR {
    V v = hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), high));
    hn::StoreU(v, d, z + i);
    sum = hn::Add(sum, v);
  });
  V scale = hn::Set(d, 1 / hn::GetLane(hn::SumOfLanes(d, sum)));
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::Mul(hn::LoadU(d, z + i), scale), d, z + i); });
}

KERNEL void normalise(float* HWY_RESTRICT z, const float* x, int64_t n) {
  V mean = hn::Set(d, sum(x, n) / float(n)), s0 = hn::Zero(d), s1 = s0;
  const int64_t lanes = int64_t(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += 2 * lanes) {
    V a = hn::Sub(hn::LoadU(d, x + i), mean), b = hn::Sub(hn::LoadU(d, x + i + lanes), mean);
    s0 = hn::MulAdd(a, a, s0), s1 = hn::MulAdd(b, b, s1);
  }
  V scale = hn::Set(d, 1 / std::sqrt(hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, s1))) / float(n)));
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::Mul(hn::Sub(hn::LoadU(d, x + i), mean), scale), d, z + i); });
}

KERNEL int64_t filter(float* HWY_RESTRICT z, const float* x, int64_t n) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  V limit = hn::Set(d, BODY_FILTER_LIMIT);
  float* end = z;
  for (int64_t i = 0; i < n; i += lanes) {
    V v = hn::LoadU(d, x + i);
    end += hn::CompressBlendedStore(v, hn::Gt(v, limit), d, end);
  }
  return end - z;
}

KERNEL void gather(float* HWY_RESTRICT z, const float* x, const int32_t* places, int64_t n) {
  const hn::RebindToSigned<D> di;
  each(n, [=](int64_t i) HWY_ATTR { hn::StoreU(hn::GatherIndex(d, x, hn::LoadU(di, places + i)), d, z + i); });
}

KERNEL void stencil(float* HWY_RESTRICT z, const float* x, int64_t n) {
  const float c[] = BODY_STENCIL;
  V c0 = hn::Set(d, c[0]), c1 = hn::Set(d, c[1]), c2 = hn::Set(d, c[2]);
  each(n, [=](int64_t i) HWY_ATTR {
    V sum = hn::MulAdd(c0, hn::LoadU(d, x + i - 1), hn::Mul(c1, hn::LoadU(d, x + i)));
    hn::StoreU(hn::MulAdd(c2, hn::LoadU(d, x + i + 1), sum), d, z + i);
  });
}

KERNEL void mandelbrot(int32_t* HWY_RESTRICT out, int64_t size) {
  const hn::RebindToSigned<D> di;
  const int64_t lanes = int64_t(hn::Lanes(d));
  V step = hn::Set(d, body_mandelbrot_step()), left = hn::Set(d, body_mandelbrot_left()), four = hn::Set(d, 4);
  for (int64_t row = 0; row < size; ++row) {
    V y = hn::Set(d, body_mandelbrot_low() + body_mandelbrot_step() * float(row));
    for (int64_t column = 0; column < size; column += lanes) {
      V x = hn::MulAdd(hn::Iota(d, float(column)), step, left), re = hn::Zero(d), im = re;
      auto count = hn::Zero(di);
      auto inside = hn::FirstN(d, size_t(lanes));
      for (int k = 0; k < BODY_MANDELBROT_LIMIT; ++k) {
        V square = hn::Mul(im, im);
        inside = hn::And(inside, hn::Le(hn::MulAdd(re, re, square), four));
        if (hn::AllFalse(d, inside)) break;
        count = hn::Sub(count, hn::VecFromMask(di, hn::RebindMask(di, inside)));
        V next = hn::MulAdd(re, re, hn::Sub(x, square));
        im = hn::MulAdd(hn::Add(re, re), im, y);
        re = next;
      }
      hn::StoreU(count, di, out + row * size + column);
    }
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
  if (kernel == "gather") return writing([=] { gather(z, x, body_batch_places(), n); });
  if (kernel == "stencil") return writing([=] { stencil(z, x, n); });
  if (kernel == "mandelbrot" || kernel == "skewed") return writing([=] { mandelbrot(body_batch_integers(), n); });
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  std::string version = "Highway " + std::to_string(HWY_MAJOR) + "." + std::to_string(HWY_MINOR) + "." +
                        std::to_string(HWY_PATCH) + ", " + hwy::TargetName(HWY_STATIC_TARGET) + ", compiled for this processor";
  return peer::batch(count, arguments, "highway", version, find);
}
