import Millrace
import Testing

@Suite struct ReductionTests {
  static let counts = [0, 1, 4095, 4096, 4097, 65_536, 200_003]

  @Test(arguments: counts) func strictReductionsAreTheSameOnAnyNumberOfWorkers(count: Int) throws {
    let (x, y) = (Numbers.floats(count), Numbers.floats(count, seed: 2))
    let (a, b) = (x.map { Double($0) / 3 }, y.map { Double($0) / 7 })
    func bits() -> [UInt64] {
      let moments = Batch.moments(a)
      return [
        UInt64(Batch.sum(x).bitPattern), UInt64(Batch.dot(x, y).bitPattern), Batch.sum(a).bitPattern,
        Batch.dot(a, b).bitPattern, moments.variance.bitPattern, Batch.moments(x).mean.bitPattern,
      ]
    }
    let first = bits()
    for workers in [1, 2, 5] {
      let shared = try onExecutor(workers: workers) {
        let moments = try Batch.moments(a, on: .workers)
        return [
          UInt64(try Batch.sum(x, on: .workers).bitPattern), UInt64(try Batch.dot(x, y, on: .workers).bitPattern),
          try Batch.sum(a, on: .workers).bitPattern, try Batch.dot(a, b, on: .workers).bitPattern,
          moments.variance.bitPattern, try Batch.moments(x, on: .workers).mean.bitPattern,
        ]
      }
      #expect(shared == first)
    }
    let sum = a.reduce(0, +)
    #expect(abs(Batch.sum(a) - sum) <= 1e-9 * max(1, abs(sum)) && abs(Batch.sum(a, .relaxed) - sum) <= 1e-9)
  }

  @Test(arguments: counts) func relaxedReductionsAreNear(count: Int) throws {
    let a = Numbers.doubles(count, in: 0...1)
    let (sum, squares) = (a.reduce(0, +), a.reduce(0) { $0 + $1 * $1 })
    let near = { (x: Double, y: Double) in abs(x - y) <= 1e-11 * max(1, abs(y)) }
    let shared = try onExecutor {
      (
        try Batch.sum(a, .relaxed, on: .workers), try Batch.dot(a, a, .relaxed, on: .workers),
        try Batch.moments(a, .relaxed, on: .workers)
      )
    }
    #expect(near(shared.0, sum) && near(shared.1, squares) && shared.2.count == count)
    #expect(near(Batch.sum(a, .relaxed), sum) && near(Batch.dot(a, a, .relaxed), squares))
    if count > 0 { #expect(near(shared.2.mean, sum / Double(count))) }
  }

  @Test func momentsOfLargeNumbersKeepTheirDigits() {
    let moments = Batch.moments((0..<10_000).map { 1e9 + Double($0 % 2) })
    #expect(moments.mean == 1e9 + 0.5 && moments.variance == 0.25 && moments.standardDeviation == 0.5)
    #expect(Batch.moments([Double]()).mean.isNaN && Batch.moments([3.0]).sampleVariance.isNaN)
    #expect(Batch.moments([1.0, 3.0]).sampleVariance == 2)
  }

  @Test(arguments: counts) func extremes(count: Int) throws {
    var x = Numbers.floats(count)
    if count > 10 {
      x[3] = .nan
      x[count - 1] = 77
      x[count / 2] = -77
    }
    let finite = x.filter { !$0.isNaN }
    let data = x
    let shared = try onExecutor {
      (
        try Batch.min(data, on: .workers), try Batch.max(data, on: .workers), try Batch.indexOfMin(data, on: .workers),
        try Batch.indexOfMax(data, on: .workers), try Batch.minAndMax(data, on: .workers)?.min,
        try Batch.minAndMax(data, on: .workers)?.max
      )
    }
    #expect(
      shared.0 == finite.min() && shared.1 == finite.max() && shared.4 == finite.min() && shared.5 == finite.max())
    #expect(shared.2 == finite.min().map { x.firstIndex(of: $0)! } && shared.2 == Batch.indexOfMin(x))
    #expect(shared.3 == finite.max().map { x.firstIndex(of: $0)! } && shared.3 == Batch.indexOfMax(x))
    #expect(Batch.min(x) == finite.min() && Batch.max(x) == finite.max())
    let both = Batch.minAndMax(x)
    #expect(both?.min == finite.min() && both?.max == finite.max())
  }

  @Test func nothingButNaNHasNoPlace() throws {
    let x = [Float](repeating: .nan, count: 200_000)
    #expect(Batch.min(x)!.isNaN && Batch.indexOfMin(x) == nil)
    let shared = try onExecutor { (try Batch.max(x, on: .workers)!, try Batch.indexOfMax(x, on: .workers)) }
    #expect(shared.0.isNaN && shared.1 == nil)
  }

  @Test func lengthsMustFit() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Batch.dot([Float](repeating: 0, count: 3), [1, 2])
    }
    #expect(result.says("Batch.dot: the first input has 3 elements and the second has 2"))
  }
}
