import Testing

@testable import MillraceCSV

@Suite struct NumberTests {
  private func parse(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { unsafe Number.parse($0) }
  }

  @Test func decimalsAreRoundedAsTheStandardLibraryDoes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: .random(in: .min ... .max, using: &random))
      guard value.isFinite else { continue }
      #expect(parse("\(value)")?.bitPattern == value.bitPattern, "seed \(seed)")
      let text =
        "\(Int.random(in: -99_999...99_999, using: &random)).\(Int.random(in: 0...999_999_999, using: &random))e\(Int.random(in: -30...30, using: &random))"
      #expect(parse(text) == Double(text), "seed \(seed), \(text)")
    }
    for text in [
      "0", "-0", "+1", ".5", "5.", "1e5", "1E-5", "123456789012345678901234567890", "0.1", "9007199254740993",
      "4.9e-324",
    ] {
      #expect(
        parse(text)?.bitPattern == Double(text == "5." ? "5" : text == ".5" ? "0.5" : text)?.bitPattern, "\(text)")
    }
  }

  @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "1,5", " 1", "1 ", "inf", "nan", "0x10", "1e400", "--1", "1.2.3"])
  func whatIsNoFiniteDecimalIsNil(text: String) { #expect(parse(text) == nil) }
}
