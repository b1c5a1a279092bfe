import CMillrace
import Synchronization

/// Who sleeps and who searches, in one word, so that whoever has made work can tell with one load whether to wake somebody.
///
/// ## The protocol
/// A worker is *running*, *searching* or *parked*. Nobody is woken while somebody searches: the searcher will find the job, and
/// when the last searcher finds one it wakes the next (work comes in bursts; a chain of wake-ups follows it).
///
/// | who | does | then |
/// |---|---|---|
/// | producer | makes the job visible, light fence (S1), reads the word | parked > 0 and searching = 0: takes a worker off the list, counts it as searching *on its behalf*, unparks it (S2) |
/// | worker that found nothing | leaves searching and joins the list in one step (S2), heavy fence (S1), looks at every queue once more | work there: does what a producer would (it may pick itself); then parks |
/// | outside thread that becomes a parked worker for a while | takes it off the list (S2), wakes nobody; runs its own work; puts it back (S2), heavy fence (S1), or a full one when all workers are parked then; looks at every queue | work there: does what a producer would |
/// | searcher that found a job | leaves searching (S2); was it the last, heavy fence (S1), looks at every queue | work there: does what a producer would |
///
/// ## Why no wake-up is lost
/// Let a producer's look miss a worker W that parks: the look came before W's entry in the word. Then, by the fences S1, W's last look comes
/// after the job was visible, and W (or whom it wakes) finds it. Let the look see W but also a searcher: that searcher either finds a
/// job, and then, if it is the last, looks once more and wakes W, or it enters the list itself later than the producer's look, and its own
/// last look finds the job. In each case somebody awake knows. A worker never takes itself off the list: whoever took it
/// off unparks it exactly once, so tokens are exact and a wake-up cannot go to a worker that is no longer there.
///
/// Producers that are no workers have a full fence for their light one. A worker that runs has not: but when an outside thread puts back the last worker that was not parked, and nobody searches,
/// each of the others looks at every queue after its own last job. So that thread, which may come a million times a second, needs no heavy fence.
///
/// Rejected: a condition variable (a lock on every submission); an eventcount with one futex for all (wakes the wrong one, herds);
/// removal from the middle of the list (two owners of one token).
///
/// `Tests/Models/park.pml` checks every interleaving of two producers with two workers, with store buffers; `Tests/Models/guest.pml` those of a guest that needs no heavy fence.
///
/// Word: searching 13 bits · tag 25 bits (against ABA: a guest changes the word twice in a microsecond) · parked 13 bits · top of the list + 1, 13 bits.
@safe @frozen
public struct Sleepers: ~Copyable {
  public let word = Atomic<UInt64>(0)
  /// Below each parked worker, the one that parked before it (index + 1).
  private let below: UnsafeMutablePointer<Atomic<UInt32>>
  private let capacity: Int

