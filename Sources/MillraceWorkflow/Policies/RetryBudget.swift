/// Keeps retries to a fraction of all attempts in a window of time, so that a dependency in trouble is not buried under them.
///
/// Counts in sixteenths of the window: what it forgets is up to a sixteenth too old. A pure value; time is an argument.
public struct RetryBudget: Sendable, Hashable {
  /// 0 … 1. At 1 every retry is allowed.
  public let fraction: Double
  private let slice: Int64
  private var slices = [Slice](repeating: Slice(), count: 16)
  private var newest = Int64.min

  private struct Slice: Sendable, Hashable {
    var attempts = 0
    var retries = 0
  }

  public init(fraction: Double, window: Duration) {
    self.fraction = fraction
    slice = max(1, window.wholeMicroseconds / 16)
  }

  /// Attempts and retries, which are attempts too, that the window holds at this time.
  public mutating func counts(at now: Timestamp) -> (attempts: Int, retries: Int) {
    advance(to: now)
    return slices.reduce(into: (0, 0)) { $0 = ($0.0 + $1.attempts, $0.1 + $1.retries) }
  }

  /// A first attempt begins.
  public mutating func attempt(at now: Timestamp) {
    advance(to: now)
    slices[position].attempts += 1
  }

  /// Asks for a retry: true counts it, and with it retries are at most the fraction of attempts.
  public mutating func mayRetry(at now: Timestamp) -> Bool {
    let (attempts, retries) = counts(at: now)
    guard fraction >= 1 || Double(retries + 1) <= fraction * Double(attempts + 1) else { return false }
    slices[position].attempts += 1
    slices[position].retries += 1
    return true
  }

  private var position: Int { Int(((newest % 16) + 16) % 16) }

  private mutating func advance(to now: Timestamp) {
    let current = now.microseconds / slice
    // A clock that was set back: the newest slice goes on counting, until more than a window lies between.
    if current <= newest, newest - current < 16 { return }
    let passed = newest == .min || current < newest ? 16 : min(16, current - newest)
    newest = current
    for age in 0..<passed {
      let index = ((newest - age) % 16 + 16) % 16
      slices[Int(index)] = Slice()
    }
  }
}
