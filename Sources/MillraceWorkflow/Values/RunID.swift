/// Names a run: 128 bits, of which the first 48 are the time of its making in milliseconds, so that ids sort by age and rows of a table by id are written at its end.
///
/// Written as 32 hexadecimal digits.
public struct RunID: Sendable, Hashable, Comparable, CustomStringConvertible, LosslessStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new id: 80 random bits after the time.
  public init(at time: Timestamp, using generator: inout some RandomNumberGenerator) {
    let milliseconds = UInt64(max(0, time.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
    high = milliseconds << 16 | generator.next() & 0xFFFF
    low = generator.next()
  }

  /// Reads 32 hexadecimal digits; nil for anything else.
  public init?(_ description: String) {
    let digits = Array(description.utf8)
    guard digits.count == 32, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let high = UInt64(String(decoding: digits[..<16], as: UTF8.self), radix: 16),
      let low = UInt64(String(decoding: digits[16...], as: UTF8.self), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// From 16 bytes in the order of the digits; nil for any other number of them.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(
      high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
  }

  public var description: String {
    unsafe String(unsafeUninitializedCapacity: 32) { text in
      unsafe HexadecimalText.write(high, to: text, at: 0)
      unsafe HexadecimalText.write(low, to: text, at: 16)
      return 32
    }
  }

  public static func < (a: RunID, b: RunID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension RunID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = RunID(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a run's id is 32 hexadecimal digits, not \"\(text)\"")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
