import Millrace
import Testing

@Suite struct PlanTests {
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
