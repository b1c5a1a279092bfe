import Millrace

/// A random graph with everything that a graph can have, and what must come of it whatever the order: a plain model.
struct DrawnGraph: Sendable {
  indirect enum Kind: Sendable {
    case nothing
    /// `isShared`: added by `addNodes`.
    case plain(isShared: Bool)
    case value
    case async(yields: Int, naps: Int)
    /// An async node that only its timeout ends.
    case endless
    case condition(branches: Int, choice: Int)
    case loop(DrawnGraph, until: Int, atMost: Int)
    case subgraph(DrawnGraph)
    case plan(DrawnGraph)
  }

  struct Node: Sendable {
    /// One of its own, in all graphs that are drawn together.
    let id: Int
    let kind: Kind
    /// Positions in the graph.
    var predecessors: [Int] = []
    /// For predecessors that are conditions: to which branches it belongs.
    var branches: [Int: Set<Int>] = [:]
    /// So many attempts fail.
    var failures = 0
    var attempts = 1
    /// In units of time.
    var backoff = 0
    var trigger = NodeOptions.Trigger.allRan
    var priority = NodeOptions.Priority.medium
    /// Which of the record's limits it needs.
    var limits: [Int] = []
    var isBlocking = false
  }

  var nodes: [Node] = []
  var policy = TaskGraph.ErrorPolicy.continue

  /// `failing`: nodes may fail for good.
  init(seed: UInt64, mostNodes: Int = 14, policy: TaskGraph.ErrorPolicy, failing: Bool = true) {
    var (random, ids) = (RandomGraph.Seeded(seed), 0)
    self.init(&random, &ids, mostNodes: mostNodes, depth: 0, policy: policy, failing: failing)
  }

  private init(
    _ random: inout RandomGraph.Seeded, _ ids: inout Int, mostNodes: Int, depth: Int, policy: TaskGraph.ErrorPolicy,
    failing: Bool
  ) {
    self.policy = policy
    let count = 1 + random.below(mostNodes)
    for position in 0..<count {
      let kind = Self.kind(&random, &ids, depth: depth, failing: failing)
      ids += 1
      var node = Node(id: ids - 1, kind: kind)
      for _ in 0..<random.below(4) where position > 0 {
        let other = random.below(position)
        if !node.predecessors.contains(other) { node.predecessors.append(other) }
        if case .condition(let branches, _) = nodes[other].kind, random.below(4) > 0 {
          node.branches[other] = Set((0..<1 + random.below(2)).map { _ in random.below(branches) })
        }
      }
      node.drawOptions(&random, failing: failing, isInner: depth > 0)
      nodes.append(node)
    }
  }

  private static func kind(
    _ random: inout RandomGraph.Seeded, _ ids: inout Int, depth: Int, failing: Bool
  ) -> Kind {
    func inner() -> DrawnGraph {
      DrawnGraph(
        &random, &ids, mostNodes: 5, depth: depth + 1, policy: random.below(2) == 0 ? .cancel : .continue,
        failing: failing && random.below(4) == 0)
    }
    switch random.below(depth < 2 ? 17 : 14) {
    case 0: return .nothing
    case 1...3: return .plain(isShared: false)
    case 4: return .plain(isShared: true)
    case 5...7: return .value
    case 8...11: return .async(yields: random.below(4), naps: random.below(3))
    case 12: return failing ? .endless : .value
    case 13:
      let branches = 1 + random.below(3)
      return .condition(branches: branches, choice: random.below(branches))
    case 14: return .loop(inner(), until: 1 + random.below(3), atMost: 1 + random.below(3))
    case 15: return .subgraph(inner())
    default: return .plan(inner())
    }
  }
}

extension DrawnGraph.Node {
  fileprivate mutating func drawOptions(_ random: inout RandomGraph.Seeded, failing: Bool, isInner: Bool) {
    if random.below(3) == 0 { priority = random.below(2) == 0 ? .low : .high }
    switch kind {
    // Its inputs must be there, or it has none of its own.
    case .nothing, .value, .async, .endless: break
    default: trigger = [.allRan, .allRan, .anyRan, .always][random.below(4)]
    }
    switch kind {
    case .nothing, .loop, .subgraph, .plan: return
    default: break
    }
    if random.below(3) == 0 {
      attempts = 1 + random.below(3)
      backoff = random.below(3)
    }
    // An inner graph is run again and again, and is to fare the same each time.
    if case .endless = kind {
      // It is to be late, and not to fail.
    } else if isInner {
      if failing, random.below(5) == 0 { failures = .max }
    } else if random.below(4) == 0 {
      failures = failing ? random.below(4) : random.below(attempts)
    }
    if random.below(3) == 0 { limits = [[0], [1], [0, 1], [1, 0]][random.below(4)] }
    if case .plain = kind { isBlocking = random.below(4) == 0 }
  }

