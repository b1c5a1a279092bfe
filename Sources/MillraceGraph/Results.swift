/// What the nodes of one run computed.
///
/// It owns the memory of the run, which the next run of the plan gets when this goes away.
public struct Results: ~Copyable, Sendable {
  private let run: GraphRun
  private let plan: PlanStorage

  init(_ run: GraphRun, of plan: PlanStorage) {
    self.run = run
    self.plan = plan
  }

  deinit {
    run.clear()
    plan.giveBack(run)
  }

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
    check(node)
    return run.values[node.place]
  }

  /// What became of `node`.
  public func outcome(of node: some NodeHandle) -> NodeOutcome {
    check(node)
    return run.outcome(of: node.untyped.index)
  }

  /// What became of all nodes.
  ///
  /// - Complexity: O(nodes)
  public var report: RunReport { RunReport(run) }

  private func check(_ node: some NodeHandle) {
    precondition(
      node.untyped.graph == plan.graph,
      "the node is of another graph: results are read by handles of the graph that the plan was made of")
  }
}
