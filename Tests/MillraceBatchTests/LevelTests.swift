import Millrace
import MillraceBatch
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The level is the process's: what changes it has a process of its own.
@Suite struct LevelTests {
  @Test func theLevelIsOneThatTheProcessorHas() {
    #expect(Batch.level.isAvailable)
    #expect(Batch.levelComplaint == nil)
  }

  /// What `compute` returns is the same at every level. Traps when it is not.
  static func requireSame<R: Equatable>(_ compute: () -> R) {
    var results: [(Batch.Level, R)] = []
    for level in Batch.Level.allCases where level.isAvailable {
      Batch.use(level)
      precondition(Batch.level == level)
      results.append((level, compute()))
    }
    for (level, result) in results { precondition(result == results[0].1, "\(level) differs from \(results[0].0)") }
    precondition(!results.isEmpty)
  }

  @Test func strictReductionsAgree() async {
    await #expect(processExitsWith: .success) {
      for count in [0, 1, 63, 4095, 4097, 100_003] {
        let (x, y) = (Numbers.floats(count), Numbers.floats(count, seed: 2))
        let (a, b) = (x.map { Double($0) / 3 }, y.map { Double($0) / 7 })
        LevelTests.requireSame {
          [
            UInt64(Batch.sum(x).bitPattern), UInt64(Batch.dot(x, y).bitPattern), Batch.sum(a).bitPattern,
            Batch.dot(a, b).bitPattern, Batch.moments(a).squaredDistances.bitPattern, Batch.moments(x).mean.bitPattern,
          ]
        }
      }
    }
  }

  @Test func runningSumsAgree() async {
    await #expect(processExitsWith: .success) {
      for count in [0, 1, 5, 16, 37, 4095, 4097, 100_003] {
        let (x, y) = (Numbers.floats(count), Numbers.doubles(count, seed: 2))
        LevelTests.requireSame { () -> [UInt64] in
          var (a, b, c) = (x, x, y)
          let total = Batch.prefixSum(x, into: &a, from: 0.3)
          Batch.exclusivePrefixSum(x, into: &b)
          Batch.prefixSum(y, into: &c)
          return (a + b + [total]).map { UInt64($0.bitPattern) } + c.map(\.bitPattern)
        }
      }
    }
  }

  @Test func strictProgramsAgree() async {
    await #expect(processExitsWith: .success) {
      let (x, y) = (Numbers.floats(5000), Numbers.floats(5000, in: 1...2, seed: 2))
      let program = Batch.program(.strict) { x, y in (x * y + 3.1) * x * 0.3 + (x / y).squareRoot() + x * 7 + y }
      LevelTests.requireSame { () -> [UInt32] in
        var z = x
        program.run(x, y, into: &z)
        return z.map(\.bitPattern)
      }
      let product = Batch.program(.strict) { x, y in (x * y + x).sum() }
      LevelTests.requireSame { product.run(x, y).bitPattern }
    }
  }

  @Test func arithmeticAgrees() async {
    await #expect(processExitsWith: .success) {
      let (x, y) = (Numbers.doubles(5000), Numbers.doubles(5000, seed: 2))
      LevelTests.requireSame { () -> [[Double]] in
        var (a, b, c) = (x, x, x)
        Batch.divide(&a, y)
        Batch.abs(&b)
        Batch.sqrt(&b)
        Batch.subtract(3, &c)
        return [a, b, c, Batch.filter(x, .greater, 1), [Batch.max(x)!, Batch.min(y)!]]
      }
    }
  }

  // A wrong name is complained of alike, whoever comes first.

  static let complaint = "MILLRACE_SIMD is \"avx9\", which is no level: expected one of"

  static func forceWrongLevel() {
    unsafe setenv("MILLRACE_SIMD", "avx9", 1)
    precondition(Batch.levelComplaint?.contains(complaint) == true)
  }

  @Test func aKernelTrapsWhenTheForcedLevelIsNone() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      LevelTests.forceWrongLevel()
      print(Batch.sum([1, 2, 3] as [Float]))
    }
    #expect(result.says(Self.complaint))
  }

  @Test func aProgramTrapsWhenTheForcedLevelIsNone() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      LevelTests.forceWrongLevel()
      var x: [Float] = [1, 2, 3]
      Batch.program { x in x * 2 }.run(&x)
    }
    #expect(result.says(Self.complaint))
  }

  @Test func askingForTheLevelTrapsWhenTheForcedOneIsNone() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      LevelTests.forceWrongLevel()
      print(Batch.level)
    }
    #expect(result.says(Self.complaint))
  }

  @Test func closuresHaveNoLevel() async {
    await #expect(processExitsWith: .success) {
      LevelTests.forceWrongLevel()
      var x: [Float] = [1, 2, 3]
      Batch.transform(&x) { (v: SIMD8<Float>) in v * 2 }
      precondition(x == [2, 4, 6])
    }
  }

  @Test func theForcedLevelIsTaken() async {
    await #expect(processExitsWith: .success) {
      let level = Batch.Level.allCases.first { $0.isAvailable }!
      unsafe setenv("MILLRACE_SIMD", level.rawValue, 1)
      precondition(Batch.level == level)
    }
  }

  @Test func whatThisProcessorDoesNotHaveTraps() async {
    let missing = Batch.Level.allCases.filter { !$0.isAvailable }
    guard !missing.isEmpty else { return }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Batch.use(Batch.Level.allCases.first { !$0.isAvailable }!)
    }
    #expect(result.says("this processor does not have"))
  }
}