  /// It has a value that others can take as an input.
  var isTyped: Bool {
    switch kind {
    case .value, .async, .loop, .subgraph, .plan: true
    default: false
    }
  }
}

extension RandomGraph.Seeded {
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}

// MARK: - The model

/// What must come of a node when nothing stops the run.
struct Expectation {
  var outcome: NodeOutcome
  /// Of a node that ran.
  var value: UInt64 = 0
}

extension DrawnGraph {
  /// By position. `attempts`: how often the body of each node is called, by its id; `runs`: of this graph.
  func expectations(runs: ClosedRange<Int> = 1...1, _ attempts: inout [Int: ClosedRange<Int>]) -> [Expectation] {
    var all: [Expectation] = []
    for node in nodes {
      let arrived = node.predecessors.map { other in
        var isChosen = true
        if let branches = node.branches[other], case .condition(_, let choice) = nodes[other].kind {
          isChosen = branches.contains(choice)
        }
        return all[other].outcome == .ran && isChosen
      }
      let isToRun =
        switch node.trigger {
        case .allRan: arrived.allSatisfy(\.self)
        case .anyRan: arrived.isEmpty || arrived.contains(true)
        case .always: true
        }
      let ran = node.predecessors.filter { all[$0].outcome == .ran && nodes[$0].hasValue }
      let inputs = ran.map { all[$0].value }
      all.append(isToRun ? node.expectation(inputs, runs, &attempts) : Expectation(outcome: .skipped))
    }
    if policy == .cancel, all.contains(where: { $0.outcome == .failed || $0.outcome == .timedOut }) {
      // Some are not reached.
      for id in ids { attempts[id] = attempts[id].map { 0...$0.upperBound } }
    }
    return all
  }

  /// Of all nodes, inner ones included.
  var ids: [Int] {
    nodes.flatMap { node in [node.id] + (node.inner?.ids ?? []) }
  }

  /// What a run of it is worth to the node that runs it.
  static func worth(_ value: UInt64?) -> UInt64 { value ?? 7 }

  /// The node whose value that is.
  var firstTyped: Int? { nodes.firstIndex { $0.isTyped } }
}

extension DrawnGraph.Node {
  var inner: DrawnGraph? {
    switch kind {
    case .loop(let inner, _, _), .subgraph(let inner), .plan(let inner): inner
    default: nil
    }
  }

  var hasValue: Bool { if case .nothing = kind { false } else { true } }

  /// Of its number and of what its predecessors computed.
  func value(_ inputs: [UInt64]) -> UInt64 {
    inputs.reduce(UInt64(id) &+ 1) { ($0 ^ $1) &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
  }

  fileprivate func expectation(
    _ inputs: [UInt64], _ runs: ClosedRange<Int>, _ attempts: inout [Int: ClosedRange<Int>]
  ) -> Expectation {
    func tried(_ count: Int) { attempts[id] = runs.lowerBound * count...runs.upperBound * count }
    switch kind {
    case .nothing: return Expectation(outcome: .ran)
    case .plain, .value, .async, .condition:
      tried(min(failures == .max ? .max : failures + 1, self.attempts))
      return failures < self.attempts ? Expectation(outcome: .ran, value: value(inputs)) : Expectation(outcome: .failed)
    case .endless:
      // On workers its time may be over before it begins.
      attempts[id] = 0...runs.upperBound * self.attempts
      return Expectation(outcome: .timedOut)
    case .loop(let inner, let until, let atMost):
      return innerExpectation(inner, times: min(until, atMost), runs, &attempts)
    case .subgraph(let inner), .plan(let inner):
      return innerExpectation(inner, times: 1, runs, &attempts)
    }
  }

  private func innerExpectation(
    _ inner: DrawnGraph, times: Int, _ runs: ClosedRange<Int>, _ attempts: inout [Int: ClosedRange<Int>]
  ) -> Expectation {
    let all = inner.expectations(runs: runs.lowerBound * times...runs.upperBound * times, &attempts)
    if inner.policy == .cancel, all.contains(where: { $0.outcome == .failed || $0.outcome == .timedOut }) {
      return Expectation(outcome: .failed)
    }
    let first = inner.firstTyped.flatMap { all[$0].outcome == .ran ? all[$0].value : nil }
    return Expectation(outcome: .ran, value: value([DrawnGraph.worth(first)]))
  }
}
