import Testing

@testable import MillraceCSV

@Suite struct DistributionTests {
  @Test func keysOrderAsValuesDo() {
    let values = [
      -Double.greatestFiniteMagnitude, -1, -Double.leastNonzeroMagnitude, 0, 1e-300, 1, 2,
      Double.greatestFiniteMagnitude,
    ]
    #expect(values.map(Key.of) == values.map(Key.of).sorted())
    #expect(values.map { Key.value(Key.of($0)) } == values)
  }

  /// All ways to the values of some ranks: held at once, or counted into so many parts, after a look at a range that may be wrong.
  private func search(_ values: [Double], _ ranks: [Int], parts: Int?, look: ClosedRange<Double>?) -> [Double] {
    var counts = look.map { KeyCounts(low: Key.of($0.lowerBound), high: Key.of($0.upperBound), limit: 16) }
    counts?.add(values.span)
    let all = KeyRange(low: Key.of(values.min()!), high: Key.of(values.max()!), first: 0, count: values.count)
    var search = RankSearch(ranks, in: all, after: counts)
    while !search.open.isEmpty {
      for range in search.open {
        if let parts { search.count(range, limit: parts) } else { search.hold(range) }
      }
      search.add(values.span)
      search.conclude()
    }
    return search.values
  }

  @Test func ranksAreFoundInEveryWay() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for _ in 0..<20 {
      let spread = [1.0, 1e-300, 1e300].randomElement(using: &random)!
      let values = (0..<Int.random(in: 1...500, using: &random)).map { _ in
        Double(Int.random(in: -50...50, using: &random)) * spread + Double.random(in: 0...1e-6, using: &random)
      }
      let sorted = values.sorted()
      let ranks = Percentiles.ranks(values.count)
      for look in [nil, sorted[0]...sorted[0], -1e-3...1e-3, 1e301...1e302, sorted[0]...sorted.last!] {
        for parts in [nil, 8, 1 << 16] {
          #expect(
            search(values, ranks, parts: parts, look: look) == ranks.map { sorted[$0] },
            "seed \(seed), look \(String(describing: look)), parts \(String(describing: parts))")
        }
      }
    }
  }

  @Test func selectionPutsThePlacesInOrder() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for spread: UInt64 in [1, 3, 1000, .max] {
      for count in [0, 1, 2, 33, 100, 5000] {
        let values = (0..<count).map { _ in UInt64.random(in: 0...spread, using: &random) }
        for keys in [values, values.sorted(), values.sorted(by: >)] {
          let places = Set((0..<min(count, 6)).map { _ in Int.random(in: 0..<count, using: &random) }).sorted()
          var ordered = keys
          ordered.order(at: places)
          let sorted = keys.sorted()
          #expect(places.map { ordered[$0] } == places.map { sorted[$0] }, "seed \(seed), \(count) up to \(spread)")
          #expect(ordered.sorted() == sorted, "seed \(seed), \(count) up to \(spread)")
        }
      }
    }
  }

  @Test(arguments: [(0.0, 100.0), (-0x1p1023, 0x1p1023), (0, 0x1p-1073), (5, 5)])
  func histogramsHoldAllNumbers(low: Double, high: Double) {
    var histogram = Histogram(minimum: low, maximum: high)
    let values = (0...1000).map { low * (1 - Double($0) / 1000) + high * (Double($0) / 1000) } + [low, high]
    histogram.add(values.span)
    #expect(histogram.bins.reduce(0, +) == values.count && histogram.bins[0] > 0)
    if high == 100 { #expect(histogram.bins == [101, 100, 100, 100, 100, 100, 100, 100, 100, 102]) }
  }

  @Test func zerosOfBothSignsAreOneValue() throws {
    try withFile("a\n-0\n0\n-0\n0\n") { path in
      for budget in [0, 384 << 20] {
        guard case .number(let numbers) = try summarize(path, budget: budget).columns[0].values else {
          Issue.record("a is expected to be numeric")
          return
        }
        #expect(numbers.p50 == 0 && numbers.minimum == 0 && numbers.maximum == 0)
      }
    }
  }
}
