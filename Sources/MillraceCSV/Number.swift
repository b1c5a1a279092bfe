#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads numbers: `-12`, `3.50`, `.5`, `6e-3`, correctly rounded. Blanks, `inf`, `nan` and what is too large for a double are no numbers.
enum Number {
  /// The value of a finite decimal number; nil for anything else.
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
    if !isLong, let value = Decimal.value(mantissa, exponent: exponent) { return isNegative ? -value : value }
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

// MARK: Eight digits at a time

extension Number {
  /// The value of most numbers, by a few steps that do not depend on how many digits there are; nil for others, and for what is no number.
  ///
  /// - Parameters:
  ///   - bytes: of a file; the cell begins at `start` and ends before `end`, and is not empty.
  @inline(__always)
  static func parse(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Double? {
    // SAFETY: nothing before the file's first byte is read: 24 bytes before the end, or before an exponent of at most five.
    guard end >= 32 else { return nil }
    let isNegative = unsafe bytes[start] == 0x2d
    guard
      let (mantissa, exponent) = unsafe decimal(bytes, from: start, to: end) ?? scientific(bytes, from: start, to: end),
      let value = Decimal.value(mantissa, exponent: exponent)
    else { return nil }
    // Signs are as good as random: no jump may depend on them.
    return Double(bitPattern: value.bitPattern ^ (isNegative ? 1 << 63 : 0))
  }

  /// A decimal number behind which `e`, perhaps a sign, and one to three digits stand.
  private static func scientific(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> (mantissa: UInt64, exponent: Int)? {
    var exponent = 0
    var scale = 1
    var place = end - 1
    while scale <= 100 {
      let digit = unsafe bytes[place] &- 0x30
      guard digit < 10 else { break }
      exponent += Int(digit) * scale
      scale *= 10
      place -= 1
    }
    guard scale > 1 else { return nil }
    let sign = unsafe bytes[place]
    if (sign &- 0x2b) & ~2 == 0 { place -= 1 }
    guard unsafe place > start && bytes[place] | 0x20 == 0x65,
      let (mantissa, decimals) = unsafe decimal(bytes, from: start, to: place)
    else { return nil }
    return (mantissa, (sign == 0x2d ? -exponent : exponent) + decimals)
  }

  /// A number of at most 24 bytes without an exponent, as an integer times a power of ten; its sign is left out.
  ///
  /// The bytes *before* the cell's end are loaded and those before its begin taken for zeros, so that the last digit is always at the same place.
  @inline(__always)
  private static func decimal(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> (mantissa: UInt64, exponent: Int)? {
    let first = unsafe bytes[start]
    // Plus and minus differ in one bit.
    let length = end - start - ((first &- 0x2b) & ~2 == 0 ? 1 : 0)
    let last = unsafe bytes + end
    let mantissa: UInt64
    var decimals = 0
    if length <= 8 {
      guard length > 0 else { return nil }
      var low = unsafe digits(before: last) & upper(length)
      let point = Self.point(low)
      if point != 0 {
        guard length > 1 else { return nil }
        (low, decimals) = remove(point, low, 0)
      }
      guard areDigits(low) else { return nil }
      mantissa = value(low)
    } else if length <= 16 {
      var low = unsafe digits(before: last)
      var middle = unsafe digits(before: last - 8) & upper(length - 8)
      let point = Self.point(low)
      if point != 0 {
        (low, decimals) = remove(point, low, middle >> 56)
        middle <<= 8
      } else {
        let point = Self.point(middle)
        if point != 0 {
          (middle, decimals) = remove(point, middle, 0)
          decimals += 8
        }
      }
      guard areDigits(low), areDigits(middle) else { return nil }
      mantissa = value(middle) &* 100_000_000 &+ value(low)
    } else {
      guard length <= 24 else { return nil }
      var low = unsafe digits(before: last)
      var middle = unsafe digits(before: last - 8)
      var high = unsafe digits(before: last - 16) & upper(length - 16)
      let point = Self.point(low)
      if point != 0 {
        (low, decimals) = remove(point, low, middle >> 56)
        middle = middle << 8 | high >> 56
        high <<= 8
      } else {
        let point = Self.point(middle)
        if point != 0 {
          (middle, decimals) = remove(point, middle, high >> 56)
          decimals += 8
          high <<= 8
        } else {
          let point = Self.point(high)
          if point != 0 {
            (high, decimals) = remove(point, high, 0)
            decimals += 16
          }
        }
      }
      // Three digits more than sixteen are the most that fit.
      guard areDigits(low), areDigits(middle), areDigits(high), high << 24 == 0 else { return nil }
      mantissa = (value(high) &* 100_000_000 &+ value(middle)) &* 100_000_000 &+ value(low)
    }
    return (mantissa, -decimals)
  }

  /// The eight bytes before a place, digits as their values, the first one lowest.
  @inline(__always)
  private static func digits(before place: UnsafePointer<UInt8>) -> UInt64 {
    unsafe UInt64(littleEndian: UnsafeRawPointer(place - 8).loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
  }

  /// The last `count` of eight bytes, 1 to 8.
  @inline(__always)
  private static func upper(_ count: Int) -> UInt64 { ~0 << UInt64(truncatingIfNeeded: 64 &- 8 &* count) }

  /// A bit in the first byte that is a decimal point, at its top, and perhaps bits behind it; zero when there is none.
  @inline(__always)
  private static func point(_ word: UInt64) -> UInt64 {
    // A point as `digits` leaves it.
    let difference = word ^ 0x1e1e_1e1e_1e1e_1e1e
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
  }

  /// The word without its point: what stands before it moves up, and `carry` follows. And how many bytes stand behind it.
  @inline(__always)
  private static func remove(_ point: UInt64, _ word: UInt64, _ carry: UInt64) -> (UInt64, Int) {
    let place = UInt64(truncatingIfNeeded: point.trailingZeroBitCount) & ~7
    let before = (1 &<< place) &- 1
    let behind = ~(before << 8 | 0xff)
    return ((word & behind) | (word & before) << 8 | carry, 7 - Int(place / 8))
  }

  @inline(__always)
  private static func areDigits(_ word: UInt64) -> Bool {
    (word | (word &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0
  }

  /// Of eight digits: pairs, pairs of those, and pairs of those.
  @inline(__always)
  private static func value(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* (10 << 8 + 1)) >> 8 & 0x00ff_00ff_00ff_00ff
    let fours = (pairs &* (100 << 16 + 1)) >> 16 & 0x0000_ffff_0000_ffff
    return (fours &* (10_000 << 32 + 1)) >> 32
  }
}
