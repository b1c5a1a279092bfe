// Task graphs, in phases. A `Runtime` supplies
//   Graph<Body>(shape, body)   `body(i)` for each node, not run yet
//   run()                      all nodes once, each after those that it depends on
// and, when a graph cannot be kept there, `graphsAreRemade`: then a run is all there is.
#pragma once

#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "bodies.h"
#include "harness.hpp"
#include "shapes.h"

namespace peer {

/// A graph as numbers: there before anything is measured.
struct Shape {
  int64_t count;
  std::vector<shape_edge> edges;

  Shape(shape_kind kind, int64_t size)
      : count(shape_node_count(kind, size)), edges(size_t(shape_edges(kind, size, nullptr))) {
    shape_edges(kind, size, edges.data());
  }
};

inline bool hasWord(const std::string& variant, const char* word) {
  std::istringstream words(variant);
  for (std::string found; std::getline(words, found, '-');) {
    if (found == word) return true;
  }
  return false;
}

inline std::optional<shape_kind> shapeKind(const Options& options) {
  const std::string& workload = options.workload;
  if (workload == "graph-chain" || workload == "graph-small") return SHAPE_CHAIN;
  if (workload == "graph-tree") return SHAPE_TREE;
  if (workload == "graph-wavefront") {
    return hasWord(options.variant, "downright") ? SHAPE_DOWN_RIGHT : SHAPE_RIGHT_DOWN;
  }
  if (workload == "graph-layered") return SHAPE_LAYERED;
  if (workload == "graph-wide") return SHAPE_WIDE;
  if (workload == "graph-build" && options.variant == "bysource") return SHAPE_LAYERED_BY_SOURCE;
  if (workload == "graph-build" && options.variant == "bytarget") return SHAPE_LAYERED;
  return std::nullopt;
}

/// What the process has in memory, in bytes: a line of /proc/self/status.
inline int64_t residentMemory(const char* name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name, 0) == 0) return std::atoll(line.c_str() + std::strlen(name)) * 1024;
  }
  return 0;
}

enum Phase { phaseBuild, phaseFirst, phaseRerun, phaseDestroy, phaseAll, phaseCount };
constexpr const char* phaseNames[] = {"build", "first", "rerun", "destroy", "all"};

/// As the Swift contenders' `Life`: a first life warms up, and its peak of memory is noted; then come lives for at least 0.2 s. A life of two seconds needs no other.
template <class Runtime, class Body>
class Life {
 public:
  uint64_t wall[phaseCount] = {}, cpu[phaseCount] = {};
  int64_t bytes = 0;
  uint32_t runs = 0;

  Life(const Shape& shape, Body body) : shape_(shape), body_(body) {}

  void measure() {
    constexpr uint64_t enough = 200'000'000, plenty = 2'000'000'000;
    uint64_t reruns = 0, lives = 1;
    std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
    int64_t baseline = residentMemory("VmRSS:");
    live([&] {
      bytes = residentMemory("VmHWM:") - baseline;
      if (wall[phaseAll] > plenty) reruns = rerun(enough);
    });
    if (reruns == 0) {
      for (int phase = 0; phase < phaseCount; ++phase) wall[phase] = cpu[phase] = 0;
      live([&] { reruns = rerun(enough); });
      for (; wall[phaseAll] < enough; ++lives) live([] {});
    }
    for (int phase = 0; phase < phaseCount; ++phase) {
      wall[phase] /= phase == phaseRerun ? reruns : lives;
      cpu[phase] /= phase == phaseRerun ? reruns : lives;
    }
  }

 private:
  const Shape& shape_;
  Body body_;
  std::optional<typename Runtime::template Graph<Body>> graph_;

  template <class F>
  void timed(Phase phase, F f) {
    uint64_t wallStart = now(CLOCK_MONOTONIC), cpuStart = now(CLOCK_PROCESS_CPUTIME_ID);
    f();
    uint64_t tookWall = now(CLOCK_MONOTONIC) - wallStart;
    uint64_t tookCPU = now(CLOCK_PROCESS_CPUTIME_ID) - cpuStart;
    wall[phase] += tookWall, cpu[phase] += tookCPU;
    if (phase != phaseRerun) wall[phaseAll] += tookWall, cpu[phaseAll] += tookCPU;
  }

  void run() {
    graph_->run();
    runs += 1;
  }

