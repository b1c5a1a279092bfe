import Synchronization

/// What became of a node in a run.
public enum NodeOutcome: UInt8, Sendable, Hashable, CaseIterable {
  case ran, failed, skipped, timedOut, notRun

  /// What a counter says when the node has come to this; one that has run may also say 0.
  var mark: UInt32 { 1 << 31 | UInt32(rawValue) }
}

/// What became of the nodes of a run, by name.
public struct RunReport: Sendable, CustomStringConvertible {
  /// For each node, by its index.
  public let outcomes: [NodeOutcome]
  /// When the nodes ran; nil: the run was not timed.
  public let timeline: RunTimeline?
  private let plan: PlanStorage

  init(_ run: GraphRun) {
    let plan = unsafe run.plan
    self.init(
      plan, (0..<plan.count).map { run.outcome(of: UInt32($0)) }, run.times.map { RunTimeline($0, of: plan) })
  }

  init(_ plan: PlanStorage, _ outcomes: [NodeOutcome], _ timeline: RunTimeline?) {
    self.plan = plan
    self.outcomes = outcomes
    self.timeline = timeline
  }

  func isOf(_ plan: PlanStorage) -> Bool { self.plan === plan }

  /// Names of the nodes that came to `outcome`.
  ///
  /// - Complexity: O(nodes)
  public func names(_ outcome: NodeOutcome) -> [String] {
    outcomes.indices.filter { outcomes[$0] == outcome }.map { plan.name(UInt32($0)) }
  }

  /// How many nodes came to `outcome`.
  public func count(_ outcome: NodeOutcome) -> Int { outcomes.count { $0 == outcome } }

  public var description: String {
    NodeOutcome.allCases.compactMap { outcome in
      let count = count(outcome)
      return count == 0 ? nil : "\(count) \(outcome.words)"
    }.joined(separator: ", ")
  }
}

extension NodeOutcome {
  var words: String {
    switch self {
    case .ran: "ran"
    case .failed: "failed"
    case .skipped: "skipped"
    case .timedOut: "timed out"
    case .notRun: "not run"
    }
  }
}

extension GraphRun {
  /// When the run has ended.
  func outcome(of node: UInt32) -> NodeOutcome {
    // Relaxed: the run has ended (G2).
    let word = unsafe (counters + Int(node)).pointee.load(ordering: .relaxed)
    if word == 0 { return .ran }
    return word >> 31 == 0 ? .notRun : NodeOutcome(rawValue: UInt8(truncatingIfNeeded: word)) ?? .notRun
  }
}
