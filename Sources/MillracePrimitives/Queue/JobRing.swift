import Synchronization

/// A worker's queue of ready jobs: its owner pushes at one end, anyone takes at the other, first in, first out; it grows as it must.
///
/// | who | does |
/// |---|---|
/// | owner, push | writes the cell, then moves `bottom` (D1) |
/// | anyone, take | reads `top`, then `bottom` (D1), then the buffer (D2) and the cell, then moves `top` by compare-exchange (D3) |
/// | owner, grow | copies the cells to a buffer twice as large, then publishes it (D2) |
///
/// `top` only grows, so a taker whose compare-exchange succeeds has read the cell's word while it was that place's: the owner does not write a place again before `top`
/// has passed it. Both buffers of a growth hold the same words for all places a taker may claim. This is half of the deque of Chase & Lev (2005,
/// DOI 10.1145/1073970.1073974), with orderings after Lê et al. (2013, DOI 10.1145/2442516.2442524); *we differ* in that the owner, too, takes at the top, so there is no race for
/// a last element and no fence. First in, first out keeps tasks that yield to each other from starving the rest.
///
/// Old buffers are kept until the ring goes, because takers may still read them; together they are smaller than the present one.
///
/// `Tests/Models/ring.pml` checks an owner that grows the ring and two takers.
@safe
package struct JobRing: ~Copyable {
  private let top = Atomic<Int>(0)
  private let padding = CacheLinePadding()
  /// Written by the owner only.
  private let bottom = Atomic<Int>(0)
  private let buffer: Atomic<UInt>

  /// A power of two of cells, after the buffer that it replaced.
  private struct Buffer: ~Copyable {
    let mask: Int
    let previous: UInt
  }

  private static var firstCapacity: Int { 64 }

  package init() {
    buffer = Atomic(UInt(bitPattern: unsafe Self.makeBuffer(Self.firstCapacity, previous: 0)))
  }

  deinit {
    // Relaxed: nobody else has the ring any more.
    var address = buffer.load(ordering: .relaxed)
    while let old = unsafe UnsafeMutablePointer<Buffer>(bitPattern: address) {
      address = unsafe old.pointee.previous
      unsafe Memory.deallocate(old, bytes: Self.bytes(old.pointee.mask + 1), alignment: 64)
    }
  }

  /// Appends a word. The owner only.
  ///
  /// - Complexity: O(1), amortised.
  package func push(_ word: UInt) {
    // Relaxed: only the owner writes it.
    let end = bottom.load(ordering: .relaxed)
    // D3: pairs with the takers; their reads of the place come before this thread writes it again.
    let first = top.load(ordering: .acquiring)
    // Relaxed: only the owner writes it.
    var cells = unsafe UnsafeMutablePointer<Buffer>(bitPattern: buffer.load(ordering: .relaxed)).unsafelyUnwrapped
    if unsafe end - first > cells.pointee.mask { unsafe cells = grow(cells, first, end) }
    // Relaxed: published by D1.
    unsafe Self.cell(cells, end).pointee.store(word, ordering: .relaxed)
    // D1: pairs with `take`; the word travels.
    bottom.store(end + 1, ordering: .releasing)
  }

  /// Removes the oldest word, or returns nil when there is none. Any thread.
  ///
  /// - Complexity: O(1); tried again only when another taker was faster.
  package func take() -> UInt? {
    // D3: pairs with the other takers: `top` before `bottom`.
    var first = top.load(ordering: .acquiring)
    while true {
      // D1: pairs with `push`; the words below it travel.
      if bottom.load(ordering: .acquiring) <= first { return nil }
      // D2: pairs with `grow`; the copied words travel.
      let cells = unsafe UnsafeMutablePointer<Buffer>(bitPattern: buffer.load(ordering: .acquiring)).unsafelyUnwrapped
      // Relaxed: D1 ordered it; the exchange below tells whether the place was still this one's.
      let word = unsafe Self.cell(cells, first).pointee.load(ordering: .relaxed)
      // D3: pairs with the owner's look at `top`: this read comes before the place is used again.
      let (done, seen) = top.compareExchange(
        expected: first, desired: first + 1, successOrdering: .acquiringAndReleasing, failureOrdering: .acquiring)
      if done { return word }
      first = seen
    }
  }

  /// Nothing is there to take. Sequentially consistent with a push that a fence of the looker's follows.
  package var isEmpty: Bool {
    // D3, D1: pairs with the takers and with `push`.
    let first = top.load(ordering: .acquiring)
    return bottom.load(ordering: .acquiring) <= first
  }

  /// About how many words are there.
  package var count: Int {
    // Relaxed: a figure.
    max(0, bottom.load(ordering: .relaxed) - top.load(ordering: .relaxed))
  }

  /// How many words have been taken so far.
  package var taken: Int {
    // Relaxed: a figure.
    top.load(ordering: .relaxed)
  }

  // MARK: Buffers

  private static func bytes(_ capacity: Int) -> Int {
    MemoryLayout<Buffer>.stride + capacity * MemoryLayout<Atomic<UInt>>.stride
  }

  private static func makeBuffer(_ capacity: Int, previous: UInt) -> UnsafeMutablePointer<Buffer> {
    let memory = unsafe Memory.allocate(bytes: bytes(capacity), alignment: 64)
    let buffer = unsafe memory.bindMemory(to: Buffer.self, capacity: 1)
    unsafe buffer.initialize(to: Buffer(mask: capacity - 1, previous: previous))
    for place in 0..<capacity { unsafe cell(buffer, place).initialize(to: Atomic(0)) }
    return unsafe buffer
  }

  private static func cell(_ buffer: UnsafeMutablePointer<Buffer>, _ place: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
    unsafe UnsafeMutableRawPointer(buffer + 1).assumingMemoryBound(to: Atomic<UInt>.self)
      + (place & buffer.pointee.mask)
  }

  private func grow(
    _ old: UnsafeMutablePointer<Buffer>, _ first: Int, _ end: Int
  ) -> UnsafeMutablePointer<Buffer> {
    let new = unsafe Self.makeBuffer((old.pointee.mask + 1) * 2, previous: UInt(bitPattern: old))
    for place in first..<end {
      // Relaxed: only the owner writes cells; D2 publishes the copies.
      unsafe Self.cell(new, place).pointee.store(
        Self.cell(old, place).pointee.load(ordering: .relaxed), ordering: .relaxed)
    }
    // D2: pairs with `take`; the copied words travel.
    buffer.store(UInt(bitPattern: new), ordering: .releasing)
    return unsafe new
  }
}
