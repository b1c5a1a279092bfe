/// Why a graph could not be made a plan, or could not go on.
public struct GraphError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value { case cycle, branch, size }
    private let value: Value

    /// Nodes wait for each other. ``GraphError/nodes`` names them in order.
    public static let cycle = Code(value: .cycle)
    /// A condition chose a branch that it does not have.
    public static let branch = Code(value: .branch)
    /// A picture would have more nodes or edges than anybody could look at.
    public static let size = Code(value: .size)
  }

  public let code: Code
  /// Names of the nodes that it is about.
  public let nodes: [String]

  public let description: String

  static func cycle(_ names: [String]) -> GraphError {
    let shown = names.count <= 20 ? names : names.prefix(18) + ["… (\(names.count - 19) more) …", names.last!]
    return GraphError(
      code: .cycle, nodes: names,
      description: "the graph has a cycle: \((shown + [names[0]]).joined(separator: " → "))")
  }

  static func branch(_ name: String, _ branch: Int, of count: Int) -> GraphError {
    GraphError(
      code: .branch, nodes: [name],
      description: "condition \(name) chose branch \(branch); it has \(count), numbered from 0")
  }

  static func size(_ nodes: Int, _ edges: Int, _ limit: Int) -> GraphError {
    GraphError(
      code: .size, nodes: [],
      description:
        "a picture is expected to have at most \(limit) nodes and as many edges; the plan has \(nodes) nodes and \(edges) edges"
    )
  }
}

/// A node threw, and its graph's error policy is to cancel.
public struct NodeFailure: Error, CustomStringConvertible {
  /// The node's name, or its number.
  public let node: String
  public let index: UInt32
  /// What it threw.
  public let underlying: any Error
  /// What became of the others.
  public let report: RunReport

  public var description: String { "\(node) failed: \(underlying) (\(report))" }
}
