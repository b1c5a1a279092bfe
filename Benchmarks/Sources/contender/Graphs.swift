import CBodies
import Foundation
import Millrace

/// A task graph's life, each node with a closure of its own that adds 1 to a number of its own. A case names the phase that is reported: `build`, `first` (run), `rerun`, `destroy`, or
/// `all` of them but `rerun`; without one all are. `graph-wavefront` also has `rightdown` and `downright`, the order of the edges; `body200` adds 200 ns to every node.
func graph(_ options: Options) -> Plan? {
  let words = options.variant.split(separator: "-").map(String.init)
  guard let kind = shapeKind(options.workload, words) else { return nil }
  let shape = Shape(kind, options.size > 0 ? options.size : 1_000_000, isSlow: words.contains("body200"))
  let program: any GraphProgram
  switch options.contender {
  case "millrace": program = OwnClosures(shape)
  case "millrace-bulk": program = SharedClosure(shape)
  case "serial": program = SerialLoop(shape)
  // One task a node: beyond this it takes minutes.
  case "taskgroup" where shape.count <= 100_000: program = TaskGroupLoop(shape)
  default: return nil
  }
  let life = Life(program, shape, reported: words.compactMap(Life.Phase.init).first)
  let enter = entrance(options)
  return Plan(
    operations: shape.count,
    measure: {
      var measured = Measured()
      enter { measured = life.measure() }
      return measured
    }, verify: { shape.counts.allSatisfy { $0 == life.runs } })
}

/// A chain of 32 nodes that is run again and again, by a `worker` or from `outside`. An operation is a run.
func graphSmall(_ options: Options) -> Plan? {
  let shape = Shape(SHAPE_CHAIN, 32, isSlow: false)
  let runs = 1_000
  let isOutside = options.variant == "outside"
  let program: any GraphProgram
  switch options.contender {
  case "millrace": program = OwnClosures(shape, executor: isOutside ? options.makeExecutor() : nil)
  case "serial": program = SerialLoop(shape)
  case "taskgroup": program = TaskGroupLoop(shape)
  default: return nil
  }
  program.build()
  let all = Place(0)
  return .repeated(
    runs, enter: isOutside ? { $0() } : entrance(options),
    {
      for _ in 0..<runs { program.run() }
      all.value += runs
    }, verify: { shape.counts.allSatisfy { $0 == all.value } })
}

/// Building alone, of the layered graph, and its end. `bysource`: edges in order of their sources, `bytarget`: of their targets; `named`: each node has a name as well; `typed`: each node
/// computes a number of the outputs of the four before it.
func graphBuild(_ options: Options) -> Plan? {
  let size = options.size > 0 ? options.size : 1_000_000
  let shape = Shape(options.variant == "bysource" ? SHAPE_LAYERED_BY_SOURCE : SHAPE_LAYERED, size, isSlow: false)
  let program: any GraphProgram
  switch (options.contender, options.variant) {
  case ("millrace", "named"): program = NamedClosures(shape)
  case ("millrace", "typed"): program = TypedNodes(shape)
  case ("millrace", "bysource"), ("millrace", "bytarget"): program = OwnClosures(shape)
  case ("millrace-bulk", "bysource"), ("millrace-bulk", "bytarget"): program = SharedClosure(shape)
  case ("serial", "bysource"), ("serial", "bytarget"): program = SerialLoop(shape)
  default: return nil
  }
  let life = Life(program, shape, reported: .build)
  let enter = entrance(options)
  return Plan(
    operations: shape.count,
    measure: {
      var measured = Measured()
      enter { measured = life.measure() }
      return measured
    }, verify: { program is TypedNodes ? program.isRight : shape.counts.allSatisfy { $0 == life.runs } })
}

private func shapeKind(_ workload: String, _ words: [String]) -> shape_kind? {
  switch workload {
  case "graph-chain": SHAPE_CHAIN
  case "graph-tree": SHAPE_TREE
  case "graph-wavefront": words.contains("downright") ? SHAPE_DOWN_RIGHT : SHAPE_RIGHT_DOWN
  case "graph-layered": SHAPE_LAYERED
  case "graph-wide": SHAPE_WIDE
  default: nil
  }
}

// MARK: Shapes

/// A graph as numbers, and the numbers that its nodes count in. Both are there before anything is measured.
private final class Shape: Sendable {
  typealias Edge = (source: UInt32, target: UInt32)

