/// Elements in ascending order, in blocks of a few hundred: what changes moves within one block only, and reading on from a place is reading arrays.
///
/// Complexity: to find, insert or remove one of n elements, log n comparisons and a move of at most half a block (some 100 ns at 100,000 elements).
struct SortedSet<Element: Comparable & Sendable>: Sendable {
  /// Never empty ones; each block's elements are less than the next one's.
  private var blocks: [[Element]] = []
  private(set) var count = 0
  private static var blockLimit: Int { 256 }

  var first: Element? { blocks.first?.first }

  /// Without effect on one that is there.
  mutating func insert(_ element: Element) {
    guard !blocks.isEmpty else {
      blocks = [[element]]
      count = 1
      return
    }
    let block = min(block(of: element), blocks.count - 1)
    let place = Self.place(of: element, in: blocks[block])
    if place < blocks[block].count, blocks[block][place] == element { return }
    blocks[block].insert(element, at: place)
    count += 1
    if blocks[block].count > Self.blockLimit { split(block, insertedAt: place) }
  }

  /// Without effect for one that is not there.
  mutating func remove(_ element: Element) {
    let block = block(of: element)
    guard block < blocks.count else { return }
    let place = Self.place(of: element, in: blocks[block])
    guard blocks[block][place] == element else { return }
    blocks[block].remove(at: place)
    count -= 1
    if blocks[block].isEmpty { blocks.remove(at: block) }
  }

  /// Calls `body` with the elements greater than `bound` (nil: with all), in ascending order, until it returns false.
  func visit(after bound: Element? = nil, _ body: (Element) -> Bool) {
    var block = bound.map { self.block(of: $0) } ?? 0
    var place = 0
    if let bound, block < blocks.count {
      place = Self.place(of: bound, in: blocks[block])
      if blocks[block][place] == bound { place += 1 }
    }
    while block < blocks.count {
      for element in blocks[block][place...] where !body(element) { return }
      block += 1
      place = 0
    }
  }

  /// Calls `body` with the elements less than `bound` (nil: with all), in descending order, until it returns false.
  func visitDescending(before bound: Element? = nil, _ body: (Element) -> Bool) {
    var block = blocks.count - 1
    var end = blocks.last?.count ?? 0
    if let bound {
      let found = self.block(of: bound)
      if found < blocks.count {
        block = found
        end = Self.place(of: bound, in: blocks[found])
      }
    }
    while block >= 0 {
      for element in blocks[block][..<end].reversed() where !body(element) { return }
      block -= 1
      if block >= 0 { end = blocks[block].count }
    }
  }

  /// Ascending insertions are common (ids sort by age): they leave full blocks behind, not half-full ones.
  private mutating func split(_ block: Int, insertedAt place: Int) {
    let isAppended = block == blocks.count - 1 && place == blocks[block].count - 1
    let middle = isAppended ? place : blocks[block].count / 2
    let upper = Array(blocks[block][middle...])
    blocks[block].removeLast(upper.count)
    blocks.insert(upper, at: block + 1)
  }

  /// The first block with an element that is not less; the number of blocks if there is none.
  private func block(of element: Element) -> Int {
    blocks.partitionIndex { $0[$0.count - 1] < element }
  }

  private static func place(of element: Element, in block: [Element]) -> Int {
    block.partitionIndex { $0 < element }
  }
}

extension RandomAccessCollection where Index == Int {
  /// Where the first element is for which `isBefore` is false, in a collection that begins with those for which it is true.
  func partitionIndex(_ isBefore: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
