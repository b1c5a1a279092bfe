// The main program of both C++ peers, and `ping`, which needs a thread of its own.
#pragma once

#include <chrono>
#include <semaphore>
#include <thread>

#include "workloads.hpp"

namespace peer {

/// A job submitted from outside, run, and the caller woken. `hot`: one after the other; `parked`:
/// after a pause in which every worker goes to sleep.
template <class Runtime>
Plan planPing(Options& options, std::vector<uint64_t>& latencies) {
  if (options.variant.empty()) options.variant = "hot";
  bool parked = options.variant == "parked";
  if (!parked && options.variant != "hot") return Plan();
  if (options.size == 0) options.size = parked ? 200 : 20'000;
  int64_t size = options.size;
  auto answered = std::make_shared<int64_t>();
  Plan plan;
  plan.operations = uint64_t(size);
  plan.run = [=, &latencies] {
    *answered = 0;
    std::binary_semaphore back(0);
    for (int64_t i = 0; i < size; ++i) {
      if (parked) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      uint64_t start = now(CLOCK_MONOTONIC);
      Runtime::submit([count = answered.get(), &back] {
        *count += 1;
        back.release();
      });
      back.acquire();
      latencies.push_back(now(CLOCK_MONOTONIC) - start);
    }
  };
  plan.verify = [=] { return *answered == size; };
  return plan;
}

template <class Runtime>
Plan plan(Options& options, std::vector<uint64_t>& latencies) {
  const std::string& workload = options.workload;
  if (workload == "fib") return planFib<Runtime>(options);
  if (workload == "skynet") return planSkynet<Runtime>(options);
  if (workload == "forksflat") return planForksFlat<Runtime>(options);
  if (workload == "forEach") return planForEach<Runtime>(options);
  if (workload == "reduce") return planReduce<Runtime>(options);
  if (workload == "cilksort") return planCilksort<Runtime>(options);
  if (workload == "ping" && Runtime::submits) return planPing<Runtime>(options, latencies);
  return Plan();
}

template <class Runtime>
int run(int count, char** arguments) {
  Options options = parse(count, arguments, Runtime::version());
  std::vector<uint64_t> latencies;
  Plan measured = plan<Runtime>(options, latencies);
  if (!measured.run) {
    std::fprintf(stderr, "error: %s does not do %s %s\n", Runtime::name, options.workload.c_str(),
                 options.variant.c_str());
    return exitUnsupported;
  }
  bool submitsFromOutside = options.workload == "ping";
  Runtime::start(options.workers, submitsFromOutside);
  if (submitsFromOutside) {
    std::binary_semaphore back(0);
    Runtime::submit([&] { back.release(); });
    back.acquire();
  } else {
    int64_t result = 0;  // the warm-up: starts the threads and the allocator
    Runtime::enter([&] { result = fib<Runtime>(20); });
    if (result != serialFib(20)) return exitWrongAnswer;
  }
  return measure(Runtime::name, options, measured, latencies);
}

}  // namespace peer
