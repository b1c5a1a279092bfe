// The workloads, written once for both C++ peers. A `Runtime` supplies the parallelism:
//   fork2(f, g)               both, perhaps in parallel
//   children(n, f)            f(0) … f(n - 1), perhaps in parallel
//   forEach(n, skewed, f)     a parallel loop
//   sum(n, f)                 the sum of f(0) … f(n - 1)
//   enter(f)                  runs `f` inside the runtime, on its workers
#pragma once

#include <memory>
#include <numeric>
#include <utility>

#include "harness.hpp"

namespace peer {

// ---- Values that every contender computes in the same way

inline uint64_t mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  return value;
}

inline uint64_t chain(uint64_t value, int rounds) {
  for (int i = 0; i < rounds; ++i) value = mix(value + 0x9e3779b97f4a7c15ULL);
  return value;
}

// ---- fib

template <class Runtime>
int64_t fib(int64_t n) {
  if (n < 2) return n;
  int64_t a, b;
  Runtime::fork2([&] { a = fib<Runtime>(n - 1); }, [&] { b = fib<Runtime>(n - 2); });
  return a + b;
}

inline int64_t serialFib(int64_t n) {
  int64_t a = 0, b = 1;
  while (n-- > 0) a = std::exchange(b, a + b);
  return a;
}

template <class Runtime>
Plan planFib(Options& options) {
  if (options.size == 0) options.size = 37;
  auto result = std::make_shared<int64_t>();
  int64_t size = options.size;
  Plan plan;
  plan.operations = uint64_t(serialFib(size + 1) - 1);
  plan.run = [=] { Runtime::enter([=] { *result = fib<Runtime>(size); }); };
  plan.verify = [=] { return *result == serialFib(size); };
  return plan;
}

// ---- skynet

template <class Runtime>
int64_t skynet(int64_t first, int64_t leaves) {
  if (leaves == 1) return first;
  int64_t sums[10];
  Runtime::children(10, [&sums, first, leaves](int i) {
    sums[i] = skynet<Runtime>(first + i * (leaves / 10), leaves / 10);
  });
  return std::accumulate(sums, sums + 10, int64_t(0));
}

template <class Runtime>
Plan planSkynet(Options& options) {
  if (options.size == 0) options.size = 10'000'000;
  int64_t leaves = 1;
  while (leaves * 10 <= options.size) leaves *= 10;
  options.size = leaves;
  auto result = std::make_shared<int64_t>();
  Plan plan;
  plan.operations = uint64_t(leaves);
  plan.run = [=] { Runtime::enter([=] { *result = skynet<Runtime>(0, leaves); }); };
  plan.verify = [=] { return *result == leaves * (leaves - 1) / 2; };
  return plan;
}

// ---- forksflat: forks of depth one, in a loop

template <class Runtime>
Plan planForksFlat(Options& options) {
  if (options.size == 0) options.size = 10'000'000;
  auto result = std::make_shared<int64_t>();
  int64_t size = options.size;
  Plan plan;
  plan.operations = uint64_t(size);
  plan.run = [=] {
    Runtime::enter([=] {
      int64_t total = 0;
      for (int64_t i = 0; i < size; ++i) {
        int64_t a, b;
        Runtime::fork2([&a, i] { a = i; }, [&b, i] { b = i ^ 1; });
        total += a + b;
      }
      *result = total;
    });
  };
  plan.verify = [=] {
    int64_t expected = 0;
    for (int64_t i = 0; i < size; ++i) expected += i + (i ^ 1);
    return *result == expected;
  };
  return plan;
}

// ---- forEach

template <class Runtime, class Body>
Plan planLoop(int64_t size, bool skewed, Body body) {
  auto values = std::make_shared<std::vector<uint64_t>>(size_t(size));
  Plan plan;
  plan.operations = uint64_t(size);
  plan.run = [=] {
    uint64_t* out = values->data();
    Runtime::enter([=] {
      Runtime::forEach(size, skewed, [=](int64_t i) { out[i] = body(i); });
    });
  };
  plan.verify = [=] {
    for (int64_t i = 0; i < size; i += 101) {
      if ((*values)[size_t(i)] != body(i)) return false;
    }
    return values->empty() || values->back() == body(size - 1);
  };
  return plan;
}

