import Millrace
import MillracePrimitives

/// What the nodes of a drawn graph did, and which promises were broken.
final class Record: Sendable {
  private struct State {
    var order: [String] = []
    var attempts: [Int: Int] = [:]
    /// How often a node has succeeded, and with what.
    var successes: [Int: Int] = [:]
    var values: [Int: UInt64] = [:]
    var loops: [Int: Int] = [:]
    var inside = [0, 0]
    var complaints: [String] = []
  }

  // Not a `Mutex`, which ThreadSanitizer does not see.
  private let state = Lock(State())
  let limits = [ResourceLimit("one", count: 1), ResourceLimit("two", count: 2)]
  /// Of naps, of delays between attempts, and of timeouts.
  let unit: Duration
  private let takesTime: Bool

  /// `takesTime`: naps do; else they are a place where somebody else may go on.
  init(unit: Duration, takesTime: Bool = false) {
    self.unit = unit
    self.takesTime = takesTime
  }

  func nap(_ units: Int) async throws {
    guard takesTime else { return await Task.yield() }
    // Sleeping, which a test may only in a simulation.
    let wait: (Deadline, Duration?) async throws -> Void = TimerClock().sleep
    try await wait(.now + unit * units, nil)
  }

  /// Beginnings and ends, in order.
  var order: [String] { state.withLock { $0.order } }
  var complaints: [String] { state.withLock { $0.complaints } }
  func attempts(_ id: Int) -> Int { state.withLock { $0.attempts[id, default: 0] } }

  /// An attempt begins. Returns its number since the record began, from 1, and what the node's predecessors have computed.
  func begin(_ node: DrawnGraph.Node, in graph: DrawnGraph, holds: Bool = true) -> (attempt: Int, inputs: [UInt64]) {
    state.withLock { state in
      state.order.append("+\(node.id)")
      state.attempts[node.id, default: 0] += 1
      if holds {
        for limit in node.limits {
          state.inside[limit] += 1
          if state.inside[limit] > limits[limit].count { state.complaints.append("\(limits[limit]) is exceeded") }
        }
      }
      let known = node.predecessors.compactMap { state.values[graph.nodes[$0].id] }
      return (state.attempts[node.id]!, known)
    }
  }

  /// `value`: nil: it failed.
  func end(_ node: DrawnGraph.Node, _ value: UInt64?) {
    state.withLock { state in
      state.order.append((value == nil ? "!" : "-") + "\(node.id)")
      for limit in node.limits { state.inside[limit] -= 1 }
      guard let value else { return }
      state.successes[node.id, default: 0] += 1
      state.values[node.id] = value
    }
  }

  /// All that lies before the node has been done more often than it has.
  func check(_ node: DrawnGraph.Node, after others: [Int]) {
    state.withLock { state in
      let own = state.successes[node.id, default: 0]
      for other in others where state.successes[other, default: 0] <= own {
        state.complaints.append("\(node.id) runs before \(other)")
      }
    }
  }

  func complain(_ text: String) { state.withLock { $0.complaints.append(text) } }

  func countRound(of id: Int) -> Int {
    state.withLock { state in
      state.loops[id, default: 0] += 1
      return state.loops[id]!
    }
  }

  /// These are run again.
  func forget(_ ids: [Int]) {
    state.withLock { state in
      for id in ids {
        state.attempts[id] = nil
        state.successes[id] = nil
        state.values[id] = nil
        state.loops[id] = nil
      }
    }
  }
}

struct PlannedFailure: Error, Equatable { let id: Int }

extension DrawnGraph {
  /// The graph, whose nodes tell `record`, and its handles by position.
  func plan(_ record: Record) throws -> (plan: Plan, nodes: [TaskGraph.AnyNode]) {
    var graph = TaskGraph()
    let nodes = build(&graph, record).map(\.any)
    return (try graph.finalize(), nodes)
  }

  typealias Handle = (any: TaskGraph.AnyNode, typed: TaskGraph.Node<UInt64>?)

  private func build(_ graph: inout TaskGraph, _ record: Record) -> [Handle] {
    graph.errorPolicy = policy
    var attempts: [Int: ClosedRange<Int>] = [:]
    let expected = expectations(&attempts)
    var handles: [Handle] = []
    var conditions: [Int: TaskGraph.Node<Int>] = [:]
    for (position, node) in nodes.enumerated() {
      let before = node.predecessors.filter { expected[$0].outcome == .ran && nodes[$0].hasValue }.map { nodes[$0].id }
      let inputs = node.predecessors.compactMap { handles[$0].typed }
      let handle = add(node, inputs, after: before, to: &graph, record, &conditions[position])
      handles.append(handle)
      configure(handle.any, node, &graph, record)
      for other in node.predecessors {
        if let branches = node.branches[other] {
          for branch in branches.sorted() { graph.addBranch(branch, of: conditions[other]!, to: handle.any) }
        } else {
          graph.precede(handles[other].any, handle.any)
        }
      }
    }
    return handles
  }

