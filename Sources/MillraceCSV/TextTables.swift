import MillraceExecutor

/// The tables of all columns that are read as text, and the memory that they share.
///
/// Blocks are joined by all columns at once. A table that is full stops where it is; when all have joined or stopped, those that stopped may grow, one after
/// the other, as far as the memory goes, and the rest become estimates. So what is exact depends on the file alone, and of two tables only one at a time
/// is held twice while it grows.
struct TextTables: Sendable {
  /// Different texts that are told apart in a column, whatever the others hold, if it is the only one with many.
  static let promised = 1_000_000

  private struct Column: Sendable {
    var counts = TextCounts()
    var block = 0
    var slot = 0
    var isWaiting = false

    mutating func join(_ blocks: [BlockReading], _ lane: Int) {
      isWaiting = false
      while block < blocks.count {
        if blocks[block].rows == 0 {
          block += 1
          continue
        }
        guard counts.join(blocks[block].texts[lane], next: &slot) else {
          isWaiting = true
          return
        }
        block += 1
        slot = 0
      }
    }
  }

  private var columns: [Column]
  private(set) var free: Int

  init(count: Int, bytes: Int) {
    columns = [Column](repeating: Column(), count: count)
    free = bytes
  }

  subscript(lane: Int) -> TextCounts { columns[lane].counts }

  /// Adds the texts of the next blocks.
  mutating func join(_ blocks: [BlockReading]) {
    for lane in columns.indices { (columns[lane].block, columns[lane].slot) = (0, 0) }
    repeat {
      Parallel.forEach(in: &columns) { lane, column in column.join(blocks, lane) }
      for lane in columns.indices where columns[lane].isWaiting { makeRoom(lane) }
    } while columns.contains(where: \.isWaiting)
  }

  private mutating func makeRoom(_ lane: Int) {
    let counts = columns[lane].counts
    let cost = counts.grownByteCount - counts.byteCount
    if counts.tableCount < Self.promised, cost <= free {
      free -= cost
      columns[lane].counts.grow()
    } else {
      columns[lane].counts.estimate()
    }
  }
}
