import Foundation
import Millrace
import Testing

@Suite struct ChainTests {
  @Test func aChainIsOneNode() throws {
    var graph = TaskGraph()
    let samples = graph.addNode("read") { (0..<100_000).map { Float($0) / 10_000 } }
    let warm = samples.batch { x in x * 1.5 + 2.5 }.then { x in x.sigmoid() }
    let curve = graph.addBatch("curve", warm)
    let total = graph.addBatch("total", warm.then { x in x.sum() })
    #expect(graph.count == 3)
    let plan = try graph.finalize()
    for workers in [1, 4] {
      let executor = WorkStealingExecutor(.init(workerCount: workers))
      defer { executor.shutdownBlocking() }
      let results = try plan.run(on: executor)
      let expected = results[samples].map { 1 / (1 + Foundation.exp(-($0 * 1.5 + 2.5))) }
      #expect(Swift.zip(results[curve], expected).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(results[total] == Batch.sum(results[curve]))
    }
  }

  @Test func chainsMeet() throws {
    var graph = TaskGraph()
    let (x, y, z) = (
      graph.addNode { Numbers.doubles(5000) }, graph.addNode { Numbers.doubles(5000, seed: 2) },
      graph.addNode { Numbers.doubles(5000, seed: 3) }
    )
    let product = x.batch { $0 + 1 }.with(y.batch { $0 * 2 }) { $0 * $1 }
    let two = graph.addBatch("two", product)
    let three = graph.addBatch("three", product.with(z.batch { $0 - 4 }) { $0 + $1 })
    // Both begin at x: it is read once.
    let again = graph.addBatch("again", product.with(x.batch { $0 }) { $0 - $1 })
    let (sum2, sum3) = (
      graph.addBatch("sum2", product.then { $0.sum() }),
      graph.addBatch("sum3", product.with(z.batch { $0 }) { $0 + $1 }.then { $0.max() })
    )
    let results = try graph.finalize().run()
    let (a, b, c) = (results[x], results[y], results[z])
    let near = { (x: Double, y: Double) in abs(x - y) < 1e-10 }
    #expect(a.indices.allSatisfy { near(results[two][$0], (a[$0] + 1) * (b[$0] * 2)) })
    #expect(a.indices.allSatisfy { near(results[three][$0], (a[$0] + 1) * (b[$0] * 2) + c[$0] - 4) })
    #expect(a.indices.allSatisfy { near(results[again][$0], (a[$0] + 1) * (b[$0] * 2) - a[$0]) })
    #expect(near(results[sum2], Batch.sum(results[two])))
    #expect(near(results[sum3], a.indices.map { (a[$0] + 1) * (b[$0] * 2) + c[$0] }.max()!))
  }

  @Test func cancelledRunsStop() throws {
    var graph = TaskGraph()
    let token = CancellationToken()
    let samples = graph.addNode("read") {
      token.cancel()
      return [Float](repeating: 1, count: 1 << 20)
    }
    graph.addBatch("next", samples.batch { $0.exp() })
    let plan = try graph.finalize()
    #expect(throws: CancellationError.self) { try onExecutor { try withCancellation(token) { _ = try plan.run() } } }
  }

  @Test func fourBeginningsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var graph = TaskGraph()
      let nodes = (0..<4).map { _ in graph.addNode { [Float](repeating: 0, count: 10) } }
      var chain = nodes[0].batch { $0 }
      for node in nodes.dropFirst() { chain = chain.with(node.batch { $0 }) { $0 + $1 } }
    }
    #expect(result.says("a chain begins at no more than 3 nodes; found 4"))
  }
}
