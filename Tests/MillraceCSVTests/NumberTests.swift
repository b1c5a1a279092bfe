import Testing

@testable import MillraceCSV

@Suite struct NumberTests {
  private func parse(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { unsafe Number.parse($0) }
  }

  /// As in a file, with digits and a point before the cell and behind it; nil when the few steps are not enough.
  private func parseInFile(_ text: String) -> Double? {
    var file = "01234567.0123456789.123456789.123e5," + text + ",1.5"
    return file.withUTF8 { unsafe Number.parse($0.baseAddress!, from: 36, to: $0.count - 4) }
  }

  /// - Parameter isShort: the few steps must be enough.
  private func expect(_ text: String, _ value: Double?, isShort: Bool = false, _ note: String = "") {
    #expect(parse(text)?.bitPattern == value?.bitPattern, "\(text) \(note)")
    let short = parseInFile(text)
    #expect(short == nil ? !isShort : short?.bitPattern == value?.bitPattern, "\(text) in a file, \(note)")
  }

  @Test func decimalsAreRoundedAsTheStandardLibraryDoes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for _ in 0..<10_000 {
      let value = Double(bitPattern: .random(in: .min ... .max, using: &random))
      guard value.isFinite else { continue }
      expect("\(value)", value, "seed \(seed)")
      let text =
        "\(Int.random(in: -99_999...99_999, using: &random)).\(Int.random(in: 0...999_999_999, using: &random))e\(Int.random(in: -30...30, using: &random))"
      expect(text, Double(text), "seed \(seed)")
      let unit = Double.random(in: -1000...1000, using: &random)
      expect("\(unit)", unit, isShort: "\(unit)".count <= 20 && !"\(unit)".contains("e"), "seed \(seed)")
    }
    for text in [
      "0", "-0", "+1", ".5", "5.", "1e5", "1E-5", "123456789012345678901234567890", "0.1", "9007199254740993",
      "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e308", "-0.000000000000000000000",
    ] {
      expect(text, Double(text == "5." ? "5" : text == ".5" ? "0.5" : text))
    }
  }

  /// Every length, with a point at every place or none, and either sign or none.
  @Test func digitsOfEveryLength() {
    let digits = Array("9081726354463728190918273")
    for length in 1...24 {
      for point in 0...length + 1 {
        for (sign, power) in [("", ""), ("-", ""), ("+", ""), ("-", "e5"), ("", "E-07"), ("+", "e+123"), ("", "e0012")]
        {
          var text = String(digits.prefix(length))
          if point <= length { text.insert(".", at: text.index(text.startIndex, offsetBy: point)) }
          // The standard library wants a digit on either side.
          let usual = (point == 0 ? "0" : "") + text + (point == length ? "0" : "")
          expect(
            sign + text + power, Double(sign + usual + power),
            isShort: length <= (power.isEmpty ? 18 : 15) && power != "e0012")
        }
      }
    }
  }

  @Test func halvesBetweenTwoDoublesAreRoundedToEven() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for _ in 0..<5_000 {
      // Between 2^53 and 2^63, doubles are whole and some lie 2, 4, 8 … apart.
      let half = UInt64.random(in: 1 << 53...1 << 63, using: &random)
      let step: UInt64 = 1 << UInt64(10 - half.leadingZeroBitCount)
      let middle = half / step * step + step / 2
      for value in [middle - 1, middle, middle + 1] {
        expect("\(value)", Double(value), "seed \(seed)")
        expect("\(value).0", Double(value), "seed \(seed)")
        let shifted = "\(value / 1000).\(String(value % 1000 + 1000).dropFirst())"
        expect(shifted, Double(shifted), "seed \(seed)")
      }
    }
  }

  /// The powers by multiplication in place of the table's way, and the bounds that make 128 bits of them enough.
  @Test func powersOfFiveAreTheirUpperBits() {
    #expect(PowersOfFive.all.count == PowersOfFive.exponents.count)
    // 5^55 is the last that 128 bits hold.
    var exact: UInt128 = 1
    for exponent in 0...55 {
      let power = PowersOfFive.all[exponent - PowersOfFive.exponents.lowerBound]
      let shifted = exact << UInt128(exact.leadingZeroBitCount)
      #expect(power == .init(high: UInt64(shifted >> 64), low: UInt64(truncatingIfNeeded: shifted)))
      #expect(PowersOfFive.binaryExponent(exponent) == 127 - exact.leadingZeroBitCount)
      if exponent < 55 { exact *= 5 }
    }
    // A power times its reciprocal is a power of two, less what both lack.
    for exponent in 1...PowersOfFive.exponents.upperBound {
      let (power, reciprocal) = (
        PowersOfFive.all[exponent - PowersOfFive.exponents.lowerBound],
        PowersOfFive.all[-exponent - PowersOfFive.exponents.lowerBound]
      )
      let product = (UInt128(power.high) << 64 | UInt128(power.low)).multipliedFullWidth(
        by: UInt128(reciprocal.high) << 64 | UInt128(reciprocal.low)
      ).high
      #expect(UInt128(1) << 127 - 1 - product <= 2, "5^\(exponent)")
      #expect(PowersOfFive.binaryExponent(-exponent) == -1 - PowersOfFive.binaryExponent(exponent))
    }
  }

  @Test(
    arguments: [
      "", "-", ".", "e5", "1e", "1e+", "1,5", " 1", "1 ", "inf", "nan", "0x10", "1e400", "1e", "1e-", "-e5", ".e5",
      "1e5.", "1ee5", "1e+-5", "--1", "1.2.3", "-.", "+-1",
      "1-",
      "1..2", "123456789.12345678.1", "1234567890123456789012:4", "12345678901234 56", "1/2", "\u{b1}1",
    ])
  func whatIsNoFiniteDecimalIsNil(text: String) {
    #expect(parse(text) == nil)
    if !text.isEmpty { #expect(parseInFile(text) == nil) }
  }
}
