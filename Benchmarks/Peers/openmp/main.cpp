// The workloads on OpenMP tasks.
#include <omp.h>

#include "../support/main.hpp"

struct OpenMP {
  static constexpr const char* name = "openmp";

  static std::string version() {
    return "OpenMP (g++ " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + ")";
  }

  static void start(int workers, bool) {
    omp_set_dynamic(0);
    omp_set_num_threads(workers);
  }

  template <class F>
  static void enter(F f) {
#pragma omp parallel
#pragma omp single
    f();
  }

  template <class F, class G>
  static void fork2(F f, G g) {
#pragma omp task shared(f)
    f();
    g();
#pragma omp taskwait
  }

  template <class F>
  static int64_t sumTree(int64_t count, F f) {
    if (count == 0) return 0;
    peer::Sums sums(count);
    for (int64_t i = 1; i < count; ++i) {
      int64_t* place = &sums[i];
#pragma omp task shared(f) firstprivate(i, place)
      *place = f(i);
    }
    sums[0] = f(0);
#pragma omp taskwait
    return sums.total();
  }

  // A task loop: the caller is the one thread inside `single`.
  template <class F>
  static void forEach(int64_t count, F f) {
#pragma omp taskloop shared(f)
    for (int64_t i = 0; i < count; ++i) f(i);
  }

  template <class F>
  static uint64_t sum(int64_t count, F f) {
    uint64_t total = 0;
#pragma omp taskloop shared(f) reduction(+ : total)
    for (int64_t i = 0; i < count; ++i) total += f(i);
    return total;
  }

  // OpenMP has no sort: a merge sort of tasks.
  static void sort(std::vector<int64_t>& values) {
    std::vector<int64_t> scratch(values.size());
    mergeSort(values.data(), scratch.data(), int64_t(values.size()));
  }

  static constexpr int64_t sortedSerially = 2048;

  static void mergeSort(int64_t* values, int64_t* scratch, int64_t count) {
    if (count <= sortedSerially) {
      std::sort(values, values + count);
      return;
    }
    int64_t half = count / 2, quarter = half / 2, last = half + (count - half) / 2;
    fork2(
        [=] {
          fork2([=] { mergeSort(values, scratch, quarter); },
                [=] { mergeSort(values + quarter, scratch + quarter, half - quarter); });
          merge(values, quarter, values + quarter, half - quarter, scratch);
        },
        [=] {
          fork2([=] { mergeSort(values + half, scratch + half, last - half); },
                [=] { mergeSort(values + last, scratch + last, count - last); });
          merge(values + half, last - half, values + last, count - last, scratch + half);
        });
    merge(scratch, half, scratch + half, count - half, values);
  }

  static void merge(const int64_t* a, int64_t na, const int64_t* b, int64_t nb, int64_t* out) {
    if (na < nb) {
      std::swap(a, b);
      std::swap(na, nb);
    }
    if (na + nb <= sortedSerially) {
      std::merge(a, a + na, b, b + nb, out);
      return;
    }
    int64_t half = na / 2, cut = std::lower_bound(b, b + nb, a[half]) - b;
    fork2([=] { merge(a, half, b, cut, out); },
          [=] { merge(a + half, na - half, b + cut, nb - cut, out + half + cut); });
  }

  /// Tasks with `depend`: made anew in each run. An `in` for every predecessor, an `out` for the node itself.
  template <class Body>
  class Graph {
   public:
    Graph(const peer::Shape& shape, Body body)
        : body_(body), places_(size_t(shape.count)), offsets_(size_t(shape.count) + 1) {
      for (const shape_edge& edge : shape.edges) offsets_[edge.target + 1] += 1;
      for (int64_t i = 0; i < shape.count; ++i) offsets_[size_t(i) + 1] += offsets_[size_t(i)];
      predecessors_.resize(shape.edges.size());
      std::vector<int64_t> next(offsets_.begin(), offsets_.end() - 1);
      for (const shape_edge& edge : shape.edges) {
        predecessors_[size_t(next[edge.target]++)] = edge.source;
      }
    }

    void run() {
      const Body& body = body_;
      char* places = places_.data();
      for (int64_t i = 0; i < int64_t(places_.size()); ++i) {
        const uint32_t* before = predecessors_.data() + offsets_[size_t(i)];
        int64_t count = offsets_[size_t(i) + 1] - offsets_[size_t(i)];
        if (count == 0) {
#pragma omp task firstprivate(i) shared(body) depend(out : places[i])
          body(i);
        } else if (count == 1) {
#pragma omp task firstprivate(i) shared(body) depend(out : places[i]) depend(in : places[before[0]])
          body(i);
        } else {
          runAfter(i, before, count);
        }
      }
#pragma omp taskwait
    }

   private:
    void runAfter(int64_t i, const uint32_t* before, int64_t count) {
      const Body& body = body_;
      char* places = places_.data();
#pragma omp task firstprivate(i) shared(body) depend(out : places[i]) \
    depend(iterator(int64_t k = 0 : count), in : places[before[k]])
      body(i);
    }

    Body body_;
    /// Their addresses stand for the nodes.
    std::vector<char> places_;
    std::vector<int64_t> offsets_;
    std::vector<uint32_t> predecessors_;
  };

  static constexpr bool graphsAreRemade = true;

  // OpenMP has no way in for work from a thread outside its team: no `ping`.
  static constexpr bool submits = false;
};

int main(int count, char** arguments) { return peer::run<OpenMP>(count, arguments); }
