// The workloads, written once for both C++ peers. A `Runtime` supplies the parallelism:
//   fork2(f, g)     both, perhaps in parallel
//   sumTree(n, f)   f(0) + … + f(n - 1) where each may fork again
//   forEach(n, f)   a parallel loop
//   sum(n, f)       f(0) + … + f(n - 1), a parallel loop
//   sort(values)    a parallel sort
#pragma once

#include <memory>
#include <utility>

#include "bodies.h"
#include "harness.hpp"

namespace peer {

/// The size in use, noted in the options.
inline int64_t sizeOr(Options& options, int64_t size) {
  if (options.size == 0) options.size = size;
  return options.size;
}

/// A place for each child's sum, on the stack for few.
class Sums {
 public:
  explicit Sums(int64_t count) : count_(count), many_(count > few ? size_t(count) : 0) {}
  int64_t& operator[](int64_t i) { return count_ > few ? many_[size_t(i)] : here_[i]; }
  int64_t total() {
    int64_t total = 0;
    for (int64_t i = 0; i < count_; ++i) total += (*this)[i];
    return total;
  }

 private:
  static constexpr int64_t few = 16;
  int64_t count_;
  int64_t here_[few];
  std::vector<int64_t> many_;
};

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
  int64_t size = sizeOr(options, 37);
  auto result = std::make_shared<int64_t>();
  return Plan{uint64_t(serialFib(size + 1) - 1), [=] { *result = fib<Runtime>(size); },
              [=] { return *result == serialFib(size); }};
}

// ---- skynet: ten children at every level, the leaves' numbers are added up

template <class Runtime>
int64_t skynet(int64_t first, int64_t leaves) {
  if (leaves <= 1) return first;
  return Runtime::sumTree(10, [first, leaves](int64_t child) {
    return skynet<Runtime>(first + child * (leaves / 10), leaves / 10);
  });
}

template <class Runtime>
Plan planSkynet(Options& options) {
  int64_t leaves = sizeOr(options, 10'000'000);
  auto result = std::make_shared<int64_t>();
  return Plan{uint64_t(leaves), [=] { *result = skynet<Runtime>(0, leaves); },
              [=] { return *result == leaves * (leaves - 1) / 2; }};
}

// ---- nqueens: every safe placement of a row's queen is a fork

/// The boards with a safe queen in this row.
struct Placements {
  body_board boards[16];
  int count = 0;

  Placements(const body_board& board, int row, int n) {
    for (int column = 0; column < n; ++column) {
      boards[count] = board;
      boards[count].column[row] = int8_t(column);
      if (body_board_is_safe(&boards[count], row)) count += 1;
    }
  }
};

template <class Runtime>
int64_t queens(const body_board& board, int row, int n) {
  if (row == n) return 1;
  Placements next(board, row, n);
  return Runtime::sumTree(next.count, [&next, row, n](int64_t child) {
    return queens<Runtime>(next.boards[child], row + 1, n);
  });
}

inline uint64_t queensTasks(const body_board& board, int row, int n) {
  if (row == n) return 0;
  Placements next(board, row, n);
  uint64_t tasks = uint64_t(next.count);
  for (int i = 0; i < next.count; ++i) tasks += queensTasks(next.boards[i], row + 1, n);
  return tasks;
}

template <class Runtime>
Plan planQueens(Options& options) {
  static constexpr int64_t known[] = {1,  1,   0,   0,    2,     10,    4,     40,
                                      92, 352, 724, 2680, 14200, 73712, 365596};
  int n = int(sizeOr(options, 13));
  if (n > 14) return Plan();
  auto result = std::make_shared<int64_t>();
  return Plan{queensTasks(body_board{}, 0, n), [=] { *result = queens<Runtime>({}, 0, n); },
              [=] { return *result == known[n]; }};
}

// ---- uts: an unbalanced tree, every node is a fork

template <class Runtime>
int64_t tree(body_node node, bool isRoot) {
  int count = body_tree_child_count(node, isRoot);
  if (count == 0) return 1;
  return 1 + Runtime::sumTree(count, [node](int64_t child) {
           return tree<Runtime>(body_tree_child(node, int(child)), false);
         });
}

inline int64_t serialTree(body_node node, bool isRoot) {
  int64_t nodes = 1;
  for (int i = 0, count = body_tree_child_count(node, isRoot); i < count; ++i) {
    nodes += serialTree(body_tree_child(node, i), false);
  }
  return nodes;
}

template <class Runtime>
Plan planTree(Options&) {
  int64_t nodes = serialTree(body_tree_root(), true);
  auto result = std::make_shared<int64_t>();
  return Plan{uint64_t(nodes), [=] { *result = tree<Runtime>(body_tree_root(), true); },
              [=] { return *result == nodes; }};
}

// ---- matmul: the rows of c = a * b are split in halves down to leaves of a few rows

