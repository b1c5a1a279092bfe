// What the C++ peers of batches share: the command line, and the measurement.
#pragma once

#include <batches.h>

#include "harness.hpp"

namespace peer {

/// What a reduction returned.
struct Answer {
  double first = 0, second = 0;
};

/// Prints the line of a kernel that `run` repeats; `run` is empty where there is none.
inline int batch(int count, char** arguments, const char* name, const std::string& version,
                 std::function<Answer(int64_t times)> (*find)(const std::string& kernel, int64_t size)) {
  Options options = parse(count, arguments, version);
  std::string kernel = options.workload.substr(options.workload.find('-') + 1);
  if (!options.variant.empty() || options.workers != 1) return exitUnsupported;
  if (!body_batch_begin(kernel.c_str(), options.size)) return exitUnsupported;
  auto run = find(kernel, options.size);
  if (!run) return exitUnsupported;
  Answer answer;
  auto time = [&](int64_t times) {
    uint64_t start = now(CLOCK_MONOTONIC);
    answer = run(times);
    return now(CLOCK_MONOTONIC) - start;
  };
  // Samples of at least 2 ms: the median of at least five, and of what fits in 60 ms.
  int64_t times = 1;
  for (;;) {
    uint64_t took = time(times);
    if (took >= 2'000'000) break;
    times *= took < 200'000 ? 8 : 2;
  }
  std::vector<double> samples;
  uint64_t start = now(CLOCK_MONOTONIC);
  while (samples.size() < 5 || now(CLOCK_MONOTONIC) - start < 60'000'000)
    samples.push_back(double(time(times)) / double(times));
  std::sort(samples.begin(), samples.end());
  bool verified = body_batch_is_right(answer.first, answer.second);
  std::printf(
      "{\"workload\":\"%s\",\"case\":\"\",\"size\":%lld,\"contender\":\"%s\",\"workers\":1,\"verified\":%s,"
      "\"operations\":%lld,\"wall_ns\":%.4f,\"cpu_ns\":0,\"peak_rss\":0}\n",
      options.workload.c_str(), (long long)options.size, name, verified ? "true" : "false",
      (long long)body_batch_operations(), samples[samples.size() / 2]);
  return verified ? 0 : exitWrongAnswer;
}

/// A kernel that leaves its answer in memory.
template <class Kernel>
std::function<Answer(int64_t)> writing(Kernel kernel) {
  return [=](int64_t times) {
    for (; times > 0; --times) kernel();
    return Answer{};
  };
}

/// A kernel that returns its answer.
template <class Kernel>
std::function<Answer(int64_t)> returning(Kernel kernel) {
  return [=](int64_t times) {
    Answer answer;
    for (; times > 0; --times) {
      answer = kernel();
      // So that the next call is not found to be the same.
      __asm__ volatile("" ::: "memory");
    }
    return answer;
  };
}

}  // namespace peer
