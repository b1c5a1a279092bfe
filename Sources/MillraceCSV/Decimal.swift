/// The double nearest to an integer times a power of ten.
enum Decimal {
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// The double nearest to `mantissa` · 10^`exponent`; nil where finding it out takes more digits, or there is none.
  @inline(__always)
  static func value(_ mantissa: UInt64, exponent: Int) -> Double? {
    // An integer of at most 53 bits times or divided by a power of ten that is a double itself is rounded once (Clinger 1990).
    if mantissa <= 1 << 53, exponent.magnitude <= 22 {
      let value = Double(Int64(truncatingIfNeeded: mantissa))
      return exponent <= 0 ? value / powers[-exponent] : value * powers[exponent]
    }
    return rounded(mantissa, exponent: exponent)
  }

  /// The same by a product of 192 bits (after Lemire 2021, "Number parsing at a gigabyte per second"): of the power of ten, 128 bits are known, so the product is a
  /// little too small, by less than two of its 128 upper bits. Nearly always that cannot change how it is rounded, and where it could this says nil.
  static func rounded(_ mantissa: UInt64, exponent: Int) -> Double? {
    guard mantissa > 0 else { return 0 }
    guard PowersOfFive.exponents.contains(exponent) else { return nil }
    let power = PowersOfFive.all[exponent - PowersOfFive.exponents.lowerBound]
    let zeros = mantissa.leadingZeroBitCount
    let factor = mantissa << UInt64(zeros)
    var (high, low) = factor.multipliedFullWidth(by: power.high)
    let (sum, hasCarry) = low.addingReportingOverflow(factor.multipliedFullWidth(by: power.low).high)
    low = sum
    if hasCarry { high += 1 }
    // 54 bits, the last of which rounds, and what is behind them.
    let shift = 9 + high >> 63
    let bits = high >> shift
    let rest = high & (1 << shift - 1)
    if rest == 1 << shift - 1, low >= .max - 1 { return nil }
    if bits & 1 == 1, rest == 0, low == 0 { return nil }
    let significand = (bits + 1) >> 1
    // Of the last of its bits, then of the number as a double has it. Subnormal numbers have fewer bits, and too large ones are none.
    let scale = Int(shift) + 2 + PowersOfFive.binaryExponent(exponent) + exponent - zeros
    let biased = scale + 52 + 1023
    guard biased > 0, biased < 2046 else { return nil }
    // A significand that was rounded up to 2^53 is carried into the exponent.
    return Double(bitPattern: UInt64(biased) << 52 + (significand - 1 << 52))
  }
}

/// The powers of five by which numbers that a double can hold are multiplied: the 128 upper bits of each.
enum PowersOfFive {
  static let exponents = -342...308

  struct Power: Sendable, Hashable {
    var high: UInt64
    var low: UInt64
  }

  /// ⌊log₂ 5^exponent⌋.
  static func binaryExponent(_ exponent: Int) -> Int { (exponent * 152_170) >> 16 }

  /// Computed at first use, in some fifty microseconds. Exact: every power of five is multiplied out, and for the negative ones a power of two is divided again and
  /// again, where what each division leaves over is not missed (⌊⌊n/5⌋/5⌋ = ⌊n/25⌋).
  static let all: [Power] = {
    var positive: [Power] = []
    var words: [UInt64] = [1]
    for _ in 0...exponents.upperBound {
      positive.append(upper(words))
      multiply(&words)
    }
    var negative: [Power] = []
    // 2^960 by 5^342 leaves more than 128 bits.
    words = [UInt64](repeating: 0, count: 15) + [1]
    for _ in exponents.lowerBound..<0 {
      divide(&words)
      negative.append(upper(words))
    }
    return negative.reversed() + positive
  }()

  private static func multiply(_ words: inout [UInt64]) {
    var carry: UInt64 = 0
    for index in words.indices {
      let product = words[index].multipliedFullWidth(by: 5)
      let (low, overflow) = product.low.addingReportingOverflow(carry)
      words[index] = low
      carry = product.high + (overflow ? 1 : 0)
    }
    if carry > 0 { words.append(carry) }
  }

  private static func divide(_ words: inout [UInt64]) {
    var remainder: UInt64 = 0
    for index in words.indices.reversed() {
      (words[index], remainder) = UInt64(5).dividingFullWidth((remainder, words[index]))
    }
    if words.last == 0 { words.removeLast() }
  }

  /// The 128 upper bits, the first of which is one. The lowest word is the first.
  private static func upper(_ words: [UInt64]) -> Power {
    func word(_ place: Int) -> UInt64 { place < words.count ? words[words.count - 1 - place] : 0 }
    let zeros = UInt64(word(0).leadingZeroBitCount)
    func shifted(_ place: Int) -> UInt64 { word(place) << zeros | word(place + 1) >> (64 - zeros) }
    return Power(high: shifted(0), low: shifted(1))
  }
}
