import Foundation
import Millrace
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
}
