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
  static void children(int count, F f) {
    for (int i = 1; i < count; ++i) {
#pragma omp task shared(f) firstprivate(i)
      f(i);
    }
    f(0);
#pragma omp taskwait
  }

  // A task loop: the caller is the one thread inside `single`.
  template <class F>
  static void forEach(int64_t count, bool, F f) {
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

  // OpenMP has no way in for work from a thread outside its team: no `ping`.
  static constexpr bool submits = false;

  template <class F>
  static void submit(F) {}
};

int main(int count, char** arguments) { return peer::run<OpenMP>(count, arguments); }
