import MillraceExecutor
import MillracePrimitives
import Synchronization

/// A frozen graph, which runs share.
// SAFETY: constant but for `cached` and `profiledNames`, which are atomics; bodies are `@Sendable`.
@safe
final class PlanStorage: @unchecked Sendable {
  let graph: UInt32
  let bodies: NodeBodies
  let names: NodeNames
  private let profiledNames: ProfiledNames
  let successors: SuccessorLists
  /// For each node its number of predecessors: what the counters of a run begin with.
  let inDegrees: GrowingArray<UInt32>
  /// Nodes without a predecessor.
  let sources: GrowingArray<UInt32>
  let values: ValueLayout
  /// Every node is just called.
  let isPlain: Bool
  /// A node may wait for something outside, which may need a worker.
  let waitsOutside: Bool
  let hasTriggers: Bool
  let errorPolicy: TaskGraph.ErrorPolicy
  /// A run block that nobody uses, or 0: one retain.
  private let cached = Atomic<UInt>(0)

  init(_ graph: consuming TaskGraph) throws(GraphError) {
    let count = graph.bodies.count
    let isAcyclic = graph.edges.isAscending
    self.graph = graph.id
    isPlain = graph.isPlain && graph.errorPolicy == .cancel
    errorPolicy = graph.errorPolicy
    waitsOutside = graph.waitsOutside
    hasTriggers = graph.hasTriggers
    values = graph.values
    successors = graph.edges.makeSuccessors(nodeCount: count)
    profiledNames = ProfiledNames(count: graph.names.count)
    names = graph.names
    bodies = graph.bodies
    inDegrees = successors.countPredecessors()
    var sources = GrowingArray<UInt32>()
    for node in 0..<count where inDegrees[node] == 0 { sources.append(UInt32(node)) }
    sources.trim()
    self.sources = sources
    if !isAcyclic, let cycle = findCycle() { throw GraphError.cycle(cycle.map { name($0) }) }
  }

  deinit {
    // Relaxed: nobody else is left.
    if let run = unsafe Self.run(cached.load(ordering: .relaxed)) { unsafe run.release() }
  }

  var count: Int { bodies.count }

  func name(_ node: UInt32) -> String { names[node] ?? "node \(node)" }

  /// What profiles call the node; nil: it has no name.
  func profiledName(_ node: UInt32) -> ProfileName? {
    names.place(of: node).flatMap { profiledNames.name($0, names) }
  }

  /// The index of a node of this plan.
  func check(_ node: TaskGraph.AnyNode) -> UInt32 {
    precondition(
      node.graph == graph, "the node is of another graph: use handles of the graph that the plan was made of")
    return node.index
  }

  /// Whether `successor` belongs to the branch that `node` chose, if that is a condition and has it in a branch.
  func isChosen(_ successor: UInt32, of node: UInt32, branch: Int?) -> Bool {
    guard let branch, let branches = bodies.special(Int(node))?.branches[successor] else { return true }
    return branches.contains(branch)
  }

  // MARK: Run blocks

  private static func run(_ bits: UInt) -> Unmanaged<GraphRun>? {
    unsafe UnsafeRawPointer(bitPattern: bits).map { unsafe Unmanaged.fromOpaque($0) }
  }

  /// A run block that nobody else uses.
  func takeRun() -> GraphRun {
    // G3: pairs with `giveBack`; the block travels.
    if let run = unsafe Self.run(cached.exchange(0, ordering: .acquiring)) { return unsafe run.takeRetainedValue() }
    return GraphRun(self)
  }

  /// After a run whose results nobody wants.
  func discard(_ run: GraphRun) {
    run.clear()
    giveBack(run)
  }

  func giveBack(_ run: GraphRun) {
    let bits = unsafe UInt(bitPattern: Unmanaged.passRetained(run).toOpaque())
    // G3: pairs with `takeRun`.
    if !cached.compareExchange(expected: 0, desired: bits, successOrdering: .releasing, failureOrdering: .relaxed)
      .exchanged
    {
      unsafe Self.run(bits)!.release()
    }
  }

  // MARK: Order

  /// Every node after all that it depends on. O(nodes + edges).
  func topologicalOrder() -> GrowingArray<UInt32> {
    var waiting = GrowingArray<UInt32>()
    return order(&waiting)
  }

  /// The nodes that no cycle lies before, in order. For each node that is left, `waiting` then tells how many of its predecessors are.
  private func order(_ waiting: inout GrowingArray<UInt32>) -> GrowingArray<UInt32> {
    unsafe waiting.append(UnsafeBufferPointer(start: inDegrees.base, count: count))
    var ready = GrowingArray<UInt32>()
    unsafe ready.append(UnsafeBufferPointer(start: sources.base, count: sources.count))
    var next = 0
    while next < ready.count {
      for successor in successors.of(ready[next]) {
        waiting[Int(successor)] -= 1
        if waiting[Int(successor)] == 0 { ready.append(successor) }
      }
      next += 1
    }
    return ready
  }

  /// The nodes of a cycle, in order, or nil. O(nodes + edges).
  private func findCycle() -> [UInt32]? {
    var waiting = GrowingArray<UInt32>()
    if order(&waiting).count == count { return nil }
    // What is left lies on a cycle or behind one, so each has a predecessor that is left: going back ends in a cycle.
    var predecessor = [UInt32: UInt32]()
    for node in 0..<UInt32(count) where waiting[Int(node)] > 0 {
      for successor in successors.of(node) where waiting[Int(successor)] > 0 {
        predecessor[successor] = node
      }
    }
    var place = [UInt32: Int]()
    var path: [UInt32] = []
    var node = predecessor.keys.min()!
    while place[node] == nil {
      place[node] = path.count
      path.append(node)
      node = predecessor[node]!
    }
    return path[place[node]!...].reversed()
  }
}
