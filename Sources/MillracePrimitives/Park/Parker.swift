import CMillrace
import Synchronization

/// Lets one thread block until another gives it a token.
///
/// A token is never lost and never counted twice: `unpark` before `park` makes that `park` return at once.
///
/// | state | `park` by the owner | `unpark` by anyone |
/// |---|---|---|
/// | empty | → parked, blocks | → token |
/// | token | → empty, returns | stays token |
/// | parked | impossible: one owner; after its time: → empty, returns | → token, wakes the owner |
@frozen
public struct Parker: ~Copyable {
  @usableFromInline let state = Atomic<UInt32>(0)

  public init() {}

  private static var empty: UInt32 { 0 }
  private static var token: UInt32 { 1 }
  private static var parked: UInt32 { 2 }

  /// Blocks until there is a token, and takes it. Called by the owner only.
  ///
  /// - Parameter self: must not move while it is used: a field of memory that outlives the threads.
  public func park() {
    // Relaxed: the exchange that takes the token acquires.
    let (becameParked, _) = state.compareExchange(
      expected: Self.empty, desired: Self.parked, successOrdering: .relaxed, failureOrdering: .relaxed)
    if becameParked {
      // P1: pairs with `unpark`; what the waker did before travels.
      while state.load(ordering: .acquiring) == Self.parked {
        unsafe millrace_wait(address, Self.parked, .max)
      }
    }
    // P1: pairs with `unpark`: an exchange, because it must read the latest token's release.
    _ = state.exchange(Self.empty, ordering: .acquiring)
  }

  /// Blocks until there is a token, and takes it, or until `nanoseconds` have passed. True: it took a token. Called by the owner only.
  public func park(nanoseconds: UInt64) -> Bool {
    // Relaxed: the exchange that takes the token acquires.
    let (becameParked, _) = state.compareExchange(
      expected: Self.empty, desired: Self.parked, successOrdering: .relaxed, failureOrdering: .relaxed)
    if becameParked {
      unsafe millrace_wait(address, Self.parked, nanoseconds)
      // P1: pairs with `unpark`, should it have come; relaxed when there was none.
      if state.compareExchange(
        expected: Self.parked, desired: Self.empty, successOrdering: .relaxed, failureOrdering: .relaxed
      ).exchanged {
        return false
      }
    }
    // P1: pairs with `unpark`.
    _ = state.exchange(Self.empty, ordering: .acquiring)
    return true
  }

  /// Gives the token, waking the owner when it is parked. Any thread.
  public func unpark() {
    // P1: pairs with both loads in `park`.
    if state.exchange(Self.token, ordering: .releasing) == Self.parked {
      unsafe millrace_wake(address)
    }
  }

  private var address: UnsafePointer<UInt32> {
    // SAFETY: an `Atomic<UInt32>` is the four bytes of its value, at a place that does not move (see `park`).
    unsafe withUnsafePointer(to: state) { unsafe UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self) }
  }
}
