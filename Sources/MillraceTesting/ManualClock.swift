import Synchronization

/// A clock whose time passes only when it is told to.
///
/// ```swift
/// let clock = ManualClock()
/// let job = Task { try await clock.sleep(for: .seconds(3600)) }
/// await clock.waitForSleepers(1)
/// clock.advance(by: .seconds(3600))
/// try await job.value
/// ```
///
/// Any thread may call it. Under ``SimulatedExecutor`` nobody needs to advance it: the simulator does.
public final class ManualClock: Clock, Sendable {
  /// A point in a manual clock's time: how far it is from the clock's beginning.
  public struct Instant: InstantProtocol, CustomStringConvertible {
    /// The time from the clock's beginning.
    public let offset: Duration

    /// The instant that lies `offset` after the clock's beginning.
    public init(offset: Duration = .zero) { self.offset = offset }

    /// The instant that lies `duration` later.
    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    /// How much later `other` is.
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    /// Whether `a` is earlier.
    public static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    /// The time from the clock's beginning.
    public var description: String { "\(offset)" }
  }

  private let state: Mutex<Sleepers>

  /// A clock that shows `now` until it is advanced.
  public init(now: Instant = Instant()) { state = Mutex(Sleepers(now: now)) }

  /// What the clock shows.
  public var now: Instant { state.withLock { $0.now } }

  /// That of `Duration`: deadlines are met exactly.
  public var minimumResolution: Duration { Duration(secondsComponent: 0, attosecondsComponent: 1) }

  /// How many tasks sleep on the clock.
  public var sleeperCount: Int { state.withLock { $0.count } }

  /// Lets time pass, and resumes the sleepers that are due then: by deadline, and those of one instant in the order in which they went to sleep.
  ///
  /// All of them see the new time. What they do next happens after the call, where their tasks run: to step through a sequence of sleeps, advance once for each and
  /// ``waitForSleepers(_:)`` in between.
  public func advance(by duration: Duration) {
    precondition(duration >= .zero, "a clock cannot be advanced by \(duration)")
    wake(state.withLock { $0.advance(to: $0.now.advanced(by: duration)) })
  }

  /// Lets time pass until `instant`, like ``advance(by:)``. An instant in the past changes nothing.
  public func advance(to instant: Instant) { wake(state.withLock { $0.advance(to: instant) }) }

  /// Suspends the task until the clock has been advanced to the deadline. One that has passed is not waited for.
  ///
  /// - Throws: `CancellationError` when the task is or gets cancelled; then the clock no longer knows about the sleeper.
  /// - Complexity: linear in the number of sleepers whose deadline is later.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let (identity, observer) = state.withLock { ($0.makeIdentity(), $0.observer) }
    observer?()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (sleeper: CheckedContinuation<Void, any Error>) in
        // A cancellation that came before this lock is seen by `isCancelled`, one that comes after it finds the sleeper.
        let action = state.withLock {
          Task.isCancelled
            ? .cancelled : $0.sleep(Sleepers.Sleeper(identity: identity, deadline: deadline, continuation: sleeper))
        }
        switch action {
        case .cancelled: sleeper.resume(throwing: CancellationError())
        case .due: sleeper.resume()
        case .asleep(let watchers): for watcher in watchers { watcher.continuation.resume() }
        }
      }
    } onCancel: {
      state.withLock { $0.removeSleeper(identity) }?.resume(throwing: CancellationError())
    }
  }

  /// Suspends the task until at least `count` tasks sleep on the clock. Returns early when the task is or gets cancelled.
  public func waitForSleepers(_ count: Int) async {
    let identity = state.withLock { $0.makeIdentity() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (watcher: CheckedContinuation<Void, Never>) in
        let waits = state.withLock {
          !Task.isCancelled
            && $0.watch(Sleepers.Watcher(identity: identity, count: count, continuation: watcher))
        }
        if !waits { watcher.resume() }
      }
    } onCancel: {
      state.withLock { $0.removeWatcher(identity) }?.resume()
    }
  }

  /// Lets `observer` be called by each task that is about to fall asleep.
  func observeSleepers(_ observer: @Sendable @escaping () -> Void) { state.withLock { $0.observer = observer } }

  /// The earliest; nil when nobody sleeps.
  var nextDeadline: Instant? { state.withLock { $0.nextDeadline } }

  /// Wakes everyone with a `CancellationError`.
  func cancelSleepers() {
    for sleeper in state.withLock({ $0.removeAll() }) { sleeper.continuation.resume(throwing: CancellationError()) }
  }

  private func wake(_ woken: [Sleepers.Sleeper]) {
    for sleeper in woken { sleeper.continuation.resume() }
  }
}