template <class Runtime>
Plan planForEach(Options& options) {
  if (options.size == 0) options.size = 10'000'000;
  if (options.variant.empty()) options.variant = "flat";
  int64_t size = options.size;
  if (options.variant == "flat") {
    return planLoop<Runtime>(size, false, [](int64_t i) { return mix(uint64_t(i)); });
  }
  if (options.variant == "flat10ns") {
    return planLoop<Runtime>(size, false, [](int64_t i) { return chain(uint64_t(i), 5); });
  }
  if (options.variant == "skewed") {
    return planLoop<Runtime>(
        size, true, [size](int64_t i) { return chain(uint64_t(i), int(10 * i / size)); });
  }
  return Plan();
}

// ---- reduce

template <class Runtime>
Plan planReduce(Options& options) {
  if (options.size == 0) options.size = 10'000'000;
  auto result = std::make_shared<uint64_t>();
  int64_t size = options.size;
  Plan plan;
  plan.operations = uint64_t(size);
  plan.run = [=] {
    Runtime::enter([=] {
      *result = Runtime::sum(size, [](int64_t i) { return mix(uint64_t(i)); });
    });
  };
  plan.verify = [=] {
    uint64_t expected = 0;
    for (int64_t i = 0; i < size; ++i) expected += mix(uint64_t(i));
    return *result == expected;
  };
  return plan;
}

// ---- cilksort

constexpr int64_t sortedSerially = 2048;

template <class Runtime>
void merge(const int64_t* a, int64_t na, const int64_t* b, int64_t nb, int64_t* out) {
  if (na < nb) {
    std::swap(a, b);
    std::swap(na, nb);
  }
  if (na + nb <= sortedSerially) {
    std::merge(a, a + na, b, b + nb, out);
    return;
  }
  int64_t half = na / 2;
  int64_t cut = std::lower_bound(b, b + nb, a[half]) - b;
  Runtime::fork2([=] { merge<Runtime>(a, half, b, cut, out); },
                 [=] { merge<Runtime>(a + half, na - half, b + cut, nb - cut, out + half + cut); });
}

template <class Runtime>
void cilksort(int64_t* values, int64_t* scratch, int64_t count) {
  if (count <= sortedSerially) {
    std::sort(values, values + count);
    return;
  }
  int64_t quarter = count / 4, half = 2 * quarter, rest = count - half;
  Runtime::children(4, [=](int i) {
    cilksort<Runtime>(values + i * quarter, scratch + i * quarter,
                      i < 3 ? quarter : count - 3 * quarter);
  });
  Runtime::fork2(
      [=] { merge<Runtime>(values, quarter, values + quarter, quarter, scratch); },
      [=] {
        merge<Runtime>(values + half, quarter, values + half + quarter, rest - quarter,
                       scratch + half);
      });
  merge<Runtime>(scratch, half, scratch + half, rest, values);
}

template <class Runtime>
Plan planCilksort(Options& options) {
  if (options.size == 0) options.size = 10'000'000;
  size_t size = size_t(options.size);
  auto values = std::make_shared<std::vector<int64_t>>(size);
  auto scratch = std::make_shared<std::vector<int64_t>>(size);
  auto checksum = [=] {
    uint64_t sum = 0;
    for (int64_t value : *values) sum += mix(uint64_t(value));
    return sum;
  };
  auto expected = std::make_shared<uint64_t>();
  Plan plan;
  plan.operations = size;
  plan.prepare = [=] {
    for (size_t i = 0; i < size; ++i) (*values)[i] = int64_t(chain(i, 2));
    *expected = checksum();
  };
  plan.run = [=] {
    Runtime::enter([=] { cilksort<Runtime>(values->data(), scratch->data(), int64_t(size)); });
  };
  plan.verify = [=] {
    return std::is_sorted(values->begin(), values->end()) && checksum() == *expected;
  };
  return plan;
}

}  // namespace peer
