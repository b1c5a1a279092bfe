import Foundation
import Millrace
import Testing

@Suite struct ProgramTests {
  static let counts = [0, 1, 17, 4096, 4097, 100_001]

  @Test(arguments: counts) func programComputesItsExpression(count: Int) throws {
    let x = Numbers.floats(count, in: -3...1)
    let program = Batch.program { x in (x * 1.5 + 2.5).exp().clamped(to: 0...1) }
    let expected = x.map { min(max(Foundation.exp($0 * 1.5 + 2.5), 0), 1) }
    let results = try onExecutor {
      var (y, shared, inPlace) = (x, x, x)
      program.run(x, into: &y)
      try program.run(x, into: &shared, on: .workers)
      program.run(&inPlace)
      return [y, shared, inPlace]
    }
    #expect(Swift.zip(results[0], expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test(arguments: counts) func severalInputsAndOutputs(count: Int) throws {
    let (x, y, z) = (
      Numbers.doubles(count), Numbers.doubles(count, seed: 2), Numbers.doubles(count, in: 1...2, seed: 3)
    )
    let two = Batch.program(of: Double.self, .strict) { x, y in ((x * x + y * y).squareRoot(), x - y) }
    let three = Batch.program(of: Double.self, .strict) { x, y, z in (x + y + z, x * y * z, -(x / z)) }
    let results = try onExecutor {
      var (a, b, c, d, e) = (x, x, x, x, x)
      try two.run(x, y, into: &a, and: &b, on: .workers)
      try three.run(x, y, z, into: &c, and: &d, and: &e, on: .workers)
      return [a, b, c, d, e]
    }
    #expect(results[0] == Swift.zip(x, y).map { ($0 * $0 + $1 * $1).squareRoot() })
    #expect(results[1] == Swift.zip(x, y).map { $0 - $1 })
    #expect(results[2] == x.indices.map { x[$0] + y[$0] + z[$0] })
    #expect(results[3] == x.indices.map { x[$0] * y[$0] * z[$0] })
    #expect(results[4] == x.indices.map { -(x[$0] / z[$0]) })
  }

  @Test(arguments: counts) func totals(count: Int) throws {
    let (x, y) = (Numbers.floats(count), Numbers.floats(count, seed: 2))
    let dot = Batch.program(.strict) { x, y in (x * y).sum() }
    let lowest = Batch.program { x in (x * x).min() }
    let highest = Batch.program { x in (x + 1).max() }
    let expected = Batch.dot(x, y)
    #expect(dot.run(x, y) == expected)
    for workers in [1, 2, 5] {
      let found = try onExecutor(workers: workers) {
        (try dot.run(x, y, on: .workers), try lowest.run(x, on: .workers), try highest.run(x, on: .workers))
      }
      #expect(found.0 == expected)
      #expect(found.1 == x.map { $0 * $0 }.min() ?? .infinity && found.2 == x.map { $0 + 1 }.max() ?? -.infinity)
    }
  }

