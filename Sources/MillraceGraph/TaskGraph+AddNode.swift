extension TaskGraph {
  // MARK: Nodes without a value

  /// Adds a node that runs `body`.
  ///
  /// - Parameter name: for errors, reports and pictures; a node without one is called by its number.
  /// - Complexity: O(1); no allocation beside the closure's own.
  @discardableResult
  public mutating func addNode(
    _ name: String? = nil, _ body: consuming @escaping @Sendable () throws -> Void
  ) -> Node<Void> {
    let index = nextIndex(name)
    bodies.append(body)
    return Node(index: index, graph: id, place: .none)
  }

  /// Adds a node that does nothing: a place for others to meet.
  @discardableResult
  public mutating func addNode(_ name: String? = nil) -> Node<Void> {
    let index = nextIndex(name)
    bodies.appendNothing()
    return Node(index: index, graph: id, place: .none)
  }

  /// Adds `count` nodes that share one closure, which is told the node's position among them: for graphs that a machine makes.
  ///
  /// - Complexity: O(`count`), 16 bytes a node.
  @discardableResult
  public mutating func addNodes(count: Int, _ body: @escaping @Sendable (_ position: Int) throws -> Void) -> Nodes {
    precondition(count >= 0, "a graph cannot have \(count) more nodes")
    let first = nextIndex(nil, count: count)
    bodies.append(count: count, body)
    return Nodes(first: first, count: count, graph: id)
  }

  /// Adds a node for each of `bodies`, which lie side by side in memory.
  ///
  /// - Complexity: O(*bodies*), 16 bytes a node beside the body.
  @discardableResult
  public mutating func addNodes<Body: NodeBody>(_ bodies: [Body]) -> Nodes {
    addNodes(count: bodies.count) { position in try bodies[position].run() }
  }

  // MARK: Nodes with a value

  /// Adds a node that computes a value.
  @discardableResult
  public mutating func addNode<Output: Sendable>(
    _ name: String? = nil, _ body: @escaping @Sendable () throws -> Output
  ) -> Node<Output> {
    addValueNode(name) { _ in try body() }
  }

  /// Adds a node that computes a value of the outputs of others, which run before it.
  ///
  /// ```swift
  /// let sum = graph.addNode("sum", from: left, right) { $0 + $1 }
  /// ```
  @discardableResult
  public mutating func addNode<First: Sendable, each Other: Sendable, Output: Sendable>(
    _ name: String? = nil, from first: Node<First>, _ others: repeat Node<each Other>,
    compute body: @escaping @Sendable (First, repeat each Other) throws -> Output
  ) -> Node<Output> {
    let places = (repeat (each others).place)
    let node = addValueNode(name) { run in
      try body(run.values.input(first.place), repeat run.values.input(each places))
    }
    addEdge(from: first.untyped, to: node.untyped)
    for other in repeat each others { addEdge(from: other.untyped, to: node.untyped) }
    return node
  }

  /// Adds a node that computes a value of the outputs of any number of others, in their order.
  @discardableResult
  public mutating func addNode<Input: Sendable, Output: Sendable>(
    _ name: String? = nil, fromAll inputs: [Node<Input>],
    compute body: @escaping @Sendable ([Input]) throws -> Output
  ) -> Node<Output> {
    let places = inputs.map(\.place)
    let node = addValueNode(name) { run in try body(places.map { run.values.input($0) }) }
    for input in inputs { addEdge(from: input.untyped, to: node.untyped) }
    return node
  }

  mutating func addValueNode<Output: Sendable>(
    _ name: String?, _ body: @escaping @Sendable (GraphRun) throws -> Output
  ) -> Node<Output> {
    let index = nextIndex(name)
    let place = values.add(Output.self, of: bodies.count)
    bodies.append(SpecialNode(.value { run in run.values.store(try body(run), at: place) }))
    return Node(index: index, graph: id, place: place)
  }

  mutating func nextIndex(_ name: String?, count: Int = 1) -> UInt32 {
    let index = bodies.count
    precondition(
      count < Int(UInt32.max) - index,
      "a graph has fewer than 4,294,967,295 nodes; found \(count) more than \(index)")
    if let name { names.set(name, of: UInt32(index)) }
    return UInt32(index)
  }
}

/// What a node does, as a value: see ``TaskGraph/addNodes(_:)``.
public protocol NodeBody: Sendable {
  func run() throws
}
