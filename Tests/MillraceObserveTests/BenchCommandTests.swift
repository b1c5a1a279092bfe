import Foundation
import Testing

@testable import MillraceBench

@Suite(.serialized) struct BenchCommandTests {
  /// Each contender's answer is right, in the shortest measurement there is.
  @Test(arguments: BenchWorkload.all.flatMap { workload in workload.contenders.map { (workload.name, $0.name) } })
  func answersAreRight(workload: String, contender: String) async throws {
    let found = try #require(
      BenchWorkload.all.first { $0.name == workload }?.contenders.first { $0.name == contender })
    let sample = await Self.measure(found)
    #expect(sample.isRight && sample.nanoseconds > 0)
  }

  /// It blocks: on a thread of its own, not on one that the measured tasks need.
  private static func measure(_ contender: BenchContender) async -> BenchContender.Sample {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: contender.measure(workers: 2, for: .zero)) }
    }
  }

  @Test func aWrongAnswerIsFound() async {
    let wrong = BenchContender.computing("wrong", operations: 1, expecting: 1) { 2 }
    #expect(await !Self.measure(wrong).isRight)
  }

  @Test func aLineForEachContender() throws {
    let command = try Command()
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let outcome = try command.run(["bench", "graph", "--rounds", "2", "--seconds", "0", "--workers", "2", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try outcome.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.map { $0["contender"] as? String } == ["serial", "millrace", "taskgroup"])
    #expect(lines.allSatisfy { $0["verified"] as? Bool == true && $0["rounds"] as? Int == 2 })
    let text = try command.run(["bench", "graph", "--rounds", "1", "--seconds", "0"])
    #expect(text.output.split(separator: "\n").count == 4 && text.output.contains("a node"))
    let refused = try command.run(["bench", "fibb"])
    #expect(refused.status == 64 && refused.errors.contains("there is no workload fibb"))
  }
}
