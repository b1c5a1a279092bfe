import MillracePrimitives

/// Which task ran where and when, be it measured or simulated.
public struct Schedule: Sendable, Hashable {
  public struct Placement: Sendable, Hashable {
    public var host: Int
    /// Of the host, from 0.
    public var core: Int
    /// Since the run began.
    public var start: Duration
    public var end: Duration
  }

  public let cluster: Cluster
  /// By task: its core, counted over all hosts.
  public let cores: [UInt32]
  /// By task, since the run began.
  public let startNanoseconds: [Int64]
  public let endNanoseconds: [Int64]
  /// From the beginning of the run to the end of its last task.
  public let makespan: Duration

  /// - Parameters: by task, all of one length; no task ends before it starts.
  public init(cluster: Cluster, cores: [UInt32], startNanoseconds: [Int64], endNanoseconds: [Int64]) {
    precondition(
      cores.count == startNanoseconds.count && cores.count == endNanoseconds.count,
      "Schedule takes as many cores as starts and ends; found \(cores.count), \(startNanoseconds.count) and \(endNanoseconds.count)"
    )
    precondition(cores.allSatisfy { $0 < cluster.coreCount }, "Schedule takes cores below \(cluster.coreCount)")
    precondition(
      zip(startNanoseconds, endNanoseconds).allSatisfy { 0 <= $0 && $0 <= $1 },
      "Schedule takes ends from their starts on")
    self.cluster = cluster
    self.cores = cores
    self.startNanoseconds = startNanoseconds
    self.endNanoseconds = endNanoseconds
    makespan = .nanoseconds(endNanoseconds.max() ?? 0)
  }

  public var taskCount: Int { cores.count }

  public subscript(task: Int) -> Placement {
    let host = cluster.host(ofCore: Int(cores[task]))
    return Placement(
      host: host, core: Int(cores[task]) - cluster.firstCores[host], start: .nanoseconds(startNanoseconds[task]),
      end: .nanoseconds(endNanoseconds[task]))
  }

  /// How near the makespan is to what is possible at best: lower bound ÷ makespan, 1 when both are 0.
  public func efficiency(_ bounds: LowerBounds) -> Double {
    makespan == .zero ? 1 : bounds.length / makespan
  }

  /// How many tasks ran at once, over time: from each time on so many, until the next. The last step is to 0.
  ///
  /// - Complexity: O(n log n).
  public func parallelism() -> [(time: Duration, running: Int)] {
    runningSteps(starts: startNanoseconds, ends: endNanoseconds).map { (.nanoseconds($0.time), $0.running) }
  }

  /// Calls `body` with the part, from 0 to 1, that a task takes of each of `count` equal columns of the makespan that it runs in.
  ///
  /// - Complexity: O(tasks + tasks running at once × columns).
  public func forEachPart(
    columns count: Int, _ body: (_ task: Int, _ column: Int, _ part: Double) -> Void
  ) {
    precondition(count > 0, "forEachPart takes at least one column; found \(count)")
    let width = (makespan / .nanoseconds(1)) / Double(count)
    for task in 0..<taskCount where endNanoseconds[task] > startNanoseconds[task] {
      let (start, end) = (Double(startNanoseconds[task]) / width, Double(endNanoseconds[task]) / width)
      for column in min(count - 1, Int(start))...min(count - 1, Int(end)) {
        let part = min(end, Double(column + 1)) - max(start, Double(column))
        if part > 0 { body(task, column, part) }
      }
    }
  }
}