  public init(capacity: Int) {
    precondition(capacity > 0 && capacity < 0x1fff, "between 1 and 8,190 workers; found \(capacity)")
    self.capacity = capacity
    unsafe below = .allocate(capacity: capacity)
    for index in 0..<capacity { unsafe (below + index).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe below.deinitialize(count: capacity)
    unsafe below.deallocate()
  }

  /// Somebody is parked and nobody searches.
  @inlinable @inline(__always)
  public static func wantsWake(_ word: UInt64) -> Bool {
    word & topMask != 0 && word >> searchingShift == 0
  }

  @usableFromInline static var topMask: UInt64 { 0x1fff }
  private static var oneParked: UInt64 { 1 << 13 }
  private static var oneTag: UInt64 { 1 << 26 }
  private static var tagMask: UInt64 { 0x1ff_ffff << 26 }
  @usableFromInline static var searchingShift: UInt64 { 51 }
  private static var oneSearching: UInt64 { 1 << searchingShift }

  package struct Snapshot: Equatable {
    package let word: UInt64
    package var parked: Int { Int((word >> 13) & 0x1fff) }
    package var searching: Int { Int(word >> searchingShift) }
    package var top: Int? { word & topMask == 0 ? nil : Int(word & topMask) - 1 }
  }

  package var snapshot: Snapshot {
    // Relaxed: a figure to look at.
    Snapshot(word: word.load(ordering: .relaxed))
  }

  // MARK: Searching

  package func beginSearch() {
    // S2: pairs with every other change of the word.
    word.wrappingAdd(Self.oneSearching, ordering: .acquiringAndReleasing)
  }

  /// True: it was the last searcher.
  package func endSearch() -> Bool {
    // S2: pairs with every other change of the word.
    word.wrappingSubtract(Self.oneSearching, ordering: .acquiringAndReleasing).newValue >> Self.searchingShift == 0
  }

  // MARK: Parking

  /// A searching worker joins the list. The caller then looks at every queue once more, and parks.
  package func enter(_ index: Int) {
    push(index, searching: Self.oneSearching)
    // S1: parked, then look; pairs with the producer's light fence.
    millrace_heavy_fence()
  }

  /// Takes a worker off the list if one is to be woken, counts it as searching, and returns it: the caller unparks it.
  ///
  /// - Parameter force: also while others search (at shutdown).
  package func take(force: Bool = false) -> Int? {
    pop(searching: Self.oneSearching) { force || $0 >> Self.searchingShift == 0 }
  }

  // MARK: Borrowing

  /// Takes a parked worker off the list, for the calling thread to be that worker until it calls ``giveBack(_:workerCount:)``. Its own thread sleeps on.
  package func borrow() -> Int? { pop(searching: 0) { _ in true } }

  /// Puts a borrowed worker back. The caller then looks at every queue once more, as whoever parks does.
  ///
  /// - Parameter workerCount: how many workers there are, looked up when the worker is on the list.
  package func giveBack(_ index: Int, workerCount: () -> Int) {
    let word = push(index, searching: 0)
    if word.searching == 0, word.parked == workerCount() {
      // S1: parked, then look; pairs with the full fence of producers outside: no worker runs that could be one.
      millrace_full_fence()
    } else {
      // S1: parked, then look; pairs with the producer's light fence.
      millrace_heavy_fence()
    }
  }

  // MARK: The list

  /// Puts a worker on the list, and takes `searching` from those who search. Returns the word as it is then; a fence is to follow.
  @discardableResult
  private func push(_ index: Int, searching: UInt64) -> Snapshot {
    // Relaxed: the exchange below checks it.
    var seen = word.load(ordering: .relaxed)
    while true {
      // Relaxed: published by the exchange below.
      unsafe below[index].store(UInt32(truncatingIfNeeded: seen & Self.topMask), ordering: .relaxed)
      let desired =
        ((((seen & ~Self.topMask) | UInt64(index + 1)) &+ Self.oneParked &- searching) & ~Self.tagMask)
        | ((seen &+ Self.oneTag) & Self.tagMask)
      // S2: pairs with `pop`; `below`, and the worker's own state, travel.
      let (done, original) = word.weakCompareExchange(
        expected: seen, desired: desired, successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed)
      if done { return Snapshot(word: desired) }
      seen = original
    }
  }

  /// Takes the topmost worker off the list, while `condition` holds for the word, and adds `searching` to those who search.
  private func pop(searching: UInt64, while condition: (UInt64) -> Bool) -> Int? {
    // S2: pairs with `push`; `below` travels.
    var seen = word.load(ordering: .acquiring)
    while seen & Self.topMask != 0, condition(seen) {
      let index = Int(seen & Self.topMask) - 1
      // Relaxed: the tag shows it when the list has changed since.
      let next = UInt64(unsafe below[index].load(ordering: .relaxed))
      let desired =
        ((((seen & ~Self.topMask) | next) &- Self.oneParked &+ searching) & ~Self.tagMask)
        | ((seen &+ Self.oneTag) & Self.tagMask)
      // S2: pairs with `push`; the worker's own state travels.
      let (done, original) = word.weakCompareExchange(
        expected: seen, desired: desired, successOrdering: .acquiringAndReleasing, failureOrdering: .acquiring)
      if done { return index }
      seen = original
    }
    return nil
  }
}
