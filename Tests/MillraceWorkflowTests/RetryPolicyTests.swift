import MillraceWorkflow
import Testing

@Suite struct RetryPolicyTests {
  private func policy(_ backoff: Duration, factor: Double, cap: Duration) -> RetryPolicy {
    var policy = RetryPolicy()
    (policy.backoff, policy.factor, policy.cap) = (backoff, factor, cap)
    return policy
  }

  @Test func exponentialMeansExponential() {
    let policy = policy(.milliseconds(100), factor: 2, cap: .seconds(60))
    let delays = (1...12).map { policy.delayMax(afterAttempt: $0) }
    #expect(delays[..<10] == (0..<10).map { Duration.milliseconds(100 << $0) }[...])
    #expect(delays[10...] == [.seconds(60), .seconds(60)])
  }

  @Test func settingOneOptionLeavesTheOthers() {
    var policy = RetryPolicy()
    let cap = policy.cap
    policy.backoff = .seconds(3)
    #expect(policy.cap == cap && policy.factor == 2 && policy.attempts == 1)
    #expect(policy.delayMax(afterAttempt: 2) == .seconds(6))
    var queue = QueuePolicy()
    queue.rate = 3
    #expect(queue.concurrency == QueuePolicy().concurrency && queue.bound == QueuePolicy().bound)
    #expect(queue.timeout == QueuePolicy().timeout && queue.timeout > .zero)
  }

  @Test(arguments: [
    (2.0, 1), (2.0, 64), (2.0, 1025), (2.0, Int.max), (1e300, 3), (.infinity, 2), (1.0, Int.max), (0.5, Int.max),
  ])
  func nothingOverflows(factor: Double, attempt: Int) {
    var numbers = SeededNumbers(seed: 1)
    for cap in [Duration.seconds(60), .seconds(Int64.max), .nanoseconds(1), .zero] {
      for backoff in [Duration.milliseconds(100), .seconds(Int64.max), .zero] {
        let policy = policy(backoff, factor: factor, cap: cap)
        let longest = policy.delayMax(afterAttempt: attempt)
        #expect(longest >= .zero && longest <= cap)
        let delay = policy.delay(afterAttempt: attempt, using: &numbers)
        #expect(delay >= .zero && delay <= longest)
      }
    }
  }

  @Test func jitterIsFull() {
    let policy = policy(.seconds(1), factor: 2, cap: .seconds(60))
    var numbers = SeededNumbers(seed: 7)
    var tenths = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 {
      let share = policy.delay(afterAttempt: 3, using: &numbers) / .seconds(4)
      tenths[min(9, Int(share * 10))] += 1
    }
    // 1,000 each; five standard deviations are 150.
    #expect(tenths.allSatisfy { (850...1150).contains($0) }, "\(tenths)")
  }
}

@Suite struct RetryBudgetTests {
  @Test func retriesAreAFractionOfAttempts() {
    var budget = RetryBudget(fraction: 0.2, window: .seconds(16))
    var numbers = SeededNumbers(seed: 3)
    for step in 0..<5000 {
      let now = Timestamp.at(Double(step) * 0.01)
      if Bool.random(using: &numbers) { budget.attempt(at: now) } else { _ = budget.mayRetry(at: now) }
      // A slice that has just gone may have held more of the attempts than of the retries: as much as it held.
      let (attempts, retries) = budget.counts(at: now)
      #expect(Double(retries) <= 0.2 * Double(attempts) + 13, "step \(step)")
    }
    let counts = budget.counts(at: .at(50))
    #expect(counts.retries > 100 && counts.attempts > 600)
  }

  @Test func withoutAttemptsThereAreNoRetries() {
    var budget = RetryBudget(fraction: 0.1, window: .seconds(16))
    for _ in 0..<8 { budget.attempt(at: .at(0)) }
    #expect(budget.mayRetry(at: .at(0)) == false)
    budget.attempt(at: .at(0))
    #expect(budget.mayRetry(at: .at(0)) == true)
    #expect(budget.mayRetry(at: .at(0)) == false)
    // A window later all is forgotten.
    #expect(budget.counts(at: .at(17)) == (0, 0))
    #expect(budget.mayRetry(at: .at(17)) == false)
  }

  @Test func wholeBudgetIsNoLimit() {
    var budget = RetryBudget(fraction: 1, window: .nanoseconds(1))
    for _ in 0..<100 { #expect(budget.mayRetry(at: .at(0)) == true) }
  }

  @Test func clockThatIsSetBackForgetsInTheEnd() {
    var budget = RetryBudget(fraction: 0.5, window: .seconds(16))
    for _ in 0..<10 { budget.attempt(at: .at(1000)) }
    #expect(budget.counts(at: .at(995)).attempts == 10)
    #expect(budget.counts(at: .at(900)).attempts == 0)
    budget.attempt(at: .at(-5))
    #expect(budget.counts(at: .at(-4)).attempts == 1)
  }
}
