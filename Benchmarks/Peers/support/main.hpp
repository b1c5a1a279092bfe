// The main program of both C++ peers, and `ping`, which comes from outside the runtime.
#pragma once

#include <unistd.h>

#include <semaphore>

#include "graphs.hpp"
#include "workloads.hpp"

namespace peer {

/// Submit from outside, run, back: hot, one after the other; parked, after the workers have gone to
/// sleep.
template <class Runtime>
int ping(Options& options) {
  bool parked = options.variant == "parked";
  int64_t size = sizeOr(options, parked ? 1'000 : 50'000), answered = 0;
  std::binary_semaphore back(0);
  auto once = [&] {
    Runtime::submit([&] {
      answered += 1;
      back.release();
    });
    back.acquire();
  };
  Runtime::start(options.workers, true);
  for (int i = 0; i < 100; ++i) once();
  answered = 0;
  Measured measured;
  uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
  for (int64_t i = 0; i < size; ++i) {
    if (parked) usleep(2'000);
    uint64_t start = now(CLOCK_MONOTONIC);
    once();
    measured.latencies.push_back(now(CLOCK_MONOTONIC) - start);
  }
  measured.wall = now(CLOCK_MONOTONIC) - wall;
  measured.cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  Plan plan{uint64_t(size), nullptr, [&] { return answered == size; }};
  return report(Runtime::name, options, plan, measured);
}

template <class Runtime>
Plan plan(Options& options) {
  const std::string& workload = options.workload;
  if (workload == "fib") return planFib<Runtime>(options);
  if (workload == "skynet") return planSkynet<Runtime>(options);
  if (workload == "nqueens") return planQueens<Runtime>(options);
  if (workload == "uts") return planTree<Runtime>(options);
  if (workload == "matmul") return planMatmul<Runtime>(options);
  if (workload == "cilksort") return planSort<Runtime>(options);
  if (workload == "forEach") return planForEach<Runtime>(options);
  if (workload == "forksflat") return planForksFlat<Runtime>(options);
  if (workload == "reduce") return planReduce<Runtime>(options);
  return Plan();
}

template <class Runtime>
int run(int count, char** arguments) {
  Options options = parse(count, arguments, Runtime::version());
  if constexpr (Runtime::submits) {
    if (options.workload == "ping") return ping<Runtime>(options);
  }
  if (options.workload.rfind("graph-", 0) == 0) {
    int code = graphs<Runtime>(options);
    if (code != exitUnsupported) return code;
  }
  Plan measured = plan<Runtime>(options);
  if (!measured.run) {
    std::fprintf(stderr, "error: %s does not do %s %s\n", Runtime::name, options.workload.c_str(),
                 options.variant.c_str());
    return exitUnsupported;
  }
  Runtime::start(options.workers, false);
  Measured result;
  Runtime::enter([&] { result = repeat(measured); });
  return report(Runtime::name, options, measured, result);
}

}  // namespace peer