template <class Runtime>
void multiply(const float* a, const float* b, float* c, int first, int rows, int n) {
  if (rows <= BODY_MATRIX_ROWS) {
    body_multiply_rows(a, b, c + int64_t(first) * n, first, rows, n);
    return;
  }
  int half = rows / 2;
  Runtime::fork2([=] { multiply<Runtime>(a, b, c, first, half, n); },
                 [=] { multiply<Runtime>(a, b, c, first + half, rows - half, n); });
}

template <class Runtime>
Plan planMatmul(Options& options) {
  int64_t n = sizeOr(options, 1024);
  using Matrix = std::vector<float>;
  auto a = std::make_shared<Matrix>(n * n), b = std::make_shared<Matrix>(n * n);
  auto c = std::make_shared<Matrix>(n * n);
  for (int64_t i = 0; i < n * n; ++i) (*a)[i] = float(i % 7), (*b)[i] = float(i % 5);
  return Plan{uint64_t(n / BODY_MATRIX_ROWS),
              [=] { multiply<Runtime>(a->data(), b->data(), c->data(), 0, int(n), int(n)); },
              [=] {
                for (int64_t row : {int64_t(0), n / 3, n - 1}) {
                  for (int64_t column : {int64_t(0), n / 2, n - 1}) {
                    float sum = 0;
                    for (int64_t k = 0; k < n; ++k) sum += (*a)[row * n + k] * (*b)[k * n + column];
                    if ((*c)[row * n + column] != sum) return false;
                  }
                }
                return true;
              }};
}

// ---- cilksort: each runtime's own sort, where it has one

template <class Runtime>
Plan planSort(Options& options) {
  size_t size = size_t(sizeOr(options, 10'000'000));
  using Values = std::vector<int64_t>;
  auto source = std::make_shared<Values>(size), values = std::make_shared<Values>(size);
  uint64_t state = 1;
  for (int64_t& value : *source) {
    state = state * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    value = int64_t(state >> 20);
  }
  auto sum = [](const Values& all) {
    uint64_t total = 0;
    for (int64_t value : all) total += uint64_t(value);
    return total;
  };
  return Plan{size,
              [=] {
                *values = *source;
                Runtime::sort(*values);
              },
              [=] {
                return std::is_sorted(values->begin(), values->end()) && sum(*values) == sum(*source);
              }};
}

// ---- forEach

template <class Runtime, class Body>
Plan planLoop(int64_t size, Body body) {
  auto values = std::make_shared<std::vector<uint64_t>>(size_t(size));
  return Plan{uint64_t(size),
              [=] {
                uint64_t* out = values->data();
                Runtime::forEach(size, [out, body](int64_t i) { out[i] = body(i); });
              },
              [=] {
                for (int64_t i : {int64_t(0), size / 2, size - 1}) {
                  if ((*values)[size_t(i)] != body(i)) return false;
                }
                return true;
              }};
}

template <class Runtime>
Plan planForEach(Options& options) {
  if (options.variant.empty() || options.variant == "flat") {
    return planLoop<Runtime>(sizeOr(options, 10'000'000),
                             [](int64_t i) { return uint64_t(i) * 3 + 1; });
  }
  int64_t size = sizeOr(options, 1'000'000);
  if (options.variant == "flat10ns") {
    return planLoop<Runtime>(size, [](int64_t i) { return body_ten_nanoseconds(uint64_t(i)); });
  }
  if (options.variant == "skewed") {
    int64_t heavy = size - size / 100;
    return planLoop<Runtime>(size, [heavy](int64_t i) {
      uint64_t seed = uint64_t(i);
      if (i < heavy) return seed;
      for (int round = 0; round < 100; ++round) seed = body_ten_nanoseconds(seed);
      return seed;
    });
  }
  return Plan();
}

// ---- forksflat: forks that are joined at once, in a loop

[[gnu::noinline]] inline int64_t flatLeaf(int64_t index) {
  asm volatile("");  // or calls with the same argument would be merged
  return index ^ 5;
}

template <class Runtime>
Plan planForksFlat(Options& options) {
  int64_t size = sizeOr(options, 10'000'000);
  auto result = std::make_shared<int64_t>();
  return Plan{uint64_t(size),
              [=] {
                int64_t sum = 0;
                for (int64_t i = 0; i < size; ++i) {
                  int64_t a, b;
                  Runtime::fork2([&a, i] { a = flatLeaf(i); }, [&b, i] { b = flatLeaf(i + 1); });
                  sum += a + b;
                }
                *result = sum;
              },
              [=] {
                int64_t expected = 0;
                for (int64_t i = 0; i < size; ++i) expected += (i ^ 5) + ((i + 1) ^ 5);
                return *result == expected;
              }};
}

// ---- reduce

template <class Runtime>
Plan planReduce(Options& options) {
  int64_t size = sizeOr(options, 10'000'000);
  auto body = [](int64_t i) { return body_ten_nanoseconds(uint64_t(i)); };
  auto result = std::make_shared<uint64_t>();
  return Plan{uint64_t(size), [=] { *result = Runtime::sum(size, body); },
              [=] {
                uint64_t expected = 0;
                for (int64_t i = 0; i < size; ++i) expected += body(i);
                return *result == expected;
              }};
}

}  // namespace peer
