import Foundation
import Millrace
import Testing

@Suite struct PassTests {
  static let counts = [0, 1, 100, 16_384, 100_001]

  @Test(arguments: counts) func softmaxAddsUpToOne(count: Int) throws {
    let x = Numbers.floats(count, in: -50...50)
    var y = [Float](repeating: 0, count: count)
    Batch.softmax(x, into: &y)
    let greatest = Double(x.max() ?? 0)
    let sum = x.reduce(0) { $0 + Foundation.exp(Double($1) - greatest) }
    for (x, y) in Swift.zip(x, y) {
      #expect(abs(Double(y) - Foundation.exp(Double(x) - greatest) / sum) <= 1e-6 * Double(y) + 1e-30)
    }
    let first = y
    for workers in [1, 2, 8] {
      let shared = try onExecutor(workers: workers) {
        var (inPlace, apart) = (x, x)
        try Batch.softmax(&inPlace, on: .workers)
        try Batch.softmax(x, into: &apart, on: .workers)
        return [inPlace, apart]
      }
      #expect(shared == [first, first])
    }
  }

  @Test(arguments: counts) func normaliseHasMeanZeroAndDeviationOne(count: Int) throws {
    let x = Numbers.doubles(count, in: 100...120)
    var y = x
    Batch.normalise(&y, epsilon: count < 2 ? 1 : 0)
    if count >= 2 {
      let moments = Batch.moments(y)
      #expect(abs(moments.mean) < 1e-12 && abs(moments.variance - 1) < 1e-12)
      #expect((y[1] > y[0]) == (x[1] > x[0]))
    }
    let first = y
    let shared = try onExecutor(workers: 3) {
      var z = x
      try Batch.normalise(x, into: &z, epsilon: count < 2 ? 1 : 0, on: .workers)
      return z
    }
    #expect(shared == first)
  }