  let count: Int
  nonisolated(unsafe) let edges: UnsafeBufferPointer<Edge>
  nonisolated(unsafe) let counts: UnsafeMutableBufferPointer<UInt32>
  private let isSlow: Bool

  init(_ kind: shape_kind, _ size: Int, isSlow: Bool) {
    count = Int(shape_node_count(kind, Int64(size)))
    let memory = UnsafeMutablePointer<shape_edge>.allocate(capacity: Int(shape_edges(kind, Int64(size), nil)))
    let edgeCount = Int(shape_edges(kind, Int64(size), memory))
    edges = UnsafeBufferPointer(
      start: UnsafeRawPointer(memory).bindMemory(to: Edge.self, capacity: edgeCount), count: edgeCount)
    counts = .allocate(capacity: count)
    counts.initialize(repeating: 0)
    self.isSlow = isSlow
  }

  /// A closure of the node's own.
  @inline(__always)
  func body(_ node: Int) -> @Sendable () -> Void {
    nonisolated(unsafe) let counts = counts.baseAddress!
    if isSlow {
      return {
        counts[node] += 1
        _ = body_two_hundred_nanoseconds(UInt64(node))
      }
    }
    return { counts[node] += 1 }
  }

  /// One closure for all nodes.
  func sharedBody() -> @Sendable (Int) -> Void {
    nonisolated(unsafe) let counts = counts.baseAddress!
    if isSlow {
      return { node in
        counts[node] += 1
        _ = body_two_hundred_nanoseconds(UInt64(node))
      }
    }
    return { node in counts[node] += 1 }
  }
}

// MARK: Phases

/// A contender's graph.
private protocol GraphProgram: AnyObject {
  func build()
  /// Runs what `build` made.
  func run()
  func destroy()
  /// Whether what it computed is right, beside the nodes' counts.
  var isRight: Bool { get }
}

extension GraphProgram {
  var isRight: Bool { true }
}

/// Measures the phases. A first life warms up, and its peak of memory is noted; then come lives for at least 0.2 s. A life of two seconds needs no other.
private final class Life {
  enum Phase: String, CaseIterable { case build, first, rerun, destroy, all }

  private let program: any GraphProgram
  private let shape: Shape
  private let reported: Phase?
  private(set) var runs = 0

  init(_ program: any GraphProgram, _ shape: Shape, reported: Phase?) {
    self.program = program
    self.shape = shape
    self.reported = reported
  }

  func measure() -> Measured {
    var sums = Dictionary(uniqueKeysWithValues: Phase.allCases.map { ($0, Measured()) })
    func timed(_ phase: Phase, _ body: () -> Void) {
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      body()
      let took = (nanoseconds(CLOCK_MONOTONIC) - wall, nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu)
      for sum in phase == .rerun ? [phase] : [phase, .all] {
        sums[sum]!.wall += took.0
        sums[sum]!.cpu += took.1
      }
    }
    func run() {
      program.run()
      runs += 1
    }
    func rerun() -> Int {
      var count = 0
      timed(.rerun) {
        let start = nanoseconds(CLOCK_MONOTONIC)
        repeat {
          run()
          count += 1
        } while nanoseconds(CLOCK_MONOTONIC) - start < 200_000_000
      }
      return count
    }
    func live(between: () -> Void) {
      timed(.build) { program.build() }
      timed(.first, run)
      between()
      timed(.destroy) { program.destroy() }
    }

    var bytes = 0
    var reruns = 0
    var lives = 1
    let baseline = ResidentMemory.startOfPeak()
    live {
      bytes = ResidentMemory.peak() - baseline
      if sums[.all]!.wall > 2_000_000_000 { reruns = rerun() }
    }
    if reruns == 0 {
      for phase in Phase.allCases { sums[phase] = Measured() }
      live { reruns = rerun() }
      while sums[.all]!.wall < 200_000_000 {
        live {}
        lives += 1
      }
    }
    for phase in Phase.allCases {
      sums[phase]!.wall /= phase == .rerun ? reruns : lives
      sums[phase]!.cpu /= phase == .rerun ? reruns : lives
    }
    var measured = sums[reported ?? .all]!
    let count = Double(shape.count)
    measured.figures = [
      "bytes_per_op": Double(bytes) / count,
      "bytes_beside_edges": (Double(bytes) - 4 * Double(shape.edges.count)) / count,
    ]
    if reported == nil {
      for phase in Phase.allCases { measured.phases[phase.rawValue] = (sums[phase]!.wall, sums[phase]!.cpu) }
    }
    return measured
  }
}

