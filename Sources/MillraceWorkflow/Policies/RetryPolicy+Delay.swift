import Foundation

extension RetryPolicy {
  /// The longest delay after an attempt: min(``cap``, ``backoff`` × ``factor``ⁿ⁻¹).
  ///
  /// - Parameter attempt: the one that failed, from 1. As large as you like: what would overflow is ``cap``.
  public func delayMax(afterAttempt attempt: Int) -> Duration {
    precondition(attempt >= 1, "delayMax(afterAttempt:): attempts are counted from 1; found \(attempt)")
    guard backoff > .zero, cap > .zero else { return .zero }
    let scaled = backoff / .nanoseconds(1) * pow(factor, Double(attempt - 1))
    // Also when it is infinite, or no number. Nanoseconds reach for 292 years.
    guard scaled < 9e18 else { return cap }
    return min(cap, .nanoseconds(Int64(max(0, scaled).rounded())))
  }

  /// How long to wait after an attempt that has failed: even in 0 … ``delayMax(afterAttempt:)``, so that those who failed together do not come back together.
  ///
  /// ```swift
  /// import MillraceWorkflow
  /// var policy = RetryPolicy()
  /// policy.backoff = .milliseconds(100)
  /// var generator = SystemRandomNumberGenerator()
  /// let delay = policy.delay(afterAttempt: 3, using: &generator)  // 0 … 400 ms
  /// ```
  ///
  /// - Parameter attempt: the one that failed, from 1.
  public func delay(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let longest = delayMax(afterAttempt: attempt).wholeMicroseconds
    return .microseconds(Int64.random(in: 0...longest, using: &generator))
  }
}
