#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// Brings messages to one sink, in order, one at a time.
  final class Courier: Sendable {
    let sink: AlertSink
    private let limit: Int
    private let attempts: Int
    private let pause: Duration
    private let clock: any WallClock
    private let state = Mutex(State())
    private let outcome = Mutex<(@Sendable (String, String?) -> Void)?>(nil)

    private struct State {
      var waiting: [AlertMessage] = []
      var isAtWork = false
      var lost = 0
      var drainers: [CheckedContinuation<Void, Never>] = []
    }

    init(_ sink: AlertSink, limit: Int, attempts: Int, pause: Duration, clock: any WallClock) {
      precondition(
        limit > 0 && attempts > 0, "Courier: a positive limit and an attempt are expected; found \(limit), \(attempts)")
      (self.sink, self.limit, self.attempts, self.pause, self.clock) = (sink, limit, attempts, pause, clock)
    }

    /// Told the sink's name after each message, and why it was not delivered; nil: it was.
    var onOutcome: (@Sendable (_ sink: String, _ failure: String?) -> Void)? {
      get { outcome.withLock(\.self) }
      set { outcome.withLock { $0 = newValue } }
    }

    func add(_ message: AlertMessage) {
      let begins = state.withLock { state in
        if state.waiting.count >= limit {
          // The newest tells more than the oldest.
          state.waiting.removeFirst()
          state.lost += 1
        }
        state.waiting.append(message)
        defer { state.isAtWork = true }
        return !state.isAtWork
      }
      if begins { Task { await work() } }
    }

    var isIdle: Bool { state.withLock { !$0.isAtWork } }

    /// Returns when nothing waits.
    func drain() async {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isAtWork { state.drainers.append(continuation) }
          return !state.isAtWork
        }
        if isDone { continuation.resume() }
      }
    }

    private func work() async {
      while let (message, lost) = next() {
        var failure = await deliver(message)
        if failure == nil, lost > 0 { failure = "\(lost) messages were lost, because so many waited" }
        onOutcome?(sink.name, failure)
      }
    }

    private func next() -> (AlertMessage, lost: Int)? {
      let (next, drainers) = state.withLock { state -> ((AlertMessage, Int)?, [CheckedContinuation<Void, Never>]) in
        guard !state.waiting.isEmpty else {
          state.isAtWork = false
          defer { state.drainers = [] }
          return (nil, state.drainers)
        }
        defer { state.lost = 0 }
        return ((state.waiting.removeFirst(), state.lost), [])
      }
      for drainer in drainers { drainer.resume() }
      return next
    }

    /// - Returns: why not; nil: it was delivered.
    private func deliver(_ message: AlertMessage) async -> String? {
      var pause = pause
      for attempt in 1...attempts {
        do {
          try await sink.deliver(message)
          return nil
        } catch {
          if attempt == attempts { return "\(error)" }
          try? await clock.sleep(until: clock.now.advanced(by: pause))
          pause = pause * 3
        }
      }
      return nil
    }
  }
#endif
