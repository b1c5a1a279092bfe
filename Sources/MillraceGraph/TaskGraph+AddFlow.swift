extension TaskGraph {
  // MARK: Tasks

  /// Adds a node that runs as a Swift task, and holds no worker while it is suspended.
  ///
  /// Cancelling the run cancels the task; the run ends when the task has.
  @discardableResult
  public mutating func addAsyncNode<each Input: Sendable, Output: Sendable>(
    _ name: String? = nil, from inputs: repeat Node<each Input>,
    compute body: @escaping @Sendable (repeat each Input) async throws -> Output
  ) -> Node<Output> {
    let places = (repeat (each inputs).place)
    let place = values.add(Output.self, of: bodies.count)
    waitsOutside = true
    let node = addSpecial(
      name,
      .async { run in
        run.values.store(try await body(repeat run.values.input(each places)), at: place)
      }, place)
    for input in repeat each inputs { addEdge(from: input.untyped, to: node.untyped) }
    return node
  }

  // MARK: Choices

  /// Adds a node that chooses one of `branches` branches, numbered from 0. Its output is the number.
  ///
  /// ```swift
  /// let kind = graph.addCondition("kind", branches: 2, from: file) { $0.isEmpty ? 0 : 1 }
  /// graph.addBranch(0, of: kind, to: skip)
  /// graph.addBranch(1, of: kind, to: parse)
  /// graph.succeed(report, skip, parse)
  /// graph.configure(report) { $0.trigger = .anyRan }
  /// ```
  ///
  /// Nodes of the other branches are skipped, and so is what depends on them, up to nodes with another ``NodeOptions/Trigger``.
  ///
  /// A number outside `0..<branches` is an error of the node: ``GraphError/Code/branch``.
  @discardableResult
  public mutating func addCondition<each Input: Sendable>(
    _ name: String? = nil, branches: Int, from inputs: repeat Node<each Input>,
    choose body: @escaping @Sendable (repeat each Input) throws -> Int
  ) -> Node<Int> {
    precondition(branches > 0, "a condition has at least one branch; found \(branches)")
    let places = (repeat (each inputs).place)
    let place = values.add(Int.self, of: bodies.count)
    hasTriggers = true
    let node = addSpecial(
      name,
      .condition { run in
        let branch = try body(repeat run.values.input(each places))
        run.values.store(branch, at: place)
        return branch
      }, place)
    bodies.special(Int(node.index))!.branchCount = branches
    bodies.special(Int(node.index))!.branchPlace = place
    for input in repeat each inputs { addEdge(from: input.untyped, to: node.untyped) }
    return node
  }

  /// `node` runs after `condition`, if that has chosen `branch`. A node may belong to several branches.
  ///
  /// - Precondition: `condition` was added by ``addCondition(_:branches:from:choose:)``, and has that branch.
  public mutating func addBranch(_ branch: Int, of condition: Node<Int>, to node: some NodeHandle) {
    check(condition.untyped)
    check(node.untyped)
    guard let special = bodies.special(Int(condition.index)), special.branchCount > 0 else {
      preconditionFailure("\(names[condition.index] ?? "node \(condition.index)") is no condition: it has no branches")
    }
    precondition(
      branch >= 0 && branch < special.branchCount, "branch \(branch) of a condition with \(special.branchCount)")
    if special.branches[node.untyped.index] == nil { addEdge(from: condition.untyped, to: node.untyped) }
    special.branches[node.untyped.index, default: []].insert(branch)
  }

  // MARK: Graphs in graphs

  /// Adds a node that builds a graph when it is run, and runs it: as much work as its inputs ask for. No worker waits for it.
  ///
  /// ```swift
  /// let total = graph.addSubgraph("parts", from: files) { graph, files in
  ///   let sizes = files.map { file in graph.addNode(file.name) { try size(file) } }
  ///   return graph.addNode("sum", fromAll: sizes) { $0.reduce(0, +) }
  /// }
  /// ```
  ///
  /// - Parameter body: returns the node of its graph whose output is this node's.
  @discardableResult
  public mutating func addSubgraph<each Input: Sendable, Output: Sendable>(
    _ name: String? = nil, from inputs: repeat Node<each Input>,
    build body: @escaping @Sendable (inout TaskGraph, repeat each Input) throws -> Node<Output>
  ) -> Node<Output> {
    let places = (repeat (each inputs).place)
    let place = values.add(Output.self, of: bodies.count)
    let node = addSpecial(
      name,
      .plan { run, _ in
        var graph = TaskGraph()
        let output = try body(&graph, repeat run.values.input(each places))
        return Subrun(plan: try graph.finalize().storage) { results in
          run.values.store(results[output], at: place)
          return false
        }
      }, place)
    waitsOutside = true
    for input in repeat each inputs { addEdge(from: input.untyped, to: node.untyped) }
    return node
  }

  /// Adds a node that runs a plan. No worker waits for it.
  ///
  /// - Parameter output: what the node's output is, of the plan's results.
  @discardableResult
  public mutating func addNode<Output: Sendable>(
    _ name: String? = nil, running plan: Plan, output: @escaping @Sendable (borrowing Results) throws -> Output
  ) -> Node<Output> {
    addLoop(name, running: plan, atMost: 1, until: { _ in true }, output: output)
  }

  /// Adds a node that runs a plan. No worker waits for it.
  @discardableResult
  public mutating func addNode(_ name: String? = nil, running plan: Plan) -> Node<Void> {
    addNode(name, running: plan, output: { _ in })
  }

  /// Adds a node that runs a plan again and again, until `condition` holds for its results, but at most `count` times.
  ///
  /// - Parameter output: what the node's output is, of the last run's results.
  @discardableResult
  public mutating func addLoop<Output: Sendable>(
    _ name: String? = nil, running plan: Plan, atMost count: Int,
    until condition: @escaping @Sendable (borrowing Results) throws -> Bool,
    output: @escaping @Sendable (borrowing Results) throws -> Output
  ) -> Node<Output> {
    precondition(count > 0, "a loop runs at least once; found \(count) times")
    let place = values.add(Output.self, of: bodies.count)
    waitsOutside = true
    return addSpecial(
      name,
      .plan { run, times in
        Subrun(plan: plan.storage) { results in
          if times + 1 < count, try !condition(results) { return true }
          run.values.store(try output(results), at: place)
          return false
        }
      }, place)
  }

  /// Adds a node that runs a plan again and again, until `condition` holds for its results, but at most `count` times.
  @discardableResult
  public mutating func addLoop(
    _ name: String? = nil, running plan: Plan, atMost count: Int,
    until condition: @escaping @Sendable (borrowing Results) throws -> Bool
  ) -> Node<Void> {
    addLoop(name, running: plan, atMost: count, until: condition, output: { _ in })
  }

  private mutating func addSpecial<Output>(
    _ name: String?, _ body: SpecialNode.Body, _ place: ValuePlace<Output>
  ) -> Node<Output> {
    let index = nextIndex(name)
    isPlain = false
    bodies.append(SpecialNode(body))
    return Node(index: index, graph: id, place: place)
  }
}
