import MillraceWorkflow
import Synchronization

/// A wall clock that shows what it is told to, and jumps as a system's may: forward and backward.
///
/// ```swift
/// let clock = ManualWallClock()
/// let store = MemoryRunStore(clock: clock)
/// clock.advance(by: .seconds(86_400))
/// ```
///
/// Any thread may call it. Who sleeps is woken when the clock shows his time, in the order of these times.
public final class ManualWallClock: WallClock, Sendable {
  private let state: Mutex<State>

  private struct State {
    var now: Timestamp
    var sleepers: [Int: (time: Timestamp, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var watchers: [Int: (count: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    var lastNumber = 0

    mutating func number() -> Int {
      lastNumber += 1
      return lastNumber
    }

    /// Takes out those that are due.
    mutating func due() -> [CheckedContinuation<Void, any Error>] {
      let due = sleepers.filter { $0.value.time <= now }
      for number in due.keys { sleepers[number] = nil }
      return due.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }.map(\.value.continuation)
    }
  }

  /// By default it is 2026-01-01T00:00:00Z.
  public init(now: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
    state = Mutex(State(now: now))
  }

  public var now: Timestamp { state.withLock { $0.now } }

  /// When the next sleeper is woken; nil when nobody sleeps.
  public var nextWake: Timestamp? { state.withLock { $0.sleepers.values.map(\.time).min() } }

  /// By a negative duration it goes back.
  public func advance(by duration: Duration) { change { $0 = $0.advanced(by: duration) } }

  public func set(to now: Timestamp) { change { $0 = now } }

  private func change(_ body: (inout Timestamp) -> Void) {
    let due = state.withLock { state in
      body(&state.now)
      return state.due()
    }
    for continuation in due { continuation.resume() }
  }

  public func sleep(until time: Timestamp) async throws {
    let number = state.withLock { $0.number() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        // A cancellation that came before this lock is seen here, one that comes after it finds the sleeper.
        let (result, watchers) = state.withLock {
          state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          if time <= state.now { return (.success(()), []) }
          state.sleepers[number] = (time, continuation)
          let count = state.sleepers.count
          let content = state.watchers.filter { $0.value.count <= count }
          for number in content.keys { state.watchers[number] = nil }
          return (nil, content.values.map(\.continuation))
        }
        if let result { continuation.resume(with: result) }
        for watcher in watchers { watcher.resume() }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Until it shows so much more: only what it is told passes.
  public func sleep(for duration: Duration) async throws { try await sleep(until: now.advanced(by: duration)) }

  /// Suspends the task until at least `count` tasks sleep on the clock. Not ended by a cancellation.
  public func waitForSleepers(_ count: Int) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isContent = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.watchers[state.number()] = (count, continuation)
        return false
      }
      if isContent { continuation.resume() }
    }
  }
}
