import CMillrace
import Synchronization

/// A first-in, first-out queue of eight-byte words for any number of producers and consumers, lock-free, unbounded.
///
/// Words lie in blocks of ``cellsPerBlock`` cells that form a list. An *index* counts places: each block has one place more than it has cells, and whoever
/// meets that extra place waits for the next block to be linked. Producers claim a place by moving the tail index, consumers by moving the head index;
/// each cell then has a state of its own.
///
/// ## The protocol
///
/// | who | does | then |
/// |---|---|---|
/// | producer | moves the tail index (I1), past the last cell it links the next block (I2) | writes the word, marks the cell `written` (I3) |
/// | consumer | moves the head index (I4), past the last cell it follows the link (I2) | waits for `written` (I3), reads the word, marks the cell `read` (I5) |
///
/// ## When a block is freed
/// The consumer of a block's *last* cell goes over the others: a cell not yet marked `read` it marks `handedOver` (I5), and leaves; the consumer of that cell finds the
/// mark when it is done, and goes on from there. So the block is freed by exactly one thread, after the last reader. Nobody else can still hold it: a
/// producer or consumer uses a block's address only after its compare-exchange on the index succeeded, and the index never returns.
///
/// ## Progress
/// Moving an index is lock-free. A consumer that has claimed a place waits for the producer that claimed it before (between its I1 and I3, a few
/// instructions); it holds up nobody else.
///
/// This is the shape of crossbeam's `Injector` and `SegQueue`. *We differ* in that one freed block is kept for the next producer, so that a
/// steady flow allocates nothing.
///
/// `Tests/Models/injector.pml` checks two producers and two consumers on blocks of two cells.
@safe
package struct Injector: ~Copyable {
  private let head = Position()
  private let padding = CacheLinePadding()
  private let tail = Position()
  private let morePadding = CacheLinePadding()
  /// A freed block, or 0.
  private let spare = Atomic<UInt>(0)

  private struct Position: ~Copyable {
    /// A place times 2. In the head, the low bit says that the tail is in a later block.
    let index = Atomic<UInt>(0)
    let block = Atomic<UInt>(0)
  }

  /// One more than the cells of a block.
  private static var lap: UInt { 64 }
  static var cellsPerBlock: UInt { lap - 1 }
  private static var hasNext: UInt { 1 }
  private static var one: UInt { 2 }

  package init() {
    let first = unsafe UInt(bitPattern: Block.make())
    // Relaxed: nobody else has the queue yet.
    head.block.store(first, ordering: .relaxed)
    tail.block.store(first, ordering: .relaxed)
  }

  deinit {
    // Relaxed: nobody else has the queue any more.
    var address = head.block.load(ordering: .relaxed)
    while let block = unsafe Block.at(address) {
      address = unsafe block.pointee.next.load(ordering: .relaxed)
      unsafe Block.free(block)
    }
    // Relaxed: as above.
    if let block = unsafe Block.at(spare.load(ordering: .relaxed)) { unsafe Block.free(block) }
  }

  // MARK: Push

  /// Appends a word. Any thread.
  ///
  /// A push that has returned is seen by `isEmpty` and `pop` of whoever learns of it, or looks after a full fence of its own that follows one of the pusher's.
  ///
  /// - Complexity: O(1); allocates a block for 63 words when no spare one is there.
  package func push(_ word: UInt) {
    var next: UnsafeMutablePointer<Block>? = nil
    while true {
      // I1: pairs with the producer that moved the tail to this block.
      let seen = tail.index.load(ordering: .acquiring)
      // I2: pairs with the producer that linked this block.
      let block = tail.block.load(ordering: .acquiring)
      let place = (seen / Self.one) % Self.lap
      if place == Self.cellsPerBlock {
        // Another producer links the next block.
        millrace_pause()
        continue
      }
      let isLast = place + 1 == Self.cellsPerBlock
      if isLast, unsafe next == nil { unsafe next = takeSpare() ?? Block.make() }
      // I1: pairs with the other producers and with `isEmpty`; relaxed when it fails, since the loads above are made again.
      let (done, _) = tail.index.weakCompareExchange(
        expected: seen, desired: seen &+ Self.one, successOrdering: .sequentiallyConsistent, failureOrdering: .relaxed)
      guard done else { continue }
      let own = unsafe Block.at(block).unsafelyUnwrapped
      if isLast {
        let linked = UInt(bitPattern: next)
        unsafe next = nil
        // I2: pairs with the producers and consumers that go on to it; its zeroed cells travel.
        tail.block.store(linked, ordering: .releasing)
        tail.index.store(seen &+ 2 &* Self.one, ordering: .releasing)
        unsafe own.pointee.next.store(linked, ordering: .releasing)
      }
      let cell = unsafe own.cell(place)
      unsafe cell.pointee.word = word
      // I3: pairs with the consumer's wait; the word travels.
      unsafe cell.pointee.state.bitwiseOr(Cell.written, ordering: .releasing)
      break
    }
    if let unused = unsafe next { unsafe keepSpare(unused) }
  }

  // MARK: Pop

  /// Removes the oldest word, or returns nil when there is none. Any thread.
  ///
  /// - Complexity: O(1).
  package func pop() -> UInt? {
    while true {
      // I4: pairs with the consumer that moved the head to this block.
      let seen = head.index.load(ordering: .acquiring)
      // I2: pairs with the producer that linked this block.
      let block = head.block.load(ordering: .acquiring)
      let place = (seen / Self.one) % Self.lap
      if place == Self.cellsPerBlock {
        // Another consumer goes on to the next block.
        millrace_pause()
        continue
      }
      var moved = seen &+ Self.one
      if seen & Self.hasNext == 0 {
        // I1: pairs with the producers; sequentially consistent, so that a sleeper's last look, after its fence, sees each push before it.
        let end = tail.index.load(ordering: .sequentiallyConsistent)
        if seen / Self.one == end / Self.one { return nil }
        if seen / Self.one / Self.lap != end / Self.one / Self.lap { moved |= Self.hasNext }
      }
      // I4: pairs with the other consumers.
      let (done, _) = head.index.weakCompareExchange(
        expected: seen, desired: moved, successOrdering: .sequentiallyConsistent, failureOrdering: .relaxed)
      guard done else { continue }
      let own = unsafe Block.at(block).unsafelyUnwrapped
      let isLast = place + 1 == Self.cellsPerBlock
      if isLast { unsafe goOn(from: own, moved) }
      let cell = unsafe own.cell(place)
      // I3: pairs with the producer's mark; the word travels.
      while unsafe cell.pointee.state.load(ordering: .acquiring) & Cell.written == 0 { millrace_pause() }
      let word = unsafe cell.pointee.word
      // I5: pairs with the other readers of the block: the last of them frees it after all have read.
      if isLast {
        unsafe release(own, from: 0, upTo: place)
      } else if unsafe cell.pointee.state.bitwiseOr(Cell.read, ordering: .acquiringAndReleasing).oldValue
        & Cell.handedOver != 0
      {
        unsafe release(own, from: place + 1, upTo: Self.cellsPerBlock - 1)
      }
      return word
    }
  }

  /// The consumer of a block's last cell moves the head to the next block.
  private func goOn(from block: UnsafeMutablePointer<Block>, _ moved: UInt) {
    var next: UInt
    repeat {
      // I2: pairs with the producer that linked it.
      next = unsafe block.pointee.next.load(ordering: .acquiring)
      if next == 0 { millrace_pause() }
    } while next == 0
    var index = (moved & ~Self.hasNext) &+ Self.one
    // Relaxed: a hint; when it is missed, the tail is asked.
    if unsafe Block.at(next).unsafelyUnwrapped.pointee.next.load(ordering: .relaxed) != 0 { index |= Self.hasNext }
    // I2: pairs with the consumers that go on to it.
    head.block.store(next, ordering: .releasing)
    // I4: pairs with the consumers' loads.
    head.index.store(index, ordering: .releasing)
  }

  /// Frees the block once every cell in `first..<end` has been read, or hands that over to the reader of the first that has not.
  private func release(_ block: UnsafeMutablePointer<Block>, from first: UInt, upTo end: UInt) {
    var place = first
    while place < end {
      let cell = unsafe block.cell(place)
      // I5: pairs with that cell's reader.
      if unsafe cell.pointee.state.load(ordering: .acquiring) & Cell.read == 0,
        unsafe cell.pointee.state.bitwiseOr(Cell.handedOver, ordering: .acquiringAndReleasing).oldValue & Cell.read == 0
      {
        return
      }
      place += 1
    }
    unsafe keepSpare(block)
  }

  // MARK: Looking

  /// Nothing is queued. A word counts from the moment that its producer has claimed a place.
  package var isEmpty: Bool {
    // I1, I4: sequentially consistent, for a sleeper's last look: it sees every push that came before the looker's fence.
    let first = head.index.load(ordering: .sequentiallyConsistent)
    let end = tail.index.load(ordering: .sequentiallyConsistent)
    return first / Self.one == end / Self.one
  }

  /// About how many words are queued.
  package var count: Int {
    // Relaxed: a figure.
    let first = head.index.load(ordering: .relaxed) / Self.one
    let end = tail.index.load(ordering: .relaxed) / Self.one
    guard end > first else { return 0 }
    return Int(end - first - (end / Self.lap - first / Self.lap))
  }

  // MARK: Blocks

  fileprivate struct Cell: ~Copyable {
    var word: UInt
    let state: Atomic<UInt>

    static var written: UInt { 1 }
    static var read: UInt { 2 }
    static var handedOver: UInt { 4 }
  }

  /// The head of a block; its cells follow it.
  fileprivate struct Block: ~Copyable {
    let next: Atomic<UInt>

    static var bytes: Int { 16 + Int(cellsPerBlock) * MemoryLayout<Cell>.stride }

    static func make() -> UnsafeMutablePointer<Block> {
      let memory = unsafe Memory.allocate(bytes: bytes, alignment: 64)
      // All zero is a valid, empty block.
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return unsafe memory.assumingMemoryBound(to: Block.self)
    }

    static func at(_ address: UInt) -> UnsafeMutablePointer<Block>? { unsafe UnsafeMutablePointer(bitPattern: address) }

    static func free(_ block: UnsafeMutablePointer<Block>) {
      unsafe Memory.deallocate(block, bytes: bytes, alignment: 64)
    }
  }

  private func takeSpare() -> UnsafeMutablePointer<Block>? {
    // I6: pairs with `keepSpare`; the block's last use travels.
    unsafe Block.at(spare.exchange(0, ordering: .acquiring))
  }

  private func keepSpare(_ block: UnsafeMutablePointer<Block>) {
    unsafe UnsafeMutableRawPointer(block).initializeMemory(as: UInt8.self, repeating: 0, count: Block.bytes)
    // I6: pairs with `takeSpare`.
    if let other = unsafe Block.at(spare.exchange(UInt(bitPattern: block), ordering: .acquiringAndReleasing)) {
      unsafe Block.free(other)
    }
  }
}

extension UnsafeMutablePointer where Pointee == Injector.Block {
  fileprivate func cell(_ place: UInt) -> UnsafeMutablePointer<Injector.Cell> {
    unsafe (UnsafeMutableRawPointer(self) + 16).assumingMemoryBound(to: Injector.Cell.self) + Int(place)
  }
}
