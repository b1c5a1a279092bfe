/// A text in a table: where it is in the file, how often it occurs, and 108 bits of hash, by which texts are told apart.
///
/// The bytes in the file are not compared: each comparison would touch the page of a text's first occurrence, and a file larger than memory would be read
/// at random, page by page. That two of a million texts share all bits by chance happens once in 10^20 files. Twenty-four bytes: a million texts are
/// promised. The length is not among them, since the file says where a cell ends.
struct TextSlot: Sendable {
  private static let offsetBits: UInt64 = 44
  private static let countBits: UInt64 = 40
  /// Bits of a hash that are kept; the upper ones beside the offset, the lower ones beside the count.
  static let hashBits: UInt64 = 44
  private static let lowerBits = 64 - countBits

  /// The largest file whose offsets fit: 16 TiB.
  static let fileLimit = 1 << Int(offsetBits)

  private var upperAndOffset: UInt64 = 0
  private var lowerAndCount: UInt64 = 0
  private var check: UInt64 = 0

  /// Free.
  init() {}

  init(hash: UInt64, check: UInt64 = 0, offset: Int, count: Int) {
    self.check = check
    upperAndOffset = (hash >> Self.lowerBits) << Self.offsetBits | UInt64(offset)
    lowerAndCount = hash << Self.countBits | UInt64(count)
  }

  var hash: UInt64 { (upperAndOffset >> Self.offsetBits) << Self.lowerBits | lowerAndCount >> Self.countBits }
  var offset: Int { Int(upperAndOffset & (1 << Self.offsetBits - 1)) }
  /// Zero: free.
  var count: Int {
    get { Int(lowerAndCount & (1 << Self.countBits - 1)) }
    set { lowerAndCount = (lowerAndCount >> Self.countBits) << Self.countBits | UInt64(newValue) }
  }

  func isSameText(as other: TextSlot) -> Bool { check == other.check && hash == other.hash }

  /// Where the search begins in a table, whose size is a power of two.
  func home(_ size: Int) -> Int { Int(truncatingIfNeeded: hash) & (size - 1) }

  /// The text's cell.
  func cell(_ file: MappedFile) -> Cell {
    var end = offset
    // Only a quoted cell's text comes after a quote.
    guard unsafe file.bytes[offset - 1] == Byte.quote else {
      while !isPlainEnd(end, file) { end += 1 }
      let bytes = unsafe UnsafeBufferPointer(start: file.bytes + offset, count: end - offset)
      return unsafe Cell(bytes: bytes, hasEscapes: false, offset: offset)
    }
    var hasEscapes = false
    while !isQuotedEnd(end, file) {
      if unsafe file.bytes[end] == Byte.quote {
        hasEscapes = true
        end += 1
      }
      end += 1
    }
    let bytes = unsafe UnsafeBufferPointer(start: file.bytes + offset, count: end - offset)
    return unsafe Cell(bytes: bytes, hasEscapes: hasEscapes, offset: offset)
  }

  private func isPlainEnd(_ place: Int, _ file: MappedFile) -> Bool {
    guard place < file.count else { return true }
    let byte = unsafe file.bytes[place]
    return unsafe byte == Byte.comma || byte == Byte.lineFeed
      || (byte == Byte.carriageReturn && place + 1 < file.count && file.bytes[place + 1] == Byte.lineFeed)
  }

  private func isQuotedEnd(_ place: Int, _ file: MappedFile) -> Bool {
    unsafe place < file.count && file.bytes[place] == Byte.quote
      && !(place + 1 < file.count && file.bytes[place + 1] == Byte.quote)
  }

  /// A text that occurs once, at `offset`.
  ///
  /// Eight bytes at a time are folded in by the two halves of a product (Wang Yi 2019, "wyhash"), into two hashes with factors of their own.
  init(_ bytes: UnsafeBufferPointer<UInt8>, offset: Int) {
    let count = bytes.count
    var hash = UInt64(count) ^ 0xa076_1d64_78bd_642f
    var check = UInt64(count) ^ 0x8ebc_6af0_9c88_c6e3
    var position = 0
    while position < count {
      var word: UInt64 = 0
      if position + 8 <= count {
        unsafe word = UnsafeRawPointer(bytes.baseAddress! + position).loadUnaligned(as: UInt64.self)
      } else {
        for index in position..<count { word = unsafe word << 8 | UInt64(bytes[index]) }
      }
      hash = Self.fold(hash ^ word, 0x9e37_79b9_7f4a_7c15)
      check = Self.fold(check ^ word, 0x5899_65cc_7537_4cc3)
      position += 8
    }
    self.init(
      hash: Self.fold(hash, 0xe703_7ed1_a0b4_28db) & (1 << Self.hashBits - 1), check: check, offset: offset, count: 1)
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
