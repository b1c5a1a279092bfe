import MillraceExecutor
import MillracePrimitives

extension Plan {
  /// A part of a plan that can be run by itself.
  public struct Selection: Sendable {
    let storage: SelectionStorage
    let plan: PlanStorage

    /// How many nodes it has.
    public var count: Int { storage.count }
  }

  /// The nodes that `targets` need, and these themselves.
  ///
  /// - Complexity: O(nodes + edges)
  public func selection(toReach targets: [any NodeHandle]) -> Selection {
    Selection(storage: SelectionStorage(storage, reaching: targets.map { storage.check($0.untyped) }), plan: storage)
  }

  /// Runs a part of the plan; the other nodes have no value, and have not run. Parameters and errors are as of `run(on:deadline:isTimed:)`.
  @discardableResult
  public func run(
    _ selection: Selection, on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil,
    isTimed: Bool = false
  ) throws -> Results {
    precondition(selection.plan === storage, "the selection is of another plan")
    return try run(storage.takeRun(), selection.storage, on: executor, deadline: deadline, isTimed: isTimed)
  }

  /// Runs a part of the plan; the calling task is suspended meanwhile, and cancelling it stops the run. Parameters and errors are as of the other `run`.
  @discardableResult
  public func run(
    _ selection: Selection, on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil,
    isTimed: Bool = false
  ) async throws -> Results {
    precondition(selection.plan === storage, "the selection is of another plan")
    return try await run(storage.takeRun(), selection.storage, on: executor, deadline: deadline, isTimed: isTimed)
  }
}

extension Results {
  /// Runs `nodes` again, with all that depends on them, and keeps what the others have computed, or come to: after what these nodes read has changed.
  ///
  /// Nodes that had no part in the run have none in this.
  ///
  /// - Throws: as ``Plan/run(on:deadline:isTimed:)``. The results are then lost.
  /// - Complexity: O(nodes + edges) to choose the nodes.
  public consuming func rerun(
    _ nodes: [any NodeHandle], on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil,
    isTimed: Bool = false
  ) throws -> Results {
    let plan = plan
    let (run, selection) = release(forgetting: nodes.map { plan.check($0.untyped) })
    return try Plan(storage: plan).run(run, selection, on: executor, deadline: deadline, isTimed: isTimed)
  }

  /// Runs `nodes` again, with all that depends on them; the calling task is suspended meanwhile, and cancelling it stops the run.
  ///
  /// - Throws: as the other `rerun`. The results are then lost.
  /// - Complexity: O(nodes + edges) to choose the nodes.
  public consuming func rerun(
    _ nodes: [any NodeHandle], on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil,
    isTimed: Bool = false
  ) async throws -> Results {
    let plan = plan
    let (run, selection) = release(forgetting: nodes.map { plan.check($0.untyped) })
    return try await Plan(storage: plan).run(run, selection, on: executor, deadline: deadline, isTimed: isTimed)
  }

  /// The run's memory without the values of `nodes` and all that depends on them, and these to be run again.
  private consuming func release(forgetting nodes: [UInt32]) -> (GraphRun, SelectionStorage) {
    let plan = plan
    let run = release()
    let selection = SelectionStorage(plan, from: nodes, of: run)
    run.clear(selection)
    return (run, selection)
  }
}

/// Which nodes a run is of, and what their counters begin with.
// SAFETY: constant.
@safe
final class SelectionStorage: @unchecked Sendable {
  /// What the counters begin with.
  private(set) var counters = GrowingArray<UInt32>()
  private(set) var sources = GrowingArray<UInt32>()
  private(set) var count = 0
  /// Nodes that are not selected keep what they have computed.
  let keepsOthers: Bool

  init(_ plan: PlanStorage, reaching targets: [UInt32]) {
    keepsOthers = false
    // Predecessor lists: where those of node `i` begin is `starts[i]`.
    var starts = [Int](repeating: 0, count: plan.count + 1)
    for node in 0..<plan.count { starts[node + 1] = starts[node] + Int(plan.inDegrees[node]) }
    var next = starts
    var predecessors = [UInt32](repeating: 0, count: starts[plan.count])
    for node in 0..<UInt32(plan.count) {
      for successor in plan.successors.of(node) {
        predecessors[next[Int(successor)]] = node
        next[Int(successor)] += 1
      }
    }
    select(plan, from: targets) { node, visit in
      for place in starts[Int(node)]..<starts[Int(node) + 1] { visit(predecessors[place]) }
    }
  }

  init(_ plan: PlanStorage, from nodes: [UInt32], of run: GraphRun) {
    keepsOthers = true
    func hadPart(_ node: UInt32) -> Bool { run.outcome(of: node) != .notRun }
    select(plan, from: nodes.filter(hadPart)) { node, visit in
      for successor in plan.successors.of(node) where hadPart(successor) { visit(successor) }
    }
    if plan.isPlain { return }
    // What those that are not run again have come to still counts.
    for node in 0..<UInt32(plan.count) where !contains(node) && hadPart(node) {
      let branch = plan.bodies.special(Int(node))?.chosenBranch(run)
      for successor in plan.successors.of(node) where contains(successor) {
        let hasRun = run.outcome(of: node) == .ran && plan.isChosen(successor, of: node, branch: branch)
        counters[Int(successor)] |= hasRun ? GraphRun.hasRun : GraphRun.hasSkipped
      }
    }
  }

  private func select(_ plan: PlanStorage, from nodes: [UInt32], _ neighbours: (UInt32, (UInt32) -> Void) -> Void) {
    counters.append(repeating: GraphRun.isLeftOut, count: plan.count)
    var stack: [UInt32] = []
    func visit(_ node: UInt32) {
      if counters[Int(node)] == 0 { return }
      counters[Int(node)] = 0
      count += 1
      stack.append(node)
    }
    for node in nodes { visit(node) }
    while let node = stack.popLast() { neighbours(node, visit) }
    for node in 0..<UInt32(plan.count) where contains(node) {
      for successor in plan.successors.of(node) { counters[Int(successor)] += 1 }
    }
    for node in 0..<UInt32(plan.count) where counters[Int(node)] == 0 { sources.append(node) }
  }

  /// Whether `node` is selected.
  func contains(_ node: UInt32) -> Bool { counters[Int(node)] & GraphRun.isLeftOut == 0 }
}