  uint64_t rerun(uint64_t enough) {
    uint64_t count = 0;
    timed(phaseRerun, [&] {
      uint64_t start = now(CLOCK_MONOTONIC);
      do {
        run();
        count += 1;
      } while (now(CLOCK_MONOTONIC) - start < enough);
    });
    return count;
  }

  template <class F>
  void live(F between) {
    timed(phaseBuild, [&] { graph_.emplace(shape_, body_); });
    timed(phaseFirst, [&] { run(); });
    between();
    timed(phaseDestroy, [&] { graph_.reset(); });
  }
};

template <class Runtime, class Body>
int phases(Options& options, const Shape& shape, const std::vector<uint32_t>& counts, Body body) {
  Life<Runtime, Body> life(shape, body);
  Runtime::enter([&] { life.measure(); });
  int reported = options.workload == "graph-build" ? phaseBuild : phaseAll;
  bool one = options.workload == "graph-build";
  for (int phase = 0; phase < phaseCount; ++phase) {
    if (hasWord(options.variant, phaseNames[phase])) reported = phase, one = true;
  }
  // What has no graph apart from its run has all in the run.
  if (Runtime::graphsAreRemade && one && reported != phaseRerun && reported != phaseAll) {
    return exitUnsupported;
  }
  double count = double(shape.count);
  std::string more =
      ",\"figures\":{\"bytes_per_op\":" + std::to_string(double(life.bytes) / count) +
      ",\"bytes_beside_edges\":" +
      std::to_string((double(life.bytes) - 4 * double(shape.edges.size())) / count) + "}";
  if (!one) {
    more += ",\"phases\":{";
    bool isFirst = true;
    for (int phase : {phaseBuild, phaseFirst, phaseRerun, phaseDestroy, phaseAll}) {
      if (Runtime::graphsAreRemade && phase != phaseRerun && phase != phaseAll) continue;
      more += std::string(isFirst ? "" : ",") + "\"" + phaseNames[phase] +
              "\":{\"wall_ns\":" + std::to_string(life.wall[phase]) +
              ",\"cpu_ns\":" + std::to_string(life.cpu[phase]) + "}";
      isFirst = false;
    }
    more += "}";
  }
  Plan plan{uint64_t(shape.count), nullptr, [&] {
              return std::all_of(counts.begin(), counts.end(),
                                 [&](uint32_t count) { return count == life.runs; });
            }};
  Measured measured{life.wall[reported], life.cpu[reported], {}};
  return report(Runtime::name, options, plan, measured, more);
}

/// A chain of 32 nodes, run again and again. An operation is a run.
template <class Runtime, class Body>
int smallGraph(Options& options, const Shape& shape, const std::vector<uint32_t>& counts, Body body) {
  constexpr uint64_t runs = 1'000;
  uint64_t all = 0;
  bool isOutside = options.variant == "outside";
  if (isOutside && Runtime::graphsAreRemade) return exitUnsupported;
  std::optional<typename Runtime::template Graph<Body>> graph;
  Plan plan{runs,
            [&] {
              for (uint64_t i = 0; i < runs; ++i) graph->run();
              all += runs;
            },
            [&] {
              return std::all_of(counts.begin(), counts.end(),
                                 [&](uint32_t count) { return count == all; });
            }};
  Measured measured;
  Runtime::enter([&] {
    graph.emplace(shape, body);
    if (!isOutside) measured = repeat(plan);
  });
  if (isOutside) measured = repeat(plan);
  return report(Runtime::name, options, plan, measured);
}

template <class Runtime>
int graphs(Options& options) {
  std::optional<shape_kind> kind = shapeKind(options);
  if (!kind) return exitUnsupported;
  bool isSmall = options.workload == "graph-small";
  if (isSmall) options.size = 32;
  if (options.size == 0) options.size = 1'000'000;
  Shape shape(*kind, options.size);
  std::vector<uint32_t> counts(size_t(shape.count));
  Runtime::start(options.workers, false);
  uint32_t* places = counts.data();
  if (isSmall) {
    return smallGraph<Runtime>(options, shape, counts, [places](int64_t i) { places[i] += 1; });
  }
  if (hasWord(options.variant, "body200")) {
    return phases<Runtime>(options, shape, counts, [places](int64_t i) {
      places[i] += 1;
      body_two_hundred_nanoseconds(uint64_t(i));
    });
  }
  return phases<Runtime>(options, shape, counts, [places](int64_t i) { places[i] += 1; });
}

}  // namespace peer
