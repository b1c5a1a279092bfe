/// What the nodes of one run computed.
///
/// It owns the memory of the run, which the next run of the plan gets when this goes away.
public struct Results: ~Copyable, Sendable {
  /// Nil: given away.
  private var held: GraphRun?
  let plan: PlanStorage

  init(_ run: GraphRun, of plan: PlanStorage) {
    held = run
    self.plan = plan
  }

  deinit {
    if let held { plan.discard(held) }
  }

  /// Gives the run's memory away, with what it holds.
  consuming func release() -> GraphRun {
    held.take()!
  }

  private var run: GraphRun { held! }

  /// The output of `node`.
  ///
  /// - Precondition: the node has run; see ``value(of:)``.
  public subscript<Output>(_ node: TaskGraph.Node<Output>) -> Output {
    guard let value = value(of: node) else {
      fatalError("\(plan.name(node.index)) has no value: it \(outcome(of: node).words)")
    }
    return value
  }

  /// The output of `node`, or nil when it has not run.
  public func value<Output>(of node: TaskGraph.Node<Output>) -> Output? {
    _ = plan.check(node.untyped)
    return run.values[node.place]
  }

  /// What became of `node`.
  public func outcome(of node: some NodeHandle) -> NodeOutcome {
    return run.outcome(of: plan.check(node.untyped))
  }

  /// What nodes threw, in the order of their ends, when the graph's error policy is to continue.
  public var failures: [(node: String, error: any Error)] {
    run.failures.withLock { $0.map { (plan.name($0.node), $0.error) } }
  }

  /// What became of all nodes.
  ///
  /// - Complexity: O(nodes)
  public var report: RunReport { RunReport(run) }

  /// When the nodes ran; nil: the run was not timed. After a ``rerun(_:on:deadline:isTimed:)``: those that ran again.
  public var timeline: RunTimeline? { run.times.map { RunTimeline($0, of: plan) } }
}