  @Test(arguments: counts) func prefixSums(count: Int) throws {
    let x = (0..<count).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761) }
    var running = Int32(5)
    let inclusive = x.map {
      running &+= $0
      return running
    }
    let exclusive = [5] + inclusive.dropLast()
    let results = try onExecutor { () -> [[Int32]] in
      var (a, b, c) = (x, x, x)
      let totals = [
        Batch.prefixSum(x, into: &a, from: 5), try Batch.prefixSum(x, into: &b, from: 5, on: .workers),
        try Batch.exclusivePrefixSum(x, into: &c, from: 5, on: .workers),
      ]
      return [a, b, c, totals]
    }
    #expect(results[0] == inclusive && results[1] == inclusive)
    #expect(results[2] == (count == 0 ? [] : exclusive))
    #expect(results[3] == [running, running, running])
  }

  @Test func prefixSumsOfFloatsAreTheSameOnAnyNumberOfWorkers() throws {
    let x = Numbers.floats(300_001)
    let doubles = x.map { Double($0) / 3 }
    let results = try [1, 2, 8].map { workers in
      try onExecutor(workers: workers) {
        var (a, b, c) = (x, x, doubles)
        let totals = [
          try Batch.prefixSum(x, into: &a, from: 0.7, on: .workers),
          try Batch.exclusivePrefixSum(x, into: &b, from: 0.7, on: .workers),
        ]
        try Batch.prefixSum(doubles, into: &c, on: .workers)
        return [a, b, totals, c.map { Float($0) }]
      }
    }
    var (a, b, c) = (x, x, doubles)
    let totals = [Batch.prefixSum(x, into: &a, from: 0.7), Batch.exclusivePrefixSum(x, into: &b, from: 0.7)]
    Batch.prefixSum(doubles, into: &c)
    for result in results { #expect(result == [a, b, totals, c.map { Float($0) }]) }
    #expect(b == [0.7] + a.dropLast())
    #expect(totals == [a.last!, a.last!])
  }

  @Test func histograms() throws {
    let x = Numbers.floats(200_000, in: -1...11) + [.nan, .infinity, 10, 0]
    var expected = [UInt64](repeating: 1, count: 10)
    for value in x where value >= 0 && value < 10 { expected[Int(value)] += 1 }
    let outside = x.count { !($0 >= 0 && $0 < 10) }
    for workers in [1, 4] {
      let (counts, others) = try onExecutor(workers: workers) {
        var counts = [UInt64](repeating: 1, count: 10)
        let others = try Batch.histogram(x, over: 0..<10, into: &counts, on: .workers)
        return (counts, others)
      }
      #expect(counts == expected && others == outside)
    }
    var counts = [UInt64](repeating: 1, count: 10)
    #expect(Batch.histogram(x, over: 0..<10, into: &counts) == outside && counts == expected)
    let bytes = x.map { UInt8(truncatingIfNeeded: Int($0.isFinite ? $0 : 0)) }
    var ofBytes = [UInt64](repeating: 0, count: 256)
    Batch.histogram(bytes, into: &ofBytes)
    #expect(ofBytes[3] == bytes.count { $0 == 3 } && ofBytes.reduce(0, +) == bytes.count)
    var small = [UInt64](repeating: 0, count: 4)
    #expect(Batch.histogram([Int32(-1), 0, 3, 3, 4], into: &small) == 2 && small == [1, 0, 0, 2])
  }

  @Test func gatherAndScatter() throws {
    let table = Numbers.doubles(1000)
    var numbers = Numbers(9)
    let indices = (0..<50_000).map { _ in Int32.random(in: 0..<1000, using: &numbers) }
    let gathered = try onExecutor {
      var y = [Double](repeating: 0, count: indices.count)
      try Batch.gather(table, at: indices, into: &y, on: .workers)
      return y
    }
    #expect(gathered == indices.map { table[Int($0)] })
    var y = [Double](repeating: -1, count: 4)
    Batch.scatter([1, 2, 3], at: [3, 0, 3], into: &y)
    #expect(y == [2, -1, -1, 3])
  }

  @Test func transposeAndSortRows() throws {
    for (rows, columns) in [(1, 1), (3, 200), (129, 65), (500, 300)] {
      let x = (0..<rows * columns).map { Int32($0) }
      let turned = try onExecutor {
        var y = [Int32](repeating: -1, count: x.count)
        try Batch.transpose(x, rows: rows, columns: columns, into: &y, on: .workers)
        return y
      }
      #expect(turned == (0..<columns).flatMap { column in (0..<rows).map { Int32($0 * columns + column) } })
    }
    for width in [1, 3, 8, 32] {
      let x = Numbers.floats(width * 3000)
      let sorted = try onExecutor {
        var y = x
        try Batch.sortRows(&y, width: width, on: .workers)
        return y
      }
      #expect(sorted == stride(from: 0, to: x.count, by: width).flatMap { x[$0..<$0 + width].sorted() })
    }
  }

  @Test func matrixProducts() throws {
    for (rows, columns, depth) in [(1, 1, 1), (3, 5, 7), (200, 33, 65), (0, 4, 2), (2, 3, 0)] {
      let (a, b) = (Numbers.doubles(rows * depth), Numbers.doubles(depth * columns, seed: 2))
      var expected = [Double](repeating: 1, count: rows * columns)
      for i in 0..<rows {
        for j in 0..<columns {
          for k in 0..<depth { expected[i * columns + j] += a[i * depth + k] * b[k * columns + j] }
        }
      }
      let c = try onExecutor {
        var c = [Double](repeating: 1, count: rows * columns)
        try Batch.matmul(a, b, rows: rows, columns: columns, depth: depth, into: &c, isAdded: true, on: .workers)
        return c
      }
      #expect(Swift.zip(c, expected).allSatisfy { abs($0 - $1) < 1e-9 })
      var serial = [Double](repeating: 1, count: rows * columns)
      Batch.matmul(a, b, rows: rows, columns: columns, depth: depth, into: &serial, isAdded: true)
      #expect(serial == c)
    }
  }

  @Test func stencils() throws {
    let x = Numbers.doubles(70_002)
    let y = try onExecutor {
      var y = [Double](repeating: 0, count: x.count - 2)
      try Batch.stencil(x, left: 1, centre: 2, right: 4, into: &y, on: .workers)
      return y
    }
    for index in y.indices {
      let expected: Double = x[index] + 2 * x[index + 1] + 4 * x[index + 2]
      #expect(abs(y[index] - expected) < 1e-13)
    }
    let (rows, columns) = (300, 200)
    let grid = Numbers.doubles((rows + 2) * (columns + 2))
    let smooth = try onExecutor {
      var z = [Double](repeating: 0, count: rows * columns)
      try Batch.stencil(
        grid, rows: rows, columns: columns, centre: 16, left: 1, right: 2, above: 4, below: 8, into: &z, on: .workers)
      return z
    }
    let stride = columns + 2
    #expect(
      smooth.indices.allSatisfy { index in
        let at = (index / columns + 1) * stride + index % columns + 1
        let sides = grid[at - 1] + 2 * grid[at + 1] + 4 * grid[at - stride] + 8 * grid[at + stride]
        return abs(smooth[index] - (16 * grid[at] + sides)) < 1e-11
      })
  }

  // MARK: Mistakes

  @Test func indicesOutsideTrap() async {
    let gather = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 3)
      Batch.gather([1, 2], at: [0, 2, 1], into: &y)
    }
    #expect(gather.says("Batch.gather: indices[1] is 2, outside 0..<2"))
    let scatter = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 3)
      Batch.scatter([1, 2], at: [0, -1], into: &y)
    }
    #expect(scatter.says("Batch.scatter: indices[1] is -1, outside 0..<3"))
  }

  @Test func shapesMustFit() async {
    let transpose = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 6)
      Batch.transpose([1, 2, 3, 4, 5, 6], rows: 2, columns: 2, into: &y)
    }
    #expect(transpose.says("Batch.transpose: 2 rows of 2 columns are expected to be all elements; found 6"))
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 66)
      Batch.sortRows(&y, width: 33)
    }
    #expect(rows.says("the width is expected to be in 1...32"))
    let room = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 1)
      _ = Batch.filter([1, 2, 3], .greater, 1, into: &y)
    }
    #expect(room.says("Batch.filter: 2 elements are kept, and the output has room for 1"))
    let ring = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var y = [Float](repeating: 0, count: 3)
      Batch.stencil([1, 2, 3, 4], left: 1, centre: 1, right: 1, into: &y)
    }
    #expect(ring.says("the input has 4 elements"))
    let bins = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var counts = [UInt64](repeating: 0, count: 255)
      Batch.histogram([UInt8(1)], into: &counts)
    }
    #expect(bins.says("there are 255 counts; expected 256 to 256"))
  }

  @Test func outputsThatMayNotOverlapTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 16)
      unsafe memory.initialize(repeating: 0)
      var output = unsafe memory
      unsafe Batch.transpose(UnsafeBufferPointer(memory), rows: 4, columns: 4, into: &output)
    }
    #expect(result.says("Batch.transpose: the output begins 0 bytes from an input that it overlaps"))
  }
}
