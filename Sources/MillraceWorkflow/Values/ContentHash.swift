/// SHA-256 of some bytes: the same on every machine, in every process.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible, LosslessStringConvertible {
  private let words: SIMD8<UInt32>

  /// Hashes bytes.
  ///
  /// - Complexity: linear, some 5 ns a byte.
  public init(of bytes: some Collection<UInt8>) {
    var digest = SHA256()
    digest.update(bytes)
    words = digest.finish()
  }

  /// Reads 64 hexadecimal digits; nil for anything else.
  public init?(_ description: String) {
    let digits = Array(description.utf8)
    guard digits.count == 64 else { return nil }
    var words = SIMD8<UInt32>()
    for word in 0..<8 {
      var value: UInt32 = 0
      for digit in digits[word * 8..<word * 8 + 8] {
        guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
        value = value << 4 | UInt32(nibble)
      }
      words[word] = value
    }
    self.words = words
  }

  /// From 32 bytes, the first the most significant; nil for any other number of them.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    var words = SIMD8<UInt32>()
    for word in 0..<8 { words[word] = bytes[word * 4..<word * 4 + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    self.words = words
  }

  package var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      for byte in 0..<32 {
        unsafe buffer.initializeElement(at: byte, to: UInt8(truncatingIfNeeded: words[byte / 4] >> (24 - byte % 4 * 8)))
      }
      count = 32
    }
  }

  public var description: String {
    (0..<8).map { word in
      let digits = String(words[word], radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// A number that shards are chosen by: never negative, evenly spread.
  public var shardHash: UInt32 { words[0] }
}

extension ContentHash: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let hash = ContentHash(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a hash is 64 hexadecimal digits, not \"\(text)\"")
    }
    self = hash
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// SHA-256 (FIPS 180-4). Here because this module has no dependencies, and a definition's identity needs a hash without collisions.
private struct SHA256 {
  private var state = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
  private var block: [UInt8] = []
  private var byteCount: UInt64 = 0

  mutating func update(_ bytes: some Collection<UInt8>) {
    byteCount += UInt64(bytes.count)
    for byte in bytes {
      block.append(byte)
      if block.count == 64 { compress() }
    }
  }

  mutating func finish() -> SIMD8<UInt32> {
    let bitCount = byteCount * 8
    block.append(0x80)
    if block.count == 64 { compress() }
    while block.count != 56 {
      block.append(0)
      if block.count == 64 { compress() }
    }
    for shift in stride(from: 56, through: 0, by: -8) { block.append(UInt8(truncatingIfNeeded: bitCount >> shift)) }
    compress()
    return state
  }

  private mutating func compress() {
    var schedule = [UInt32](repeating: 0, count: 64)
    for word in 0..<16 {
      schedule[word] = block[word * 4..<word * 4 + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for word in 16..<64 {
      let (early, late) = (schedule[word - 15], schedule[word - 2])
      let first = early.rotated(7) ^ early.rotated(18) ^ early >> 3
      let second = late.rotated(17) ^ late.rotated(19) ^ late >> 10
      schedule[word] = schedule[word - 16] &+ first &+ schedule[word - 7] &+ second
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for round in 0..<64 {
      let choice = e & f ^ ~e & g
      let first =
        h &+ (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)) &+ choice &+ Self.constants[round]
        &+ schedule[round]
      let second = (a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)) &+ (a & b ^ a & c ^ b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    state &+= SIMD8(a, b, c, d, e, f, g, h)
    block.removeAll(keepingCapacity: true)
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}

extension UInt32 {
  fileprivate func rotated(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}
