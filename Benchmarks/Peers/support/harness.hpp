// What the C++ peers share: the command line, the measurement and the line of JSON.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace peer {

enum ExitCode { exitWrongAnswer = 1, exitUsage = 2, exitUnsupported = 3 };

struct Options {
  std::string workload;
  std::string variant;  // `--case`; "" when the workload has none
  int workers = 1;
  int64_t size = 0;  // 0: the workload's default
};

/// One workload, ready to be measured.
struct Plan {
  uint64_t operations = 0;
  std::function<void()> run;     // measured, called on a worker of the runtime
  std::function<bool()> verify;  // after all repetitions, not measured
};

/// What was measured, for one repetition.
struct Measured {
  uint64_t wall = 0;
  uint64_t cpu = 0;
  std::vector<uint64_t> latencies;  // of `ping` only
};

inline uint64_t now(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return uint64_t(time.tv_sec) * 1'000'000'000 + uint64_t(time.tv_nsec);
}

inline Options parse(int count, char** arguments, const std::string& version) {
  Options options;
  for (int i = 1; i < count; ++i) {
    std::string name = arguments[i];
    if (name == "--version") {
      std::puts(version.c_str());
      std::exit(0);
    }
    if (i + 1 == count) {
      std::fprintf(stderr, "error: %s needs a value\n", name.c_str());
      std::exit(exitUsage);
    }
    std::string value = arguments[++i];
    if (name == "--workload") {
      options.workload = value;
    } else if (name == "--case") {
      options.variant = value;
    } else if (name == "--workers") {
      options.workers = std::atoi(value.c_str());
    } else if (name == "--size") {
      options.size = std::atoll(value.c_str());
    } else {
      std::fprintf(stderr, "error: unknown option %s\n", name.c_str());
      std::exit(exitUsage);
    }
  }
  if (options.workers < 1 || options.size < 0) {
    std::fprintf(stderr, "error: --workers and --size must be positive\n");
    std::exit(exitUsage);
  }
  return options;
}

/// Runs the plan once to warm up and then for at least 0.2 s. A first run of seconds needs no other.
inline Measured repeat(const Plan& plan) {
  constexpr uint64_t enough = 200'000'000, plenty = 2'000'000'000;
  uint64_t wall = 0, cpu = 0, wallStart = 0, cpuStart = 0;
  auto start = [&] { wallStart = now(CLOCK_MONOTONIC), cpuStart = now(CLOCK_PROCESS_CPUTIME_ID); };
  auto run = [&] {
    plan.run();
    wall = now(CLOCK_MONOTONIC) - wallStart, cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpuStart;
  };
  start();
  run();
  uint64_t repetitions = 1;
  if (wall < plenty) {
    start();
    for (run(); wall < enough; ++repetitions) run();
  }
  return Measured{wall / repetitions, cpu / repetitions, {}};
}

/// Prints the line and returns the exit code.
inline int report(const char* contender, const Options& options, const Plan& plan,
                  Measured& measured, const std::string& more = "") {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  bool verified = plan.verify();
  std::printf(
      "{\"workload\":\"%s\",\"case\":\"%s\",\"size\":%lld,\"contender\":\"%s\",\"workers\":%d,"
      "\"verified\":%s,\"operations\":%llu,\"wall_ns\":%llu,\"cpu_ns\":%llu,\"peak_rss\":%llu",
      options.workload.c_str(), options.variant.c_str(), (long long)options.size, contender,
      options.workers, verified ? "true" : "false", (unsigned long long)plan.operations,
      (unsigned long long)measured.wall, (unsigned long long)measured.cpu,
      (unsigned long long)usage.ru_maxrss * 1024);
  if (!measured.latencies.empty()) {
    std::vector<uint64_t>& sorted = measured.latencies;
    std::sort(sorted.begin(), sorted.end());
    std::printf(",\"latencies_ns\":{\"p50\":%llu,\"p99\":%llu}",
                (unsigned long long)sorted[sorted.size() / 2],
                (unsigned long long)sorted[sorted.size() * 99 / 100]);
  }
  std::puts((more + "}").c_str());
  return verified ? 0 : exitWrongAnswer;
}

}  // namespace peer
