import Foundation
import Millrace
import Testing

@Suite struct LaneTests {
  static let counts = Array(0...70) + [1000, 4097, 8191, 8192, 8193, 16384, 100_003]

  @Test(arguments: counts) func transformVisitsEveryElementOnce(count: Int) throws {
    let x = Numbers.floats(count)
    let expected = x.map { $0 * $0 + 1 }
    let results = try onExecutor { () -> [[Float]] in
      var (wide, narrow, shared, inPlace) = ([Float](repeating: 0, count: count), x, x, x)
      Batch.transform(x, into: &wide) { (v: SIMD16<Float>) in v * v + 1 }
      Batch.transform(x, into: &narrow) { (v: SIMD2<Float>) in v * v + 1 }
      try Batch.transform(x, into: &shared, on: .workers) { (v: SIMD8<Float>) in v * v + 1 }
      Batch.transform(&inPlace) { (v: SIMD8<Float>) in v * v + 1 }
      return [wide, narrow, shared, inPlace]
    }
    for result in results { #expect(result == expected) }
  }

  @Test(arguments: counts) func zipVisitsEveryPairOnce(count: Int) throws {
    let (x, y) = (Numbers.floats(count), Numbers.floats(count, seed: 2))
    let expected = Swift.zip(x, y).map { $0 * $1 + 1 }
    let results = try onExecutor { () -> [[Float]] in
      var (z, shared, inPlace) = ([Float](repeating: 0, count: count), x, x)
      Batch.zip(x, y, into: &z) { (a: SIMD8<Float>, b: SIMD8<Float>) in a * b + 1 }
      try Batch.zip(x, y, into: &shared, on: .workers) { (a: SIMD8<Float>, b: SIMD8<Float>) in a * b + 1 }
      Batch.zip(&inPlace, y) { (a: SIMD16<Float>, b: SIMD16<Float>) in a * b + 1 }
      return [z, shared, inPlace]
    }
    for result in results { #expect(result == expected) }
  }

  @Test(arguments: counts) func reduceGathersEveryElementOnce(count: Int) throws {
    let x = (0..<count).map { Int32($0) }
    let squares = Batch.reduce(
      x, identity: SIMD8<Int32>.zero, lanes: { (sum, v: SIMD8<Int32>) in sum &+ v &* v }, combine: { $0 &+ $1 })
    #expect(squares.wrappedSum() == x.reduce(0) { $0 &+ $1 &* $1 })
    let largest = Batch.reduce(
      x, identity: SIMD4<Int32>(repeating: .min), lanes: { (m, v: SIMD4<Int32>) in Lanes.max(m, v) },
      combine: { Lanes.max($0, $1) })
    #expect(largest.max() == x.last ?? .min)
  }

  @Test func reduceIsTheSameOnAnyNumberOfWorkers() throws {
    let x = Numbers.floats(200_001)
    @Sendable func sums<E: Batch.Failure>(on place: Batch.Place<E>) throws(E) -> SIMD8<Float> {
      try Batch.reduce(
        x, identity: SIMD8<Float>.zero, on: place, lanes: { (sum, v: SIMD8<Float>) in sum + v },
        combine: { $0 + $1 })
    }
    let serial = sums(on: .caller)
    for workers in [1, 2, 8] {
      #expect(try onExecutor(workers: workers) { try sums(on: .workers) } == serial)
    }
    #expect(abs(serial.sum() - x.reduce(0, +)) < 1)
  }

  /// On the workers a loop is there twice, and stolen parts call a closure with captures in another way.
  @Test func closuresMayCapture() throws {
    let (x, y) = (Numbers.floats(200_001), Numbers.floats(200_001, seed: 2))
    let (factor, offset) = (x[7], y[7])
    for workers in [1, 2, 8] {
      let (z, shared, inPlace, sum) = try onExecutor(workers: workers) {
        var (z, shared, inPlace) = (x, x, x)
        try Batch.transform(x, into: &z, on: .workers) { (v: SIMD8<Float>) in v * factor + offset }
        try Batch.zip(x, y, into: &shared, on: .workers) { (a: SIMD8<Float>, b: SIMD8<Float>) in a * factor + b }
        try Batch.zip(&inPlace, y, on: .workers) { (a: SIMD4<Float>, b: SIMD4<Float>) in a - b * offset }
        let sum = try Batch.reduce(
          x, identity: SIMD8<Float>.zero, on: .workers, lanes: { (sum, v: SIMD8<Float>) in sum + v * factor },
          combine: { $0 + $1 })
        return (z, shared, inPlace, sum)
      }
      #expect(z == x.map { $0 * factor + offset })
      #expect(shared == Swift.zip(x, y).map { $0 * factor + $1 })
      #expect(inPlace == Swift.zip(x, y).map { $0 - $1 * offset })
      let serial = Batch.reduce(
        x, identity: SIMD8<Float>.zero, lanes: { (sum, v: SIMD8<Float>) in sum + v * factor }, combine: { $0 + $1 })
      #expect(sum == serial)
    }
  }

  @Test func elementsMayChangeTheirType() {
    let x: [Float] = (0..<37).map { Float($0) / 2 }
    var y = [Double](repeating: 0, count: 37)
    Batch.transform(x, into: &y) { (v: SIMD8<Float>) in SIMD8<Double>(v) * 2 }
    #expect(y == (0..<37).map { Double($0) })
  }

  @Test(arguments: 0..<35) func nothingBeyondTheEndsIsTouched(count: Int) {
    for end in [Guarded<Float>.End.first, .last] {
      let x = Guarded<Float>(copying: Numbers.floats(count), end)
      let y = Guarded<Float>(copying: Numbers.floats(count, seed: 2), end)
      let z = Guarded<Float>(count, end)
      var output = unsafe z.elements
      unsafe Batch.transform(x.elements, into: &output) { (v: SIMD8<Float>) in v + 1 }
      #expect(z.array == x.array.map { $0 + 1 })
      unsafe Batch.zip(x.elements, y.elements, into: &output) { (a: SIMD16<Float>, b: SIMD16<Float>) in a + b }
      #expect(z.array == Swift.zip(x.array, y.array).map { $0 + $1 })
      let largest = unsafe Batch.reduce(
        x.elements, identity: SIMD8<Float>(repeating: -.infinity),
        lanes: { (m, v: SIMD8<Float>) in Lanes.max(m, v) }, combine: { Lanes.max($0, $1) })
      #expect(largest.max() == x.array.max() ?? -.infinity)
    }
  }

  @Test func anUnsafeOutputMayBeItsInput() {
    let x = Guarded<Float>(copying: Numbers.floats(100), .last)
    let expected = x.array.map { $0 * 2 }
    var output = unsafe x.elements
    unsafe Batch.transform(UnsafeBufferPointer(x.elements), into: &output) { (v: SIMD8<Float>) in v * 2 }
    #expect(x.array == expected)
  }

  // MARK: Functions of vectors

  @Test func expIsWithinTwoUnitsInTheLastPlace() {
    var worst: UInt32 = 0
    // Every 8191st number there is, and what lies around the ends.
    let steps = stride(from: UInt32(0), through: 0xFFFF_FFFF - 8192, by: 8191).map { Float(bitPattern: $0) }
    let ends = [-104, -103.97, -87.34, -0.0, 0, 1, 88.72, 88.73, 89, Float.infinity, -Float.infinity, .nan]
    let x = steps + ends.flatMap { [$0.nextDown, $0, $0.nextUp] }
    var y = x
    Batch.transform(&y) { (v: SIMD8<Float>) in Lanes.exp(v) }
    for (x, y) in Swift.zip(x, y) { worst = max(worst, ulps(y, Float(Foundation.exp(Double(x))))) }
    #expect(worst <= 2)
  }

  @Test func minimumAndMaximum() {
    let a = SIMD4<Float>(1, 5, .nan, 3)
    let b = SIMD4<Float>(2, 4, 7, .nan)
    #expect(Lanes.min(a, b).replacing(with: 0, where: b .!= b) == SIMD4(1, 4, 7, 0))
    #expect(Lanes.max(a, b).replacing(with: 0, where: b .!= b) == SIMD4(2, 5, 7, 0))
    #expect(Lanes.max(a, b)[3].isNaN)
    #expect(Lanes.min(SIMD4<Int32>(1, 2, 3, 4), 2) == SIMD4(1, 2, 2, 2))
    let clamped = Lanes.clamp(SIMD4<Float>(-1, 0.5, 2, .nan), to: 0...1)
    #expect(clamped[0] == 0 && clamped[1] == 0.5 && clamped[2] == 1 && clamped[3].isNaN)
  }

  @Test func roundedTakesTheNearestEven() {
    let x: [Float] = [0, 0.5, 1.5, 2.5, -0.5, -1.5, 3.49, -4_000_000.5]
    for value in x { #expect(Lanes.rounded(SIMD2(repeating: value))[0] == value.rounded(.toNearestOrEven)) }
  }

  @Test func multiplyAddIsWithinOneRounding() {
    let r = Lanes.multiplyAdd(SIMD8<Float>(repeating: 3), SIMD8(repeating: 5), SIMD8(repeating: 0.5))
    #expect(r == SIMD8(repeating: 15.5))
  }

  // MARK: Mistakes

  @Test func lengthsMustFit() async {
    let unequal = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 9)
      Batch.transform([Float](repeating: 0, count: 10), into: &y) { (v: SIMD8<Float>) in v }
    }
    #expect(unequal.says("Batch.transform: the input has 10 elements and the output has 9"))
    let second = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var z = [Float](repeating: 0, count: 10)
      Batch.zip([Float](repeating: 0, count: 10), [1, 2], into: &z) { (a: SIMD8<Float>, b: SIMD8<Float>) in a + b }
    }
    #expect(second.says("Batch.zip: the first input has 10 elements and the second has 2"))
    let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var z: [Float] = []
      Batch.zip([Float](), [1, 2], into: &z) { (a: SIMD8<Float>, b: SIMD8<Float>) in a + b }
    }
    #expect(empty.says("Batch.zip: the first input has 0 elements and the second has 2"))
    let lanes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Double](repeating: 0, count: 10)
      Batch.transform([Float](repeating: 0, count: 10), into: &y) { (v: SIMD8<Float>) in SIMD4<Double>.zero }
    }
    #expect(lanes.says("differ in their number of lanes"))
  }

  @Test func partialOverlapTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 20)
      unsafe memory.initialize(repeating: 0)
      var output = unsafe UnsafeMutableBufferPointer(rebasing: memory[1..<11])
      let input = unsafe UnsafeBufferPointer(rebasing: memory[0..<10])
      unsafe Batch.transform(input, into: &output) { (v: SIMD8<Float>) in v }
    }
    #expect(result.says("Batch.transform: the output begins 4 bytes from an input that it overlaps"))
  }
}
