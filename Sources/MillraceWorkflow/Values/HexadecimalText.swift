/// Words as 16 digits in small letters, without a text for each part: ids are written for each attempt.
enum HexadecimalText {
  static func text(of word: UInt64) -> String {
    unsafe String(unsafeUninitializedCapacity: 16) { text in
      unsafe write(word, to: text, at: 0)
      return 16
    }
  }

  // SAFETY: the caller's buffer has 16 bytes from `place` on; checked where bounds are.
  static func write(_ word: UInt64, to text: UnsafeMutableBufferPointer<UInt8>, at place: Int) {
    var word = word
    for offset in stride(from: 15, through: 0, by: -1) {
      let digit = UInt8(truncatingIfNeeded: word & 15)
      unsafe text[place + offset] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
      word >>= 4
    }
  }
}