// MARK: Contenders

private func index(_ node: Int) -> UInt32 { UInt32(truncatingIfNeeded: node) }

/// Millrace: a closure for each node, edges one by one.
private class OwnClosures: GraphProgram {
  fileprivate let shape: Shape
  /// Runs come from outside of it; nil: they come from a worker.
  private let executor: WorkStealingExecutor?
  private let nodes: UnsafeMutableBufferPointer<TaskGraph.AnyNode>
  fileprivate var plan: Millrace.Plan?

  init(_ shape: Shape, executor: WorkStealingExecutor? = nil) {
    self.shape = shape
    self.executor = executor
    // The caller's handles: there before anything is measured, as the edges are.
    nodes = .allocate(capacity: shape.count)
    memset(nodes.baseAddress!, 1, shape.count * MemoryLayout<TaskGraph.AnyNode>.stride)
  }

  deinit { nodes.deallocate() }

  func build() {
    var graph = TaskGraph()
    for node in 0..<shape.count { nodes[node] = add(node, to: &graph) }
    for edge in shape.edges { graph.addEdge(from: nodes[Int(edge.source)], to: nodes[Int(edge.target)]) }
    plan = try! graph.finalize()
  }

  fileprivate func add(_ node: Int, to graph: inout TaskGraph) -> TaskGraph.AnyNode {
    graph.addNode(nil, shape.body(node)).untyped
  }

  func run() {
    if let executor { try! plan!.run(on: executor) } else { try! plan!.run() }
  }

  func destroy() { plan = nil }
}

/// The same; each node has a name as well.
private final class NamedClosures: OwnClosures {
  override func add(_ node: Int, to graph: inout TaskGraph) -> TaskGraph.AnyNode {
    graph.addNode("node \(node)", shape.body(node)).untyped
  }
}

/// Millrace: one closure for all nodes, all edges at once.
private final class SharedClosure: GraphProgram {
  private let shape: Shape
  private var plan: Millrace.Plan?

  init(_ shape: Shape) { self.shape = shape }

  func build() {
    var graph = TaskGraph()
    graph.addNodes(count: shape.count, shape.sharedBody())
    let edges = shape.edges
    graph.addEdges(edges.span)
    plan = try! graph.finalize()
  }

  func run() { try! plan!.run() }

  func destroy() { plan = nil }
}

/// Millrace: each node adds up the outputs of the four before it, modulo 2^64.
private final class TypedNodes: GraphProgram {
  private let shape: Shape
  private var plan: Millrace.Plan?
  private var last: TaskGraph.Node<UInt>?
  private var sum: UInt = 0

  init(_ shape: Shape) { self.shape = shape }

  func build() {
    var graph = TaskGraph()
    var nodes: [TaskGraph.Node<UInt>] = []
    nodes.reserveCapacity(shape.count)
    let sources = shape.count - shape.edges.count / 4
    for _ in 0..<sources { nodes.append(graph.addNode { 1 }) }
    for node in sources..<shape.count {
      let edge = (node - sources) * 4
      func before(_ number: Int) -> TaskGraph.Node<UInt> { nodes[Int(shape.edges[edge + number].source)] }
      nodes.append(graph.addNode(from: before(0), before(1), before(2), before(3)) { $0 &+ $1 &+ $2 &+ $3 })
    }
    last = nodes.last
    plan = try! graph.finalize()
  }

  func run() { sum = try! plan!.run()[last!] }

  func destroy() { plan = nil }

  /// All are powers of four: a source is 1, and each layer has four times the number of the one before.
  var isRight: Bool {
    let layers = shape.count / (shape.count - shape.edges.count / 4)
    return sum == (layers > 32 ? 0 : 1 << UInt(2 * (layers - 1)))
  }
}

/// The floor: successors in compressed sparse rows, one thread, the same closures.
private final class SerialLoop: GraphProgram, @unchecked Sendable {  // SAFETY: one thread at a time.
  /// Holds a closure as its two words, not behind a thunk.
  private struct Body { let run: @Sendable () -> Void }
  private struct Words {
    let function: UInt
    let context: UInt
  }

  private let shape: Shape
  private var bodies: UnsafeMutablePointer<Body>!
  /// Where each node's successors begin in `targets`.
  fileprivate var offsets: UnsafeMutablePointer<UInt32>!
  fileprivate var targets: UnsafeMutablePointer<UInt32>!
  private var inDegrees: UnsafeMutablePointer<UInt32>!
  fileprivate var sources: UnsafeMutableBufferPointer<UInt32>!
  fileprivate var counters: UnsafeMutablePointer<UInt32>!
  /// Nodes that are ready.
  private var stack: UnsafeMutablePointer<UInt32>!

