import Synchronization

/// Progress over all passes. How many there will be is known only as one goes along: what is left is divided among the passes that are expected, so the
/// bar slows down or speeds up, but never goes back, and ends where it should.
///
/// Any thread.
final class Progress: Sendable {
  private struct State {
    var reported = 0
    var passStart = 0
    var passShare = 0.0
    var passDone = 0
  }

  private let report: @Sendable (Int, Int) -> Void
  private let total: Int
  private let state = Mutex(State())

  /// - Parameter total: the bytes of the file, which stand for all the work.
  init(total: Int, _ report: @escaping @Sendable (Int, Int) -> Void) {
    self.total = total
    self.report = report
  }

  /// A pass over the whole file begins, and `more` are expected after it.
  func beginPass(expecting more: Int) {
    state.withLock { state in
      state.passStart = state.reported
      state.passDone = 0
      state.passShare = Double(total - state.reported) / Double(max(1, total)) / Double(more + 1)
    }
  }

  /// Some bytes have been passed.
  func advance(_ bytes: Int) {
    state.withLock { state in
      state.passDone += bytes
      let now = min(total, state.passStart + Int(Double(min(total, state.passDone)) * state.passShare))
      guard now > state.reported else { return }
      report(now - state.reported, total)
      state.reported = now
    }
  }

  func finish() {
    state.withLock { state in
      if state.reported < total { report(total - state.reported, total) }
      state.reported = total
    }
  }
}
