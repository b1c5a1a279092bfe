import Foundation
import Millrace
import Testing

/// The Swift side of the kernels: that each reaches its own kernel with its arguments in order, on the caller and on the workers. What kernels compute is tested beside them.
@Suite struct KernelTests {
  static let counts = [0, 1, 5, 4097, 70_001]

  /// Runs `call` on the caller and on workers, and compares both with what is expected of each index.
  private func check<T: Batch.Real>(
    _ count: Int, tolerance: T = 0, _ expected: (Int) -> T, _ caller: (inout [T]) -> Void,
    _ workers: @Sendable (inout [T]) throws -> Void, line: Int = #line
  ) throws {
    var results = [[T](repeating: .nan, count: count)]
    caller(&results[0])
    results.append(
      try onExecutor {
        var result = [T](repeating: .nan, count: count)
        try workers(&result)
        return result
      })
    for result in results {
      let wrong = (0..<count).first { index in
        let (found, wanted) = (result[index], expected(index))
        return
          !(found == wanted || (found.isNaN && wanted.isNaN)
          || abs(found - wanted) <= tolerance * Swift.max(1, abs(wanted)))
      }
      #expect(wrong == nil, "line \(line): at \(wrong ?? 0)")
    }
    #expect(results[0] == results[1] || tolerance != 0 || results[0].contains { $0.isNaN }, "line \(line)")
  }

  @Test(arguments: counts) func arithmetic(count: Int) throws {
    let (x, y) = (Numbers.floats(count), Numbers.floats(count, in: 1...5, seed: 2))
    try check(
      count, { x[$0] + y[$0] }, { Batch.add(x, y, into: &$0) }, { try Batch.add(x, y, into: &$0, on: .workers) })
    try check(
      count, { x[$0] - y[$0] }, { Batch.subtract(x, y, into: &$0) },
      { try Batch.subtract(x, y, into: &$0, on: .workers) })
    try check(
      count, { x[$0] * y[$0] }, { Batch.multiply(x, y, into: &$0) },
      { try Batch.multiply(x, y, into: &$0, on: .workers) })
    try check(
      count, { x[$0] / y[$0] }, { Batch.divide(x, y, into: &$0) }, { try Batch.divide(x, y, into: &$0, on: .workers) })
    try check(
      count, { min(x[$0], y[$0]) }, { Batch.minimum(x, y, into: &$0) },
      { try Batch.minimum(x, y, into: &$0, on: .workers) })
    try check(
      count, { max(x[$0], y[$0]) }, { Batch.maximum(x, y, into: &$0) },
      { try Batch.maximum(x, y, into: &$0, on: .workers) })
    // In place: the first one is changed.
    try check(
      count, { x[$0] - y[$0] },
      {
        $0 = x
        Batch.subtract(&$0, y)
      },
      {
        $0 = x
        try Batch.subtract(&$0, y, on: .workers)
      })
    try check(
      count, { x[$0] / y[$0] },
      {
        $0 = x
        Batch.divide(&$0, y)
      },
      {
        $0 = x
        try Batch.divide(&$0, y, on: .workers)
      })
  }

  @Test(arguments: counts) func numbers(count: Int) throws {
    let x = Numbers.doubles(count, in: 1...9)
    try check(count, { x[$0] + 3 }, { Batch.add(x, 3, into: &$0) }, { try Batch.add(x, 3, into: &$0, on: .workers) })
    try check(
      count, { x[$0] - 3 }, { Batch.subtract(x, 3, into: &$0) },
      {
        $0 = x
        try Batch.subtract(&$0, 3, on: .workers)
      })
    try check(
      count, { 3 - x[$0] }, { Batch.subtract(3, x, into: &$0) },
      {
        $0 = x
        try Batch.subtract(3, &$0, on: .workers)
      })
    try check(
      count, { x[$0] * 3 }, { Batch.multiply(x, 3, into: &$0) },
      {
        $0 = x
        try Batch.multiply(&$0, 3, on: .workers)
      })
    try check(
      count, { x[$0] / 3 }, { Batch.divide(x, 3, into: &$0) },
      {
        $0 = x
        try Batch.divide(&$0, 3, on: .workers)
      })
    try check(
      count, { 3 / x[$0] }, { Batch.divide(3, x, into: &$0) },
      {
        $0 = x
        try Batch.divide(3, &$0, on: .workers)
      })
    try check(
      count, { min(x[$0], 3) }, { Batch.minimum(x, 3, into: &$0) },
      {
        $0 = x
        try Batch.minimum(&$0, 3, on: .workers)
      })
    try check(
      count, { max(x[$0], 3) }, { Batch.maximum(x, 3, into: &$0) },
      {
        $0 = x
        try Batch.maximum(&$0, 3, on: .workers)
      })
  }

