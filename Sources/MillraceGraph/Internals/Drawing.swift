/// What pictures of a plan show: its nodes and edges, and what is known of a run.
struct Drawing {
  enum Kind: String { case task, condition, async, plan }

  let plan: PlanStorage
  let report: RunReport?
  private let criticalNodes: Set<UInt32>
  /// For each node of the critical path but the last: the next one.
  private let criticalSuccessors: [UInt32: UInt32]
  let path: RunTimeline.CriticalPath?

  init(_ plan: PlanStorage, _ report: RunReport?) {
    precondition(report.map { $0.isOf(plan) } ?? true, "the report is of a run of another plan")
    self.plan = plan
    self.report = report
    path = report?.timeline?.criticalPath()
    let nodes = path?.nodes.map(\.index) ?? []
    criticalNodes = Set(nodes)
    criticalSuccessors = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.dropFirst()))
  }

  /// Refuses pictures that nobody could look at.
  init(_ plan: PlanStorage, _ report: RunReport?, limit: Int) throws(GraphError) {
    let edges = plan.successors.targets.count
    guard plan.count <= limit && edges <= limit else { throw GraphError.size(plan.count, edges, limit) }
    self.init(plan, report)
  }

  func kind(_ node: UInt32) -> Kind {
    switch plan.bodies.special(Int(node))?.body {
    case .condition: .condition
    case .async: .async
    case .plan: .plan
    case .plain, .value, nil: .task
    }
  }

  /// Those of a condition that lead to `successor`; empty when `node` is none, or the edge is not of a branch.
  func branches(_ node: UInt32, to successor: UInt32) -> [Int] {
    plan.bodies.special(Int(node))?.branches[successor]?.sorted() ?? []
  }

  func outcome(_ node: UInt32) -> NodeOutcome? { report?.outcomes[Int(node)] }

  func time(_ node: UInt32) -> NodeTimes.Entry? { report?.timeline?.times[Int(node)] }

  func isCritical(_ node: UInt32) -> Bool { criticalNodes.contains(node) }

  /// Both lie on the critical path, one after the other.
  func isCritical(_ node: UInt32, to successor: UInt32) -> Bool {
    criticalSuccessors[node] == successor
  }

  /// What stands in a node: its name, what has become of it unless it ran, and how long it took.
  func lines(_ node: UInt32) -> [String] {
    var lines = [plan.name(node)]
    if let outcome = outcome(node), outcome != .ran { lines.append(outcome.words) }
    if let time = time(node) { lines.append(Self.text(nanoseconds: time.end - time.start)) }
    return lines
  }

  /// Three digits, and the unit that fits.
  static func text(nanoseconds: Int64) -> String {
    let units: [(name: String, size: Int64)] = [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)]
    guard let unit = units.first(where: { nanoseconds >= $0.size }) else { return "\(nanoseconds) ns" }
    let places = nanoseconds >= unit.size * 100 ? 0 : nanoseconds >= unit.size * 10 ? 1 : 2
    let scale: Int64 = [1, 10, 100][places]
    let digits = (nanoseconds * scale + unit.size / 2) / unit.size
    if places == 0 { return "\(digits) \(unit.name)" }
    return "\(digits / scale).\(String(scale + digits % scale).dropFirst()) \(unit.name)"
  }
}
