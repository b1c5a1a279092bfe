import MillracePrimitives

/// When a node ran, and where.
public struct NodeTime: Sendable, Hashable {
  /// The node's position in its graph.
  public let index: UInt32
  /// The node's name, or its number.
  public let name: String
  /// Since the run began. Of a node that was tried again: of the last attempt.
  public let start: Duration
  public let end: Duration
  /// Its number in the executor. Nil for nodes that hold no worker: tasks, and runs of other plans.
  public let worker: Int?

  public var duration: Duration { end - start }
}

/// When the nodes of a run were run: see ``Plan/run(on:deadline:isTimed:)``.
///
/// ```swift
/// let results = try plan.run(isTimed: true)
/// let path = results.timeline!.criticalPath()
/// print(path.nodes.map(\.name), path.length)
/// ```
///
/// A node's time is from its beginning to its end, by the clock: also what its thread did meanwhile for others, when it waited in a `join` or a run of its own.
public struct RunTimeline: Sendable {
  let times: NodeTimes
  private let plan: PlanStorage

  init(_ times: NodeTimes, of plan: PlanStorage) {
    self.times = times
    self.plan = plan
  }

  /// Of the whole run.
  public var duration: Duration { .nanoseconds(times.duration) }

  /// Nil: the node has not run.
  public subscript(node: some NodeHandle) -> NodeTime? { time(Int(plan.check(node.untyped))) }

  /// All nodes that have run, in the order of their starts.
  ///
  /// - Complexity: O(n log n)
  public var nodes: [NodeTime] {
    (0..<times.count).compactMap(time).sorted { ($0.start, $0.index) < ($1.start, $1.index) }
  }

  private func time(_ node: Int) -> NodeTime? {
    times[node].map {
      NodeTime(
        index: UInt32(node), name: plan.name(UInt32(node)), start: .nanoseconds($0.start), end: .nanoseconds($0.end),
        worker: $0.worker < 0 ? nil : Int($0.worker))
    }
  }

  // MARK: What it comes to

  /// The nodes that took longest one after the other, each one waiting for the one before.
  public struct CriticalPath: Sendable {
    public let nodes: [NodeTime]
    /// Of their times: what the run cannot undercut with any number of workers.
    public let length: Duration
  }

  /// - Complexity: O(nodes + edges)
  public func criticalPath() -> CriticalPath {
    let count = times.count
    /// By node: how long the longest path up to it takes, and the node before.
    var lengths = Array(repeating: 0 as Int64, count: count)
    var before = Array(repeating: UInt32.max, count: count)
    let order = plan.topologicalOrder()
    for place in 0..<order.count {
      let node = order[place]
      // Nodes that were skipped take no time, but others have waited for them.
      lengths[Int(node)] += times[Int(node)].map { $0.end - $0.start } ?? 0
      for successor in plan.successors.of(node) where lengths[Int(node)] > lengths[Int(successor)] {
        lengths[Int(successor)] = lengths[Int(node)]
        before[Int(successor)] = node
      }
    }
    guard let longest = lengths.max(), var node = lengths.firstIndex(of: longest) else {
      return CriticalPath(nodes: [], length: .zero)
    }
    var path: [NodeTime] = []
    while true {
      if let time = time(node) { path.append(time) }
      if before[node] == .max { break }
      node = Int(before[node])
    }
    return CriticalPath(nodes: path.reversed(), length: .nanoseconds(longest))
  }

  /// How many nodes ran at once.
  public struct Parallelism: Sendable {
    /// Over the length of the run.
    public let average: Double
    public let maximum: Int
    /// From each time on so many, until the next. The last is 0.
    public let steps: [(time: Duration, running: Int)]
  }

  /// - Complexity: O(n log n)
  public func parallelism() -> Parallelism {
    let ran = (0..<times.count).compactMap { times[$0] }
    let steps = runningSteps(starts: ran.map(\.start), ends: ran.map(\.end))
    let busy = ran.reduce(0) { $0 + ($1.end - $1.start) }
    return Parallelism(
      average: times.duration > 0 ? Double(busy) / Double(times.duration) : 0,
      maximum: steps.map(\.running).max() ?? 0, steps: steps.map { (.nanoseconds($0.time), $0.running) })
  }
}
