import Millrace
import MillraceBatch
import Testing

/// An executor of its own for one test, ended at the test's end. It shares all that is more than one grain.
func onExecutor<R: Sendable>(workers: Int = 4, _ body: @Sendable () throws -> R) throws -> R {
  Grain.share(from: 2)
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  defer { executor.shutdownBlocking() }
  return try executor.runBlocking(body)
}

/// Numbers that look random, the same every time.
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64 = 1) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  static func floats(_ count: Int, in range: ClosedRange<Float> = -10...10, seed: UInt64 = 1) -> [Float] {
    var numbers = Numbers(seed)
    return (0..<count).map { _ in Float.random(in: range, using: &numbers) }
  }

  static func doubles(_ count: Int, in range: ClosedRange<Double> = -10...10, seed: UInt64 = 1) -> [Double] {
    var numbers = Numbers(seed)
    return (0..<count).map { _ in Double.random(in: range, using: &numbers) }
  }
}

/// How many numbers lie between two.
func ulps(_ a: Float, _ b: Float) -> UInt32 {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .max }
  func place(_ x: Float) -> Int64 {
    let bits = Int64(Int32(bitPattern: x.bitPattern))
    return bits >= 0 ? bits : Int64(Int32.min) - bits
  }
  return UInt32(clamping: abs(place(a) - place(b)))
}

extension ExitTest.Result? {
  /// The process has written `text` to standard error.
  func says(_ text: String) -> Bool {
    guard let self else { return false }
    return String(decoding: self.standardErrorContent, as: UTF8.self).contains(text)
  }
}
