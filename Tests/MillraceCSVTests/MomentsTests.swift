import Testing

@testable import MillraceCSV

@Suite struct MomentsTests {
  private func joined(_ values: [Double], _ size: Int) -> Moments {
    var joined = Moments()
    for start in stride(from: 0, to: values.count, by: size) {
      joined.join(Moments(values.span.extracting(start..<min(values.count, start + size))))
    }
    return joined
  }

  /// The exact deviation: values are whole multiples of `unit` about `center`, so integers hold all sums without rounding.
  private func exactDeviation(_ offsets: [Int], unit: Double) -> Double {
    let count = Int128(offsets.count)
    let sum = offsets.reduce(Int128(0)) { $0 + Int128($1) }
    let squares = offsets.reduce(Int128(0)) { $0 + Int128($1) * Int128($1) }
    return (Double(count * squares - sum * sum) / Double(count) / Double(count - 1)).squareRoot() * unit
  }

  @Test(arguments: [0.0, 1e9, -1e12, 0x1p52])
  func aSmallSpreadAboutALargeMean(center: Double) throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    // Near normal: a sum of uniform numbers; multiples of the last digit of the largest center.
    let unit = center == 0x1p52 ? 1.0 : center == -1e12 ? 0x1p-12 : 0x1p-22
    let offsets = (0..<70_001).map { _ in
      (0..<8).reduce(0) { sum, _ in sum + Int.random(in: -1_000_000...1_000_000, using: &random) }
    }
    let values = offsets.map { center + Double($0) * unit }
    let expected = exactDeviation(offsets, unit: unit)
    for size in [1, 7, 1000, 3277, 100_000] {
      let deviation = try #require(joined(values, size).standardDeviation)
      #expect(abs(deviation / expected - 1) < 1e-12, "seed \(seed), blocks of \(size)")
    }
  }

  /// Two values in turn, as in a column of 1e9 and 1e9 + 1.
  @Test func twoValues() throws {
    let moments = joined((0..<70_000).map { 1e9 + Double($0 % 2) }, 999)
    #expect(moments.mean == 1e9 + 0.5)
    let deviation = try #require(moments.standardDeviation)
    #expect(abs(deviation / (0.5 * (70_000.0 / 69_999).squareRoot()) - 1) < 1e-13)
  }

  @Test func sumsBeyondTheRangeHaveNoMean() {
    let moments = joined([1e308, 1e308, 1e308], 2)
    #expect(moments.mean == nil && moments.standardDeviation == nil && moments.maximum == 1e308)
  }
}
