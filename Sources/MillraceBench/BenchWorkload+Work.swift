import Foundation
import Millrace
import Synchronization

extension BenchWorkload {
  /// A plan of 1,000 nodes, each after the one ten before it, run again and again.
  static let graph: BenchWorkload = {
    let (count, lanes) = (1_000, 10)
    return BenchWorkload(
      name: "graph", operation: "a node",
      contenders: [
        BenchContender(name: "serial") { _ in
          let ran = Answer()
          ran.set(0)
          return BenchContender.Job(
            operations: count, body: { for _ in 0..<count { ran.add(1) } }, isRight: { ran.value == $0 * count })
        },
        BenchContender(name: "millrace") { workers in
          let executor = WorkStealingExecutor(.init(workerCount: workers))
          let ran = Answer()
          ran.set(0)
          var graph = TaskGraph()
          var nodes: [TaskGraph.AnyNode] = []
          for number in 0..<count {
            nodes.append(graph.addNode { ran.add(1) }.untyped)
            if number >= lanes { graph.addEdge(from: nodes[number - lanes], to: nodes[number]) }
          }
          let plan = try! graph.finalize()
          return BenchContender.Job(
            operations: count, enter: { body in try! executor.runBlocking { body() } }, body: { try! plan.run() },
            isRight: { ran.value == $0 * count }, end: { awaitHere { await executor.shutdown() } })
        },
        BenchContender(name: "taskgroup") { _ in
          let ran = Answer()
          ran.set(0)
          return BenchContender.Job(
            operations: count,
            body: {
              awaitHere {
                await withTaskGroup(of: Void.self) { group in
                  for _ in 0..<lanes {
                    group.addTask { for _ in 0..<count / lanes { await Task { ran.add(1) }.value } }
                  }
                }
              }
            }, isRight: { ran.value == $0 * count })
        },
      ])
  }()

  /// *e* to the power of each of 128 Ki numbers.
  static let batch: BenchWorkload = {
    let count = 1 << 17
    let input = (0..<count).map { Float($0) / Float(count) * 20 - 10 }
    @Sendable func contender(_ name: String, _ body: @escaping @Sendable (inout [Float]) -> Void) -> BenchContender {
      BenchContender(name: name) { _ in
        let numbers = Numbers(count: count)
        return BenchContender.Job(
          operations: count, body: { numbers.change(body) },
          isRight: { _ in
            numbers.change { found in
              zip(found, input).allSatisfy { abs(Double($0) / exp(Double($1)) - 1) < 1e-5 }
            }
          })
      }
    }
    return BenchWorkload(
      name: "batch", operation: "an exponential, on one thread",
      contenders: [
        contender("serial") { output in for index in 0..<count { output[index] = exp(input[index]) } },
        contender("millrace") { output in Batch.exp(input, into: &output) },
      ])
  }()
}

/// What a body writes into.
private final class Numbers: Sendable {
  private let output: Mutex<[Float]>

  init(count: Int) { output = Mutex([Float](repeating: 0, count: count)) }

  func change<Result: Sendable>(_ body: (inout [Float]) -> Result) -> Result { output.withLock { body(&$0) } }
}
