import Foundation

extension RetryPolicy {
  /// The longest delay after an attempt: min(``cap``, ``backoff`` × ``factor``ⁿ⁻¹).
  ///
  /// - Parameter attempt: the one that failed, from 1. As large as you like: what would overflow is ``cap``.
  public func delayMax(afterAttempt attempt: Int) -> Duration {
    precondition(attempt >= 1, "delayMax(afterAttempt:): attempts are counted from 1; found \(attempt)")
    guard backoff > .zero, cap > .zero else { return .zero }
    if attempt == 1 { return min(cap, backoff) }
    let scaled = backoff / .seconds(1) * pow(factor, Double(attempt - 1))
    // Also when it is infinite, or no number.
    guard scaled < cap / .seconds(1) else { return cap }
    return scaled > 0 ? min(cap, .seconds(scaled)) : .zero
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
    // Nanoseconds: a cap of 584 years, which no delay is longer than.
    let longest = delayMax(afterAttempt: attempt) / .nanoseconds(1)
    return .nanoseconds(Int64.random(in: 0...Int64(clampedNanoseconds: longest), using: &generator))
  }
}

extension Int64 {
  fileprivate init(clampedNanoseconds value: Double) {
    self = value < 9e18 ? Int64(value) : 9_000_000_000_000_000_000
  }
}
