/// How often each text of a column occurs, exactly, until the table may grow no further; from then on the number of different texts is estimated.
///
/// Texts stay where they are in the file; the table holds their places. The table of a whole column never grows by itself: it says that it is full, and
/// ``TextTables`` decides, since all columns together must fit in memory.
struct TextCounts: Sendable {
  private var slots: [TextSlot] = []
  private var used = 0
  private var sketch: DistinctSketch?

  /// Different texts; exact unless ``isEstimated``.
  var distinct: Int { max(used, sketch?.estimate ?? 0) }
  var isEstimated: Bool { sketch != nil }
  /// Texts in the table.
  var tableCount: Int { used }
  var byteCount: Int { slots.count * MemoryLayout<TextSlot>.stride }

  /// Counts one more cell. For the table of a block, which may grow.
  ///
  /// - Parameter content: the bytes of a cell that is not empty, without the quotes around it, in the file.
  mutating func add(_ content: UnsafeBufferPointer<UInt8>, _ file: MappedFile) {
    if isFull { grow() }
    let slot = unsafe TextSlot(content, offset: content.baseAddress! - file.bytes)
    let place = find(slot)
    if slots[place].count > 0 {
      slots[place].count += 1
    } else {
      slots[place] = slot
      used += 1
    }
  }

  /// Adds a block's texts from its slot `next` on, and moves `next` past what was added.
  ///
  /// - Returns: false when the table is full: it must ``grow()`` or ``estimate()`` first.
  mutating func join(_ block: TextCounts, next: inout Int) -> Bool {
    while next < block.slots.count {
      let slot = block.slots[next]
      if slot.count > 0 {
        if isFull, !isEstimated { return false }
        let place = find(slot)
        sketch?.add(slot.hash)
        if slots[place].count > 0 {
          slots[place].count += slot.count
        } else if !isFull {
          slots[place] = slot
          used += 1
        }
      }
      next += 1
    }
    return true
  }

  /// At three quarters, searches are still short.
  private var isFull: Bool { used * 4 >= slots.count * 3 }

  /// Where a text is, or where it belongs.
  @inline(__always)
  private func find(_ slot: TextSlot) -> Int {
    var place = slot.home(slots.count)
    while slots[place].count > 0, !slots[place].isSameText(as: slot) { place = (place + 1) & (slots.count - 1) }
    return place
  }

  /// What the table would take after ``grow()``.
  var grownByteCount: Int { max(Self.least * MemoryLayout<TextSlot>.stride, 2 * byteCount) }
  private static let least = 8

  mutating func grow() {
    var larger = [TextSlot](repeating: TextSlot(), count: max(Self.least, slots.count * 2))
    for slot in slots where slot.count > 0 {
      var place = slot.home(larger.count)
      while larger[place].count > 0 { place = (place + 1) & (larger.count - 1) }
      larger[place] = slot
    }
    slots = larger
  }

  /// The table stays as it is; from now on, different texts are estimated.
  mutating func estimate() {
    if slots.isEmpty { grow() }
    var sketch = DistinctSketch()
    for slot in slots where slot.count > 0 { sketch.add(slot.hash) }
    self.sketch = sketch
  }

  /// The most frequent texts, ties in the order of their bytes.
  ///
  /// There may be a million ties: those that may be among the first are read in the order in which they are in the file.
  func top(_ number: Int, _ file: MappedFile) -> [Summary.Frequency] {
    var counts: [Int] = []
    for slot in slots where slot.count > 0 && (counts.count < number || slot.count > counts[number - 1]) {
      counts.insert(slot.count, at: counts.firstIndex { slot.count > $0 } ?? counts.count)
      if counts.count > number { counts.removeLast() }
    }
    guard let least = counts.last else { return [] }
    let candidates = slots.filter { $0.count >= least }.sorted { $0.offset < $1.offset }
    var best: [Summary.Frequency] = []
    for slot in candidates {
      let item = Summary.Frequency(value: slot.cell(file).text, count: slot.count)
      let place = best.firstIndex {
        item.count > $0.count || (item.count == $0.count && item.value.utf8.lexicographicallyPrecedes($0.value.utf8))
      }
      best.insert(item, at: place ?? best.count)
      if best.count > number { best.removeLast() }
    }
    return best
  }

  func summary(_ file: MappedFile) -> Summary.Texts {
    Summary.Texts(distinct: distinct, isDistinctEstimated: isEstimated, top: top(5, file))
  }
}
