import MillracePrimitives
import Synchronization

/// Work in pieces that depend on each other, under construction. ``finalize()`` makes it a ``Plan``, which runs any number of times.
///
/// ```swift
/// var graph = TaskGraph()
/// let text = graph.addNode("read") { "b a c" }
/// let words = graph.addNode("split", from: text) { $0.split(separator: " ").map(String.init) }
/// let count = graph.addNode("count", from: words) { $0.count }
/// let first = graph.addNode("first", from: words) { $0.min()! }
/// let results = try graph.finalize().run()
/// print(results[count], results[first])  // 3 a
/// ```
///
/// Nodes and edges lie in a few arrays with 32-bit indices: a node with a closure of its own takes 28 bytes and the closure's captures, an edge 4. For loops over elements that do not
/// depend on each other ``Parallel`` is cheaper, and for a divide-and-conquer recursion ``join(_:_:)``.
///
/// One thread builds a graph. Handles belong to their graph: one of another graph traps.
public struct TaskGraph: ~Copyable {
  /// A node of a graph, and where its output is found in the ``Results`` of a run.
  public struct Node<Output>: Hashable, Sendable {
    /// Position in the graph, from 0, in the order of adding.
    public let index: UInt32
    let graph: UInt32
    let place: ValuePlace<Output>

    /// The node, whatever its output.
    public var untyped: AnyNode { AnyNode(index: index, graph: graph) }
  }

  /// A node of a graph, without its output's type.
  public struct AnyNode: Hashable, Sendable {
    /// Position in the graph, from 0, in the order of adding.
    public let index: UInt32
    let graph: UInt32
  }

  /// Nodes that were added together.
  public struct Nodes: Hashable, Sendable, RandomAccessCollection {
    let first: UInt32
    public let count: Int
    let graph: UInt32

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> Node<Void> {
      precondition(position >= 0 && position < count, "node \(position) of \(count) that were added together")
      return Node(index: first + UInt32(position), graph: graph, place: .none)
    }
  }

  let id: UInt32
  var bodies = NodeBodies()
  var edges = EdgeList()
  var names = NodeNames()
  /// What the values of typed nodes take in a run.
  var values = ValueLayout()
  /// A node needs more than being called: see ``SpecialNode``.
  var isPlain = true
  /// A node may wait for something outside.
  var waitsOutside = false
  /// A node runs, or is skipped, by what others have come to.
  var hasTriggers = false
  /// What happens to the others when a node throws.
  public var errorPolicy = ErrorPolicy.cancel

  /// What a node's error does to the run.
  public enum ErrorPolicy: Sendable {
    /// Nothing else is started, and ``Plan/run()`` throws.
    case cancel
    /// All runs that does not depend on the node; the ``Results`` tell what failed and what was skipped.
    case `continue`
  }

  private static let ids = Atomic<UInt32>(0)

  public init() {
    // Relaxed: a number.
    id = Self.ids.wrappingAdd(1, ordering: .relaxed).newValue
  }

  /// How many nodes have been added.
  public var count: Int { bodies.count }

  // MARK: Edges

  /// `first` runs before each of `others`.
  public mutating func precede(_ first: some NodeHandle, _ others: any NodeHandle...) {
    for other in others { addEdge(from: first.untyped, to: other.untyped) }
  }

  /// `last` runs after each of `others`.
  public mutating func succeed(_ last: some NodeHandle, _ others: any NodeHandle...) {
    for other in others { addEdge(from: other.untyped, to: last.untyped) }
  }

  /// `source` runs before `target`.
  @inline(__always)
  public mutating func addEdge(from source: AnyNode, to target: AnyNode) {
    check(source)
    check(target)
    edges.append(from: source.index, to: target.index)
  }

  /// Edges from a buffer, of nodes by their ``AnyNode/index``: for graphs that a machine makes.
  ///
  /// - Precondition: every index is less than ``count``, and there are fewer than 2³² − 1 edges in all.
  public mutating func addEdges(_ pairs: Span<(source: UInt32, target: UInt32)>) {
    let count = UInt32(count)
    edges.reserve(adding: pairs.count)
    for index in pairs.indices {
      let pair = pairs[index]
      precondition(
        pair.source < count && pair.target < count,
        "edge \(index) goes from node \(pair.source) to node \(pair.target); the graph has \(count) nodes")
      edges.append(from: pair.source, to: pair.target)
    }
  }

  @inline(__always)
  func check(_ node: AnyNode) {
    precondition(
      node.graph == id, "the node is of another graph: handles are good for the graph that they were made by")
  }
}

/// A node, typed or not.
public protocol NodeHandle: Hashable, Sendable {
  var untyped: TaskGraph.AnyNode { get }
}

extension TaskGraph.Node: NodeHandle {}
extension TaskGraph.AnyNode: NodeHandle {
  public var untyped: TaskGraph.AnyNode { self }
}
