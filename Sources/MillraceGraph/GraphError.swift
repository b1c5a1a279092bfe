/// Why a graph could not be made a plan.
public struct GraphError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value { case cycle }
    private let value: Value

    /// Nodes wait for each other. ``GraphError/nodes`` names them in order.
    public static let cycle = Code(value: .cycle)
  }

  public let code: Code
  /// Names of the nodes that it is about.
  public let nodes: [String]

  static func cycle(_ names: [String]) -> GraphError { GraphError(code: .cycle, nodes: names) }

  public var description: String {
    let shown = nodes.count <= 20 ? nodes : nodes.prefix(19) + ["… (\(nodes.count - 20) more)", nodes.last!]
    return "the graph has a cycle: \((shown + [nodes[0]]).joined(separator: " → "))"
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
