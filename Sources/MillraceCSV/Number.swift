#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads numbers.
enum Number {
  private static let powers: [Double] = (0...22).map { pow(10, Double($0)) }

  /// The value of a finite decimal number (`-12`, `3.50`, `.5`, `6e-3`), correctly rounded; nil for anything else, blanks, `inf` and `nan` included.
  @inline(__always)
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    var position = 0
    let count = bytes.count
    var isNegative = false
    if count > 0, unsafe bytes[0] == 0x2d || bytes[0] == 0x2b {
      isNegative = unsafe bytes[0] == 0x2d
      position = 1
    }
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    var isLong = false
    var seen = 0
    while position < count {
      let digit = unsafe bytes[position] &- 0x30
      guard digit < 10 else { break }
      append(digit, &mantissa, &digits, &isLong)
      seen += 1
      position += 1
    }
    if position < count, unsafe bytes[position] == 0x2e {
      position += 1
      while position < count {
        let digit = unsafe bytes[position] &- 0x30
        guard digit < 10 else { break }
        append(digit, &mantissa, &digits, &isLong)
        exponent -= 1
        seen += 1
        position += 1
      }
    }
    guard seen > 0 else { return nil }
    if position < count, unsafe bytes[position] | 0x20 == 0x65 {
      position += 1
      var isDown = false
      if position < count, unsafe bytes[position] == 0x2d || bytes[position] == 0x2b {
        isDown = unsafe bytes[position] == 0x2d
        position += 1
      }
      guard position < count else { return nil }
      var written = 0
      while position < count {
        let digit = unsafe bytes[position] &- 0x30
        guard digit < 10 else { return nil }
        if written < 100_000 { written = written * 10 + Int(digit) }
        position += 1
      }
      exponent += isDown ? -written : written
    }
    guard position == count else { return nil }
    // Exact: an integer below 2^53 times or divided by a power of ten that is a double itself is rounded once (Clinger 1990).
    if !isLong, mantissa < 1 << 53, abs(exponent) <= 22 {
      let value = Double(mantissa)
      let scaled = exponent < 0 ? value / powers[-exponent] : value * powers[exponent]
      return isNegative ? -scaled : scaled
    }
    return unsafe slow(bytes)
  }

  @inline(__always)
  private static func append(_ digit: UInt8, _ mantissa: inout UInt64, _ digits: inout Int, _ isLong: inout Bool) {
    if digits < 19 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      if mantissa > 0 { digits += 1 }
    } else {
      isLong = true
    }
  }

  /// The C library rounds correctly, whatever the length. `bytes` is a number.
  private static func slow(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    let value = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { copy in
      for position in 0..<bytes.count { unsafe copy[position] = CChar(bitPattern: bytes[position]) }
      unsafe copy[bytes.count] = 0
      return unsafe strtod(copy.baseAddress!, nil)
    }
    return value.isFinite ? value : nil
  }
}