  @Test func everyOperationIsItself() {
    let x = Numbers.doubles(999, in: 0.5...4)
    let y = Numbers.doubles(999, in: 0.5...4, seed: 2)
    func check(
      _ program: Batch.Program<Double, Batch.Two, Batch.One>, _ expected: (Double, Double) -> Double, line: Int = #line
    ) {
      var z = x
      program.run(x, y, into: &z)
      #expect(
        z.indices.allSatisfy { abs(z[$0] - expected(x[$0], y[$0])) <= 1e-13 * max(1, abs(z[$0])) }, "line \(line)")
    }
    func program(
      _ body: (Batch.Value<Double>, Batch.Value<Double>) -> Batch.Value<Double>
    ) -> Batch.Program<Double, Batch.Two, Batch.One> { Batch.program(of: Double.self) { body($0, $1) } }
    check(program { $0 + $1 }) { $0 + $1 }
    check(program { $0 - $1 }) { $0 - $1 }
    check(program { $0 * $1 }) { $0 * $1 }
    check(program { $0 / $1 }) { $0 / $1 }
    check(program { $0.lesser($1) }) { min($0, $1) }
    check(program { $0.greater($1) }) { max($0, $1) }
    check(program { $0 + 3 + $1 }) { $0 + 3 + $1 }
    check(program { 3 + $0 - $1 }) { 3 + $0 - $1 }
    check(program { $0 - 3 - $1 }) { $0 - 3 - $1 }
    check(program { (3 - $0) - $1 }) { 3 - $0 - $1 }
    check(program { $0 * 3 * $1 }) { $0 * 3 * $1 }
    check(program { 3 * $0 / $1 }) { 3 * $0 / $1 }
    check(program { ($0 / 3) - $1 }) { $0 / 3 - $1 }
    check(program { (3 / $0) - $1 }) { 3 / $0 - $1 }
    check(program { $0.lesser(2) - $1.greater(2) }) { min($0, 2) - max($1, 2) }
    check(program { $0.clamped(to: 1...2) + $1 }) { min(max($0, 1), 2) + $1 }
    check(program { $0 * 2 + 1 + $1 }) { $0 * 2 + 1 + $1 }
    check(program { $0 * 2 + $1 }) { $0 * 2 + $1 }
    check(program { $0 * $1 + 2 }) { $0 * $1 + 2 }
    check(program { $0 * $1 + $0 }) { $0 * $1 + $0 }
    check(program { -$0 + ($1 - 9).abs() }) { -$0 + abs($1 - 9) }
    check(program { $0.squareRoot() + $1 }) { $0.squareRoot() + $1 }
    check(program { $0.exp() + $1.log() }) { Foundation.exp($0) + Foundation.log($1) }
    check(program { $0.sin() + $1.cos() }) { Foundation.sin($0) + Foundation.cos($1) }
    check(program { $0.tanh() + $1.sigmoid() }) { Foundation.tanh($0) + 1 / (1 + Foundation.exp(-$1)) }
    check(program { ($0 .< $1).choose($0, else: $1 * 2) }) { $0 < $1 ? $0 : $1 * 2 }
    check(program { ($0 .>= $1).choose(1, else: $1) }) { $0 >= $1 ? 1 : $1 }
    check(program { ($0 .<= 2).choose($1, else: 0) }) { $0 <= 2 ? $1 : 0 }
    check(program { (($0 .> 1) .& ($1 .< 2)).choose(1, else: 0) }) { $0 > 1 && $1 < 2 ? 1 : 0 }
    check(program { (($0 .> 3) .| (.!($1 .>= 2))).choose(1, else: 0) }) { $0 > 3 || !($1 >= 2) ? 1 : 0 }
    check(program { x, y in (x .== x).choose(y, else: x) }) { $1 }
    check(program { x, y in (x .!= y).choose(y, else: 0) }) { $0 != $1 ? $1 : 0 }
    check(program { ($0 .< 2).choose(1, else: 0) + $1 }) { ($0 < 2 ? 1 : 0) + $1 }
    check(program { ($0 .> 2).choose($1, else: $0) }) { $0 > 2 ? $1 : $0 }
    check(program { ($0 .>= 2).choose(3, else: $1) - $0 }) { ($0 >= 2 ? 3 : $1) - $0 }
    check(program { ($0 .== 2).choose($1, else: 3) }) { $0 == 2 ? $1 : 3 }
    check(program { ($0 .!= 2).choose($1 * 2, else: $0 * 3) }) { $0 != 2 ? $1 * 2 : $0 * 3 }
    check(program { (($0 - $1) * ($0 - $1) * 0.5 + $1.abs()).greater(2) }) {
      max(($0 - $1) * ($0 - $1) / 2 + abs($1), 2)
    }
    check(program { _, y in y }) { $1 }
    check(program { x, _ in (x * 0 + 1) }) { _, _ in 1 }
  }

  @Test func whatIsWrittenTwiceIsComputedOnce() {
    let program = Batch.program { x in (x + 1).exp() * (x + 1).exp() + (1 + x).exp() }
    // Add, exponential, and the product with its addition.
    #expect(program.operationCount == 3)
  }

  @Test func whatIsKnownIsNotComputed() {
    let program = Batch.program { x in ((x .< 0).choose(2, else: 2) * 3 + 1) * x }
    #expect(program.operationCount == 1)
    var y: [Float] = [2]
    program.run(&y)
    #expect(y == [14])
  }

  @Test func registersAreUsedAgain() {
    // A long chain, and a sum of many squares: neither needs more than a few.
    let program = Batch.program { x in
      var sum = x * x
      for number in 1...60 { sum = sum + (x + Float(number)) * (x + Float(number)) }
      return sum
    }
    var y: [Float] = [1]
    program.run(&y)
    #expect(y[0] == (1...61).reduce(0) { $0 + Float($1 * $1) })
  }

  @Test func swappedOutputsAreNotMixedUp() {
    let (x, y) = ([Float](repeating: 1, count: 100), [Float](repeating: 2, count: 100))
    var (a, b) = (x, x)
    Batch.program { x, y in (y, x) }.run(x, y, into: &a, and: &b)
    #expect(a == y && b == x)
  }

  @Test func nothingBeyondTheEndsIsTouched() {
    let program = Batch.program { x, y in (x.exp() + y * 2) }
    for count in 0..<40 {
      for end in [Guarded<Float>.End.first, .last] {
        let x = Guarded<Float>(copying: Numbers.floats(count), end)
        let y = Guarded<Float>(copying: Numbers.floats(count, seed: 2), end)
        let z = Guarded<Float>(count, end)
        var output = unsafe z.elements
        unsafe program.run(x.elements, y.elements, into: &output)
        #expect(
          Swift.zip(z.array, Swift.zip(x.array, y.array)).allSatisfy { z, rest in
            abs(z - (Foundation.exp(rest.0) + rest.1 * 2)) <= 1e-5 * max(1, abs(z))
          })
      }
    }
  }

  @Test func manyThreadsRunOneProgram() throws {
    let program = Batch.program(.strict) { x in x * 2 + 1 }
    let isRight = try onExecutor {
      Parallel.map(0..<200) { number in
        var y = [Float](repeating: Float(number), count: 1000)
        program.run(&y)
        return y.allSatisfy { $0 == Float(number) * 2 + 1 }
      }
    }
    #expect(isRight.allSatisfy { $0 })
  }

  // MARK: Mistakes

  @Test func tooManyLiveValuesTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Batch.program { x in
        let values = (1...40).map { (x + Float($0)).exp() }
        let total = values.dropFirst().reduce(values[0]) { $0 + $1 }
        return values.dropFirst().reduce(values[0] * total) { $0 * $1 }
      }
    }
    #expect(result.says("more than 32 values are needed at the same time"))
  }

  @Test func tooManyOperationsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Batch.program { x in (0..<129).reduce(x) { x, _ in x.exp() } }
    }
    #expect(result.says("129 operations; a program has at most 128"))
  }

  @Test func mixedProgramsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var kept: Batch.Value<Float>?
      _ = Batch.program { x in
        kept = x
        return x
      }
      _ = Batch.program { x in x + kept! }
    }
    #expect(result.says("a value is of another program"))
  }

  @Test func lengthsMustFit() async {
    let input = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Batch.program { x, y in (x * y).sum() }.run([1, 2, 3], [1, 2])
    }
    #expect(input.says("the first input has 3 elements and another one has 2"))
    let output = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y: [Float] = [0]
      Batch.program { x in x }.run([1, 2, 3], into: &y)
    }
    #expect(output.says("the first input has 3 elements and an output has 1"))
  }

  @Test func overlapOfSeveralOutputsTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 16)
      unsafe memory.initialize(repeating: 0)
      var (first, second) = unsafe (memory, UnsafeMutableBufferPointer<Float>.allocate(capacity: 16))
      unsafe Batch.program { x in (x + 1, x + 2) }.run(UnsafeBufferPointer(memory), into: &first, and: &second)
    }
    #expect(result.says("Batch.Program.run: the output begins 0 bytes from an input that it overlaps"))
  }
}
