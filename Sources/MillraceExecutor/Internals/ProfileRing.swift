import Synchronization

/// What a worker writes down about one moment: 32 bytes.
///
/// | word | holds |
/// |---|---|
/// | 0 | when, in ticks |
/// | 1 | low 8 bits what; next 8 a detail; next 16 a worker + 1, or 0; high 32 a name, or 0 |
/// | 2 | which job |
/// | 3 | a second time in ticks, a length in nanoseconds, or the number of a task |
struct RawProfileEvent: Equatable, Sendable {
  enum Kind: UInt8, Sendable {
    case submitted = 1
    case started, finished, forkStarted, forkFinished, parked, woken, nameBegan, nameEnded, timerFired
    case nodeBegan, nodeEnded
  }

  var ticks: UInt64
  var header: UInt64
  var id: UInt64
  var argument: UInt64

  init(
    ticks: UInt64, _ kind: Kind, detail: UInt8 = 0, worker: Int? = nil, name: UInt32 = 0, id: UInt64 = 0,
    argument: UInt64 = 0
  ) {
    self.ticks = ticks
    header = UInt64(kind.rawValue) | UInt64(detail) << 8 | UInt64(worker.map { $0 + 1 } ?? 0) << 16 | UInt64(name) << 32
    self.id = id
    self.argument = argument
  }

  fileprivate init(words: (UInt64, UInt64, UInt64, UInt64)) { (ticks, header, id, argument) = words }

  var kind: Kind? { Kind(rawValue: UInt8(truncatingIfNeeded: header)) }
  var detail: UInt8 { UInt8(truncatingIfNeeded: header >> 8) }
  var worker: Int? { header >> 16 & 0xffff == 0 ? nil : Int(header >> 16 & 0xffff) - 1 }
  var name: UInt32 { UInt32(truncatingIfNeeded: header >> 32) }
}

/// The last events of one writer, in a ring that it overwrites from the oldest on. Written without read-modify-write and without looking at any reader; read by anyone, at any
/// time, as often as they like.
///
/// | who | does |
/// |---|---|
/// | writer | announces the event in `begun`, writes its words (R1), counts it in `written` (R2) |
/// | reader | reads `written` (R2), copies the words up to there (R1), then reads `begun`, and discards what was begun to be overwritten meanwhile |
///
/// A reader that meets a word of a later event sees, by R1, that event in `begun`, so a torn event is never kept.
///
/// Rejected: stopping at a full ring (the reader's place would be read for each event, and the moments before a stall, which one wants, are those that are lost).
struct ProfileRing: ~Copyable {
  private let begun = Atomic<UInt>(0)
  private let written = Atomic<UInt>(0)
  private let words: ReservedArray<Atomic<UInt64>>
  let capacity: Int

  /// - Precondition: `capacity` is a power of two.
  init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a power of two; found \(capacity)")
    self.capacity = capacity
    words = ReservedArray(capacity: capacity * 4)
  }

  /// The writer only: one thread at a time, each handing over to the next.
  func write(_ event: RawProfileEvent) {
    // Relaxed: only the writer writes it.
    let index = begun.load(ordering: .relaxed)
    // Relaxed: the words' stores (R1) order it.
    begun.store(index &+ 1, ordering: .relaxed)
    let cell = unsafe words.base + (Int(truncatingIfNeeded: index) & (capacity - 1)) * 4
    // R1: pairs with the reader's copy; that the event was begun travels.
    unsafe cell[0].store(event.ticks, ordering: .releasing)
    unsafe cell[1].store(event.header, ordering: .releasing)
    // R1: as above.
    unsafe cell[2].store(event.id, ordering: .releasing)
    unsafe cell[3].store(event.argument, ordering: .releasing)
    // R2: pairs with `read` and `end`; the words travel.
    written.store(index &+ 1, ordering: .releasing)
  }

  /// How many events have been written.
  var end: UInt {
    // R2: pairs with `write`.
    written.load(ordering: .acquiring)
  }

  /// Appends the events from number `first` on to `events`. Returns the number to go on with, and how many were overwritten before they could be read.
  func read(from first: UInt, into events: inout [RawProfileEvent]) -> (next: UInt, lost: Int) {
    let end = self.end
    let oldest = end > UInt(capacity) ? end - UInt(capacity) : 0
    let from = max(first, oldest)
    guard from < end else { return (max(first, end), 0) }
    let start = events.count
    events.reserveCapacity(start + Int(end - from))
    for index in from..<end {
      let cell = unsafe words.base + (Int(truncatingIfNeeded: index) & (capacity - 1)) * 4
      // R1: pairs with `write`; the loads come before that of `begun`.
      let low = unsafe (cell[0].load(ordering: .acquiring), cell[1].load(ordering: .acquiring))
      let high = unsafe (cell[2].load(ordering: .acquiring), cell[3].load(ordering: .acquiring))
      events.append(RawProfileEvent(words: (low.0, low.1, high.0, high.1)))
    }
    // Relaxed: R1 orders it after the copies.
    let begun = self.begun.load(ordering: .relaxed)
    let safe = begun > UInt(capacity) ? begun - UInt(capacity) : 0
    let torn = safe > from ? min(Int(safe - from), Int(end - from)) : 0
    events.removeSubrange(start..<start + torn)
    return (end, Int(from - first) + torn)
  }
}
