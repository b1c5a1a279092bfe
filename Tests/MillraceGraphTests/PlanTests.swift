import Foundation
import Millrace
import Synchronization
import Testing

@Suite struct PlanTests {
  /// Indices have 32 bits. The pairs lie in pages that nobody may read: the number alone is looked at.
  @Test func moreEdgesThanIndicesAreRefused() async throws {
    let outcome = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      typealias Pair = (source: UInt32, target: UInt32)
      let count = 1 << 32
      let pages = unsafe mmap(
        nil, count * MemoryLayout<Pair>.stride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)!
      let pairs = unsafe UnsafeBufferPointer(start: pages.assumingMemoryBound(to: Pair.self), count: count)
      var graph = TaskGraph()
      graph.addNodes(count: 2) { _ in }
      unsafe graph.addEdges(Span(_unsafeElements: pairs))
    }
    let message = String(decoding: try #require(outcome).standardErrorContent, as: UTF8.self)
    #expect(message.contains("a graph has fewer than 4,294,967,295 edges; found 4294967296 more than 0"), "\(message)")
  }

  @Test(arguments: [1 << 32, Int.max])
  func moreNodesThanIndicesAreRefused(count: Int) async throws {
    let outcome = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [count] in
      var graph = TaskGraph()
      graph.addNode {}
      graph.addNodes(count: count) { _ in }
    }
    let message = String(decoding: try #require(outcome).standardErrorContent, as: UTF8.self)
    #expect(message.contains("a graph has fewer than 4,294,967,295 nodes; found \(count) more than 1"), "\(message)")
  }

  @Test func valuesTravelAlongEdges() throws {
    var graph = TaskGraph()
    let text = graph.addNode("read") { "b a c" }
    let words = graph.addNode("split", from: text) { $0.split(separator: " ").map(String.init) }
    let count = graph.addNode("count", from: words) { $0.count }
    let first = graph.addNode("first", from: words) { $0.min()! }
    let both = graph.addNode("both", from: count, first) { "\($0) \($1)" }
    let plan = try graph.finalize()
    for _ in 0..<3 {
      let results = try plan.run()
      #expect(results[both] == "3 a")
      #expect(results[count] == 3)
    }
  }

  /// Edges in the order of their sources, of their targets, in none, and in one that is left late.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func edgesInAnyOrderMakeTheSamePlan(seed: UInt64) throws {
    let random = RandomGraph(seed: seed, mostNodes: 60)
    let bySource = random.edges.sorted { $0 < $1 }
    let byTarget = random.edges.sorted { ($0.target, $0.source) < ($1.target, $1.source) }
    for edges in [random.edges, bySource, byTarget, bySource.reversed(), late(bySource), late(byTarget)] {
      var graph = TaskGraph()
      graph.addNodes(count: random.count) { _ in }
      graph.addEdges(edges.span)
      // A node's successors are in the order of adding.
      let expected = (0..<UInt32(random.count)).flatMap { node in edges.filter { $0.source == node } }
      let plan = try graph.finalize()
      #expect(try lines(plan) == expected.map { "n\($0.source) --> n\($0.target)" }, "seed \(seed)")
    }
  }

  /// The same with the last edge twice, first and last.
  private func late(_ edges: [(source: UInt32, target: UInt32)]) -> [(source: UInt32, target: UInt32)] {
    edges + edges.dropLast(1).suffix(1) + edges.prefix(1) + edges.suffix(1)
  }

  private func lines(_ plan: Plan) throws -> [String] {
    let lines = try plan.mermaid(limit: .max).split(separator: "\n").filter { $0.contains("-->") }
    return lines.map { String($0.drop { $0.isWhitespace }) }
  }

  /// So many edges are sorted in pieces.
  @Test(arguments: [false, true])
  func manyEdgesAreSorted(isMixed: Bool) throws {
    let (count, layer) = (140_000, 1_000)
    @Sendable func predecessor(_ number: Int, of node: Int) -> Int {
      node / layer * layer - layer + (node &* 7919 &+ number &* 104_729) % layer
    }
    var edges = (layer..<count).flatMap { node in
      (0..<4).map { (source: UInt32(predecessor($0, of: node)), target: UInt32(node)) }
    }
    if isMixed { edges.swapAt(1, edges.count - 1) }
    #expect(edges.count > 2 << 18)
    let hasRun = (0..<count).map { _ in Flag() }
    let missing = Flag()
    var graph = TaskGraph()
    graph.addNodes(count: count) { node in
      let isReady = node < layer || (0..<4).allSatisfy { hasRun[predecessor($0, of: node)].isSet }
      if !isReady { missing.set() }
      hasRun[node].set()
    }
    graph.addEdges(edges.span)
    let plan = try graph.finalize()
    #expect(plan.edgeCount == edges.count)
    try plan.run()
    #expect(!missing.isSet)
    #expect(hasRun.allSatisfy { $0.isSet })
  }
}

private final class Flag: Sendable {
  private let word = Atomic<Bool>(false)
  // Relaxed: the run orders what is read after what is written.
  func set() { word.store(true, ordering: .relaxed) }
  // Relaxed: likewise.
  var isSet: Bool { word.load(ordering: .relaxed) }
}