  init(_ shape: Shape) { self.shape = shape }

  func build() {
    let count = shape.count
    let edges = shape.edges
    bodies = .allocate(capacity: count)
    for node in 0..<count { (bodies + node).initialize(to: Body(run: shape.body(node))) }
    offsets = .allocate(capacity: count + 1)
    offsets.initialize(repeating: 0, count: count + 1)
    inDegrees = .allocate(capacity: count)
    inDegrees.initialize(repeating: 0, count: count)
    targets = .allocate(capacity: edges.count)
    counters = .allocate(capacity: count)
    stack = .allocate(capacity: count)
    for edge in edges {
      offsets[Int(edge.source) + 1] += 1
      inDegrees[Int(edge.target)] += 1
    }
    for node in 0..<count { offsets[node + 1] += offsets[node] }
    // The counters are free until the first run: where each node's next successor goes.
    counters.update(from: offsets, count: count)
    for edge in edges {
      targets[Int(counters[Int(edge.source)])] = edge.target
      counters[Int(edge.source)] += 1
    }
    let sourceCount = (0..<count).reduce(0) { $0 + (inDegrees[$1] == 0 ? 1 : 0) }
    sources = .allocate(capacity: sourceCount)
    var next = 0
    for node in 0..<count where inDegrees[node] == 0 {
      sources[next] = index(node)
      next += 1
    }
  }

  func run() {
    arm()
    let bodies = UnsafeRawPointer(bodies!).assumingMemoryBound(to: Words.self)
    let (offsets, targets, counters, stack) = (offsets!, targets!, counters!, stack!)
    for source in sources {
      var waiting = 0
      var node = Int(source)
      while true {
        closure_call(bodies[node].function, bodies[node].context)
        var next = UInt32.max
        var place = Int(offsets[node])
        let end = Int(offsets[node + 1])
        while place < end {
          let successor = targets[place]
          let left = counters[Int(successor)] &- 1
          counters[Int(successor)] = left
          if left == 0 {
            if next != .max {
              stack[waiting] = next
              waiting &+= 1
            }
            next = successor
          }
          place &+= 1
        }
        if next == .max {
          if waiting == 0 { break }
          waiting &-= 1
          next = stack[waiting]
        }
        node = Int(next)
      }
    }
  }

  fileprivate func arm() { counters.update(from: inDegrees, count: shape.count) }

  fileprivate func call(_ node: UInt32) { bodies[Int(node)].run() }

  func destroy() {
    bodies.deinitialize(count: shape.count)
    bodies.deallocate()
    offsets.deallocate()
    targets.deallocate()
    inDegrees.deallocate()
    sources.deallocate()
    counters.deallocate()
    stack.deallocate()
  }
}

/// Swift's task group: a task for each node, started by the group's owner when the last before it has ended.
private final class TaskGroupLoop: GraphProgram {
  private let graph: SerialLoop

  init(_ shape: Shape) { graph = SerialLoop(shape) }

  func build() { graph.build() }

  func run() {
    awaitHere { [graph] in
      graph.arm()
      await withTaskGroup(of: UInt32.self) { group in
        func start(_ node: UInt32) {
          group.addTask {
            graph.call(node)
            return node
          }
        }
        for source in graph.sources { start(source) }
        while let node = await group.next() {
          for place in graph.offsets[Int(node)]..<graph.offsets[Int(node) + 1] {
            let successor = graph.targets[Int(place)]
            graph.counters[Int(successor)] -= 1
            if graph.counters[Int(successor)] == 0 { start(successor) }
          }
        }
      }
    }
  }

  func destroy() { graph.destroy() }
}

// MARK: Memory

/// Linux: what the process has in memory. `ru_maxrss` would count what was there before the program was loaded.
private enum ResidentMemory {
  /// Forgets the peak. Returns what is in memory now, in bytes.
  static func startOfPeak() -> Int {
    if let file = fopen("/proc/self/clear_refs", "w") {
      fputs("5", file)
      fclose(file)
    }
    return read("VmRSS:")
  }

  /// The peak since then.
  static func peak() -> Int { read("VmHWM:") }

  private static func read(_ name: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return kilobytes * 1024
  }
}
