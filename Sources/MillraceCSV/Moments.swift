/// Count, mean, spread and range of numbers, built up one by one and joined.
///
/// The sum is compensated (Neumaier 1974), the squared deviations follow Welford (1962), and parts are joined by the formula of Chan, Golub & LeVeque (1979);
/// so data with a large mean and a small spread, or with terms that cancel, keep their digits. Equal parts joined in equal order give equal bits.
struct Moments: Sendable {
  private(set) var count = 0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private var sum = 0.0
  private var compensation = 0.0
  private var runningMean = 0.0
  private var squares = 0.0

  @inline(__always)
  mutating func add(_ value: Double) {
    count += 1
    minimum = value < minimum ? value : minimum
    maximum = value > maximum ? value : maximum
    accumulate(value)
    let delta = value - runningMean
    runningMean += delta / Double(count)
    squares += delta * (value - runningMean)
  }

  mutating func join(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count + other.count)
    let delta = other.runningMean - runningMean
    squares += other.squares + delta * delta * (Double(count) * Double(other.count) / total)
    runningMean += delta * (Double(other.count) / total)
    count += other.count
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    accumulate(other.sum)
    accumulate(other.compensation)
  }

  @inline(__always)
  private mutating func accumulate(_ value: Double) {
    let next = sum + value
    compensation += sum.magnitude >= value.magnitude ? (sum - next) + value : (value - next) + sum
    sum = next
  }

  /// Nil where the sum is beyond the range of a double.
  var mean: Double? { count > 0 ? Self.finite((sum + compensation) / Double(count)) : nil }
  /// Of a sample: divided by n - 1.
  var standardDeviation: Double? { count > 1 ? Self.finite((squares / Double(count - 1)).squareRoot()) : nil }

  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
