/// How often each text of a column occurs: exactly while there are at most ``limit`` different ones, else the number of different ones is estimated.
///
/// Texts stay where they are in the file; the table holds their hashes, places and counts (32 bytes each, at most half of the table is used).
struct TextCounts: Sendable {
  /// Different texts that are counted exactly.
  static let limit = 1_000_000

  private struct Entry: Sendable {
    var hash: UInt64 = 0
    var offset = 0
    var length = 0
    var count = 0
  }

  private var entries: [Entry] = []
  private var used = 0
  private(set) var isEstimated = false
  private var sketch: [UInt8] = []
  private(set) var count = 0

  /// Different texts; exact unless ``isEstimated``.
  var distinct: Int { isEstimated ? max(used, sketchEstimate) : used }

  mutating func add(_ cell: Cell, _ file: MappedFile) {
    let start = unsafe cell.bytes.baseAddress.map { unsafe $0 - file.bytes } ?? cell.offset
    let hash = unsafe Self.hash(cell.bytes)
    unsafe add(Entry(hash: hash, offset: start, length: cell.bytes.count, count: 1), file)
  }

  mutating func join(_ other: TextCounts, _ file: MappedFile) {
    if other.isEstimated { estimate() }
    for entry in other.entries where entry.count > 0 { add(entry, file) }
    if !other.sketch.isEmpty {
      if sketch.isEmpty { sketch = [UInt8](repeating: 0, count: Self.registers) }
      for register in sketch.indices { sketch[register] = max(sketch[register], other.sketch[register]) }
    }
  }

  private mutating func add(_ entry: Entry, _ file: MappedFile) {
    count += entry.count
    if isEstimated { note(entry.hash) }
    if entries.isEmpty { entries = [Entry](repeating: Entry(), count: 64) }
    var place = Int(truncatingIfNeeded: entry.hash) & (entries.count - 1)
    while entries[place].count > 0 {
      if entries[place].hash == entry.hash, entries[place].length == entry.length,
        unsafe Self.isEqual(file.bytes + entries[place].offset, file.bytes + entry.offset, entry.length)
      {
        entries[place].count += entry.count
        return
      }
      place = (place + 1) & (entries.count - 1)
    }
    guard used < Self.limit else {
      if !isEstimated {
        estimate()
        note(entry.hash)
      }
      return
    }
    entries[place] = entry
    used += 1
    if used * 2 > entries.count { grow() }
  }

  private mutating func grow() {
    var larger = [Entry](repeating: Entry(), count: entries.count * 2)
    for entry in entries where entry.count > 0 {
      var place = Int(truncatingIfNeeded: entry.hash) & (larger.count - 1)
      while larger[place].count > 0 { place = (place + 1) & (larger.count - 1) }
      larger[place] = entry
    }
    entries = larger
  }

  /// The most frequent texts, ties in the order of their bytes.
  func top(_ number: Int, _ file: MappedFile) -> [(text: String, count: Int)] {
    var best: [(text: String, count: Int)] = []
    for entry in entries where entry.count > 0 {
      if best.count == number, entry.count < best[number - 1].count { continue }
      let bytes = unsafe UnsafeBufferPointer(start: file.bytes + entry.offset, count: entry.length)
      let cell = unsafe Cell(bytes: bytes, hasEscapes: bytes.contains(Byte.quote), offset: entry.offset)
      let item = (text: cell.text, count: entry.count)
      let place = best.firstIndex {
        item.count > $0.count || (item.count == $0.count && item.text.utf8.lexicographicallyPrecedes($0.text.utf8))
      }
      best.insert(item, at: place ?? best.count)
      if best.count > number { best.removeLast() }
    }
    return best
  }

  // MARK: Estimating (HyperLogLog; Flajolet et al. 2007)

  private static var registers: Int { 1 << 14 }

  private mutating func estimate() {
    guard !isEstimated else { return }
    isEstimated = true
    if sketch.isEmpty { sketch = [UInt8](repeating: 0, count: Self.registers) }
    for entry in entries where entry.count > 0 { note(entry.hash) }
  }

  private mutating func note(_ hash: UInt64) {
    let register = Int(hash >> 50)
    sketch[register] = max(sketch[register], UInt8(((hash << 14) | 1 << 13).leadingZeroBitCount + 1))
  }

  private var sketchEstimate: Int {
    let sum = sketch.reduce(0.0) { $0 + 1 / Double(UInt64(1) << UInt64($1)) }
    let registers = Double(Self.registers)
    return Int((0.7213 / (1 + 1.079 / registers) * registers * registers / sum).rounded())
  }

  // MARK: Bytes

  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for position in 0..<bytes.count { hash = (hash ^ UInt64(unsafe bytes[position])) &* 0x0000_0100_0000_01b3 }
    hash ^= hash >> 32
    hash &*= 0x9e37_79b9_7f4a_7c15
    return hash ^ (hash >> 29)
  }

  private static func isEqual(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    for position in 0..<count where unsafe a[position] != b[position] { return false }
    return true
  }
}
