/// What no schedule of a workflow on a cluster can be shorter than.
public struct LowerBounds: Sendable, Hashable {
  /// The tasks that take longest one after the other, each one waiting for the one before.
  public let criticalPath: [Int]
  /// How long they take on the fastest host.
  public let criticalPathLength: Duration
  /// All run times together, shared by all cores evenly: total work ÷ workers.
  public let sharedWork: Duration

  /// The larger one.
  public var length: Duration { max(criticalPathLength, sharedWork) }

  /// - Complexity: O(tasks + dependencies).
  public init(_ workflow: RecordedWorkflow, on cluster: Cluster) {
    let times = RunTimes(workflow, on: cluster)
    let remaining = workflow.remainingPaths(times)
    criticalPathLength = .nanoseconds(remaining.max()!)
    criticalPath = workflow.criticalPath(remaining, times)
    if cluster.hosts[0].speedInMHz == nil {
      let total = workflow.runNanoseconds.reduce(0, +)
      let (share, rest) = total.quotientAndRemainder(dividingBy: Int64(cluster.coreCount))
      sharedWork = .nanoseconds(share + (rest > 0 ? 1 : 0))
    } else {
      let total = (0..<workflow.taskCount).reduce(0) { $0 + times.cycles(ofTask: $1) }
      let speed = cluster.hosts.reduce(0) { $0 + Double($1.cores) * $1.speedInMHz! }
      // The sum of n roundings may be a little too large.
      sharedWork = .nanoseconds(Int64(total / speed * (1 - 0x1p-52 * Double(workflow.taskCount))))
    }
  }
}

extension RecordedWorkflow {
  /// By task: how long it and the longest path of those that wait for it take, on the fastest host and without transfers. HEFT calls this the upward rank
  /// (Topcuoglu, Hariri & Wu 2002, DOI 10.1109/71.993206; there, run times are means over the hosts).
  func remainingPaths(_ times: RunTimes) -> [Int64] {
    var remaining = Array(repeating: 0 as Int64, count: taskCount)
    for task in topologicalOrder.reversed() {
      let longest = children[Int(task)].lazy.map { remaining[Int($0)] }.max() ?? 0
      remaining[Int(task)] = longest + times.nanoseconds(ofTask: Int(task), onHost: times.fastestHost)
    }
    return remaining
  }

  /// Of equally long paths, the one of the lowest tasks from the first on.
  fileprivate func criticalPath(_ remaining: [Int64], _ times: RunTimes) -> [Int] {
    let longest = remaining.max()!
    var path = [remaining.indices.first { parents[$0].isEmpty && remaining[$0] == longest }!]
    while let task = path.last {
      let rest = remaining[task] - times.nanoseconds(ofTask: task, onHost: times.fastestHost)
      guard let next = children[task].first(where: { remaining[Int($0)] == rest }) else { break }
      path.append(Int(next))
    }
    return path
  }
}
