import Foundation
import Millrace

@testable import MillraceCSV

/// Writes a file, hands its path to `body`, and removes it.
func withFile<R>(_ content: some Sequence<UInt8>, _ body: (String) throws -> R) throws -> R {
  let path = NSTemporaryDirectory() + UUID().uuidString + ".csv"
  try Data(content).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

func withFile<R>(_ content: String, _ body: (String) throws -> R) throws -> R {
  try withFile(content.utf8, body)
}

func summarize(_ path: String, workers: Int = 2, blockSize: Int? = nil, budget: Int? = nil) throws -> Summary {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  defer { executor.shutdownBlocking() }
  return try executor.runBlocking {
    var options = Analysis.Options()
    if let blockSize { options.blockSize = blockSize }
    if let budget { options.memoryBudget = budget }
    return try Analysis(path: path, options: options).run()
  }
}

/// Random numbers that a seed repeats.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 29) &* 0x9e37_79b9_7f4a_7c15
  }
}