  @Test(arguments: counts) func functions(count: Int) throws {
    let x = Numbers.floats(count, in: 0.01...8)
    try check(
      count, tolerance: 1e-6, { Foundation.exp(x[$0]) }, { Batch.exp(x, into: &$0) },
      {
        $0 = x
        try Batch.exp(&$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-6, { Foundation.log(x[$0]) }, { Batch.log(x, into: &$0) },
      {
        $0 = x
        try Batch.log(&$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-6, { Foundation.sin(x[$0]) }, { Batch.sin(x, into: &$0) },
      {
        $0 = x
        try Batch.sin(&$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-6, { Foundation.cos(x[$0]) }, { Batch.cos(x, into: &$0) },
      {
        $0 = x
        try Batch.cos(&$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-6, { Foundation.tanh(x[$0]) }, { Batch.tanh(x, into: &$0) },
      {
        $0 = x
        try Batch.tanh(&$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-6, { 1 / (1 + Foundation.exp(-x[$0])) }, { Batch.sigmoid(x, into: &$0) },
      {
        $0 = x
        try Batch.sigmoid(&$0, on: .workers)
      })
    try check(
      count, { x[$0].squareRoot() }, { Batch.sqrt(x, into: &$0) },
      {
        $0 = x
        try Batch.sqrt(&$0, on: .workers)
      })
    try check(
      count, { -x[$0] }, { Batch.negate(x, into: &$0) },
      {
        $0 = x
        try Batch.negate(&$0, on: .workers)
      })
    let y = Numbers.floats(count)
    try check(
      count, { abs(y[$0]) }, { Batch.abs(y, into: &$0) },
      {
        $0 = y
        try Batch.abs(&$0, on: .workers)
      })
  }

  @Test(arguments: counts) func fused(count: Int) throws {
    let (x, y, z) = (Numbers.doubles(count), Numbers.doubles(count, seed: 2), Numbers.doubles(count, seed: 3))
    try check(
      count, tolerance: 1e-14, { 2 * x[$0] + y[$0] }, { Batch.axpy(2, x, y, into: &$0) },
      {
        $0 = y
        try Batch.axpy(2, x, &$0, on: .workers)
      })
    try check(
      count, tolerance: 1e-13, { x[$0] * y[$0] + z[$0] }, { Batch.multiplyAdd(x, y, z, into: &$0) },
      { try Batch.multiplyAdd(x, y, z, into: &$0, on: .workers) })
    try check(
      count, tolerance: 1e-14, { x[$0] * 1.8 + 32 }, { Batch.affine(x, scale: 1.8, offset: 32, into: &$0) },
      {
        $0 = x
        try Batch.affine(&$0, scale: 1.8, offset: 32, on: .workers)
      })
    try check(
      count, tolerance: 1e-13, { 1 + x[$0] * (2 + x[$0] * 3) },
      { Batch.polynomial(x, coefficients: [1, 2, 3], into: &$0) },
      {
        $0 = x
        try Batch.polynomial(&$0, coefficients: [1, 2, 3], on: .workers)
      })
    try check(
      count, { min(max(x[$0], -1), 2) }, { Batch.clamp(x, to: -1...2, into: &$0) },
      {
        $0 = x
        try Batch.clamp(&$0, to: -1...2, on: .workers)
      })
  }

  @Test(arguments: counts) func comparisons(count: Int) throws {
    let (x, y) = (
      Numbers.floats(count, in: 0...4).map { $0.rounded() },
      Numbers.floats(count, in: 0...4, seed: 2).map { $0.rounded() }
    )
    let questions: [(Batch.Comparison, (Float, Float) -> Bool)] = [
      (.less, { $0 < $1 }), (.lessOrEqual, { $0 <= $1 }), (.greater, { $0 > $1 }), (.greaterOrEqual, { $0 >= $1 }),
      (.equal, { $0 == $1 }), (.notEqual, { $0 != $1 }),
    ]
    for (comparison, holds) in questions {
      var mask = [UInt8](repeating: 9, count: count)
      Batch.compare(x, comparison, y, into: &mask)
      #expect(mask == Swift.zip(x, y).map { holds($0, $1) ? 1 : 0 })
      let expected: [UInt8] = x.map { holds($0, 2) ? 1 : 0 }
      let kept = x.filter { holds($0, 2) }
      let results = try onExecutor { () -> ([UInt8], Int, [Float], [Float]) in
        var mask = [UInt8](repeating: 9, count: count)
        try Batch.compare(x, comparison, 2, into: &mask, on: .workers)
        var compacted = [Float](repeating: 0, count: count)
        let length = try Batch.compact(x, where: mask, into: &compacted, on: .workers)
        return (
          mask, try Batch.count(x, comparison, 2, on: .workers), try Batch.filter(x, comparison, 2, on: .workers),
          Array(compacted.prefix(length))
        )
      }
      #expect(results.0 == expected && results.1 == kept.count && results.2 == kept && results.3 == kept)
      #expect(Batch.filter(x, comparison, 2) == kept)
      var inPlace = x
      var chosen = [Float](repeating: 0, count: count)
      Batch.select(x, y, where: mask, into: &chosen)
      #expect(chosen == Swift.zip(x, y).map { holds($0, $1) ? $0 : $1 })
      // Bytes ask and choose alike.
      let (a, b) = (x.map { UInt8($0) }, y.map { UInt8($0) })
      var (byteMask, bytes) = (mask.map { _ in UInt8(7) }, a)
      Batch.compare(a, comparison, b, into: &byteMask)
      Batch.select(a, b, where: byteMask, into: &bytes)
      #expect(byteMask == mask && bytes == chosen.map { UInt8($0) })
      let length = unsafe inPlace.withUnsafeMutableBufferPointer { buffer in
        unsafe Batch.filter(UnsafeBufferPointer(buffer), comparison, 2, into: &buffer)
      }
      #expect(Array(inPlace.prefix(length)) == kept)
    }
  }

  @Test(arguments: counts + [140_001]) func integersAndBytes(count: Int) throws {
    var numbers = Numbers(3)
    let x = (0..<count).map { _ in Int32(truncatingIfNeeded: numbers.next()) }
    let bytes = x.map { UInt8(truncatingIfNeeded: $0) }
    var y = x
    Batch.add(&y, x)
    #expect(y == x.map { $0 &+ $0 })
    Batch.multiply(x, x, into: &y)
    #expect(y == x.map { $0 &* $0 })
    let results = try onExecutor {
      (
        try Batch.sum(x, on: .workers), try Batch.sum(bytes, on: .workers), try Batch.min(x, on: .workers),
        try Batch.max(bytes, on: .workers), try Batch.indexOfMax(x, on: .workers),
        try Batch.minAndMax(x, on: .workers)?.max
      )
    }
    #expect(results.0 == x.reduce(0) { $0 + Int($1) } && results.0 == Batch.sum(x))
    #expect(results.1 == bytes.reduce(0) { $0 + Int($1) } && results.1 == Batch.sum(bytes))
    #expect(results.2 == x.min() && results.3 == bytes.max() && results.5 == x.max())
    #expect(results.4 == x.max().map { x.firstIndex(of: $0)! })
    var saturated = bytes
    Batch.add(&saturated, bytes)
    #expect(saturated == bytes.map { UInt8(min(255, 2 * Int($0))) })
  }

  @Test func conversions() throws {
    let x: [Float] = [1.5, -2.5, 300, .nan, 2.5e10, -0.4] + Numbers.floats(40_000)
    let results = try onExecutor { () -> ([Int32], [UInt8], [Double], [Float], [Float]) in
      var (integers, bytes) = ([Int32](repeating: 0, count: x.count), [UInt8](repeating: 0, count: x.count))
      var (doubles, floats) = ([Double](repeating: 0, count: x.count), x)
      var halves = [Float16](repeating: 0, count: x.count)
      try Batch.convert(x, into: &integers, on: .workers)
      try Batch.convert(x, into: &bytes, on: .workers)
      try Batch.convert(x, into: &doubles, on: .workers)
      try Batch.convert(doubles, into: &floats, on: .workers)
      try Batch.convert(x, into: &halves, on: .workers)
      var back = x
      try Batch.convert(halves, into: &back, on: .workers)
      return (integers, bytes, doubles, floats, back)
    }
    #expect(results.0 == x.map { $0.isNaN ? 0 : $0 > 2e9 ? .max : Int32($0) })
    #expect(
      results.1 == x.map { $0.isNaN ? 0 : UInt8(min(255, max(0, $0.rounded(.toNearestOrEven)))) })
    #expect(Swift.zip(results.2, x).allSatisfy { $0 == Double($1) || $1.isNaN })
    #expect(Swift.zip(results.3, x).allSatisfy { $0 == $1 || $1.isNaN })
    #expect(Swift.zip(results.4, x).allSatisfy { $0 == Float(Float16($1)) || $1.isNaN })
    var (floats, doubles) = ([Float](repeating: 0, count: 3), [Double](repeating: 0, count: 3))
    Batch.convert([Int32.min, 0, 7], into: &floats)
    Batch.convert([Int32.min, 0, 7], into: &doubles)
    #expect(floats == [-2_147_483_648, 0, 7] && doubles == [-2_147_483_648, 0, 7])
    Batch.convert([UInt8(0), 200, 255], into: &floats)
    #expect(floats == [0, 200, 255])
  }
}