  private func configure(
    _ handle: TaskGraph.AnyNode, _ node: Node, _ graph: inout TaskGraph, _ record: Record
  ) {
    let isPlain = node.attempts == 1 && node.limits.isEmpty && !node.isBlocking && node.priority == .medium
    var isEndless = false
    if case .endless = node.kind { isEndless = true }
    if isPlain, node.trigger == .allRan, !isEndless { return }
    graph.configure(handle) {
      if node.attempts > 1 { $0.retry = .init(attempts: node.attempts, delay: record.unit * node.backoff) }
      $0.limits = node.limits.map { record.limits[$0] }
      $0.isBlocking = node.isBlocking
      $0.priority = node.priority
      $0.trigger = node.trigger
      if isEndless { $0.timeout = record.unit }
    }
  }

  private func add(
    _ node: Node, _ inputs: [TaskGraph.Node<UInt64>], after before: [Int], to graph: inout TaskGraph,
    _ record: Record, _ condition: inout TaskGraph.Node<Int>?
  ) -> Handle {
    /// What a body does.
    @Sendable func work() throws -> UInt64 {
      record.check(node, after: before)
      let (attempt, known) = record.begin(node, in: self)
      if attempt <= node.failures {
        record.end(node, nil)
        throw PlannedFailure(id: node.id)
      }
      record.end(node, node.value(known))
      return node.value(known)
    }
    /// Inputs come along the edges, too.
    @Sendable func checkInputs(_ values: [UInt64], _ known: [UInt64]) {
      if !values.allSatisfy(known.contains) { record.complain("\(node.id) has inputs \(values) instead of \(known)") }
    }
    let name = "\(node.id)"
    switch node.kind {
    case .nothing: return (graph.addNode(name).untyped, nil)
    case .plain(isShared: false): return (graph.addNode(name) { _ = try work() }.untyped, nil)
    case .plain(isShared: true): return (graph.addNodes(count: 1) { _ in _ = try work() }[0].untyped, nil)
    case .value:
      let handle = graph.addNode(name, fromAll: inputs) { values in
        let known = record.known(node, in: self)
        checkInputs(values, known)
        return try work()
      }
      return (handle.untyped, handle)
    case .async(let yields, let naps):
      @Sendable func body() async throws -> UInt64 {
        record.check(node, after: before)
        let (attempt, known) = record.begin(node, in: self)
        do {
          for _ in 0..<yields { await Task.yield() }
          for nap in 0..<naps { try await record.nap(nap + 1) }
          if attempt <= node.failures { throw PlannedFailure(id: node.id) }
        } catch {
          record.end(node, nil)
          throw error
        }
        record.end(node, node.value(known))
        return node.value(known)
      }
      let handle =
        switch inputs.count {
        case 0: graph.addAsyncNode(name) { try await body() }
        case 1:
          graph.addAsyncNode(name, from: inputs[0]) {
            checkInputs([$0], record.known(node, in: self))
            return try await body()
          }
        default:
          graph.addAsyncNode(name, from: inputs[0], inputs[1]) {
            checkInputs([$0, $1], record.known(node, in: self))
            return try await body()
          }
        }
      return (handle.untyped, handle)
    case .endless:
      let handle = graph.addAsyncNode(name) {
        record.check(node, after: before)
        _ = record.begin(node, in: self)
        defer { record.end(node, nil) }
        try await untilCancelled()
      }
      return (handle.untyped, nil)
    case .condition(let branches, let choice):
      let handle = graph.addCondition(name, branches: branches) {
        _ = try work()
        return choice
      }
      condition = handle
      return (handle.untyped, nil)
    case .loop(let inner, let until, let atMost):
      let (plan, first) = inner.innerPlan(record)
      let handle = graph.addLoop(
        name, running: plan, atMost: atMost,
        // Not asked after the last round that is allowed.
        until: { _ in until < atMost && record.countRound(of: node.id) % until == 0 },
        output: { results in record.finish(node, DrawnGraph.worth(first.flatMap { results.value(of: $0) })) })
      return (handle.untyped, handle)
    case .plan(let inner):
      let (plan, first) = inner.innerPlan(record)
      let handle = graph.addNode(name, running: plan) { results in
        record.finish(node, DrawnGraph.worth(first.flatMap { results.value(of: $0) }))
      }
      return (handle.untyped, handle)
    case .subgraph(let inner):
      let handle = graph.addSubgraph(name) { (graph: inout TaskGraph) in
        record.check(node, after: before)
        let handles = inner.build(&graph, record)
        let first = inner.firstTyped.map { inner.nodes[$0].id }
        let end = graph.addNode("end of \(name)") {
          record.finish(node, DrawnGraph.worth(first.flatMap { record.value($0) }))
        }
        for handle in handles { graph.precede(handle.any, end) }
        graph.configure(end) { $0.trigger = .always }
        return end
      }
      return (handle.untyped, handle)
    }
  }

  private func innerPlan(_ record: Record) -> (Plan, TaskGraph.Node<UInt64>?) {
    var graph = TaskGraph()
    let handles = build(&graph, record)
    return (try! graph.finalize(), firstTyped.flatMap { handles[$0].typed })
  }
}

extension Record {
  /// What the predecessors of a node have computed.
  func known(_ node: DrawnGraph.Node, in graph: DrawnGraph) -> [UInt64] {
    node.predecessors.compactMap { value(graph.nodes[$0].id) }
  }

  func value(_ id: Int) -> UInt64? { state.withLock { $0.values[id] } }

  /// A node that runs a graph has run it, which is worth `worth`.
  func finish(_ node: DrawnGraph.Node, _ worth: UInt64) -> UInt64 {
    end(node, node.value([worth]))
    return node.value([worth])
  }
}
