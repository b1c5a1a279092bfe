/// A node that needs more than being called.
// SAFETY: changed only while the graph is built, by one thread.
@safe
final class SpecialNode: @unchecked Sendable {
  enum Body {
    /// What an ordinary node does, which has options.
    case plain(NodeBodies.Words)
    /// Its inputs and its output are values of the run.
    case value(@Sendable (GraphRun) throws -> Void)
    /// Chooses a branch.
    case condition(@Sendable (GraphRun) throws -> Int)
    /// Runs as a task.
    case async(@Sendable (GraphRun) async throws -> Void)
    /// Runs another plan, perhaps again and again. Told how often it has.
    case plan(@Sendable (GraphRun, _ times: Int) throws -> Subrun)
  }

  let body: Body
  var options = NodeOptions()
  /// Of a condition: the branches that each of these successors belongs to.
  var branches: [UInt32: Set<Int>] = [:]
  var branchCount = 0
  /// Of a condition: its output.
  var branchPlace: ValuePlace<Int>?

  init(_ body: Body) { self.body = body }

  /// Of a condition that has run in `run`.
  func chosenBranch(_ run: GraphRun) -> Int? { branchPlace.flatMap { run.values[$0] } }

  deinit { if case .plain(let words) = body { NodeBodies.release(words) } }

  /// In an order that is the same for all nodes, so that two which want the same units never wait for each other.
  func orderLimits() { options.limits.sort { $0.number < $1.number } }
}

/// A run of another plan, for a node, and what is to be done with what it has computed.
struct Subrun {
  let plan: PlanStorage
  /// True: the node is to run another.
  let finish: @Sendable (consuming Results) throws -> Bool
}
