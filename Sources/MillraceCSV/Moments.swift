/// Count, mean, spread and range of numbers, taken block by block and joined.
///
/// A block is passed twice: once for its sum, which is compensated (Neumaier 1974), and once for the squared deviations from its mean. Blocks are joined by
/// the formula of Chan, Golub & LeVeque (1979). It takes the difference of two means; were those rounded, the digits of a small spread about a large mean
/// would be lost in it, so a mean is kept as a double and the rest that this double leaves. Equal blocks joined in equal order give equal bits.
struct Moments: Sendable {
  private(set) var count = 0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private var sum = 0.0
  private var compensation = 0.0
  /// What squares are taken about, and how far the true mean is from it.
  private var center = 0.0
  private var rest = 0.0
  private var squares = 0.0

  init() {}

  /// - Complexity: O(n).
  init(_ values: Span<Double>) {
    guard values.count > 0 else { return }
    count = values.count
    for index in values.indices {
      let value = values[index]
      minimum = value < minimum ? value : minimum
      maximum = value > maximum ? value : maximum
      accumulate(value)
    }
    center = (sum + compensation) / Double(count)
    var drift = 0.0
    for index in values.indices {
      let deviation = values[index] - center
      drift += deviation
      squares += deviation * deviation
    }
    rest = drift / Double(count)
    squares -= drift * rest
  }

  mutating func join(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let share = Double(other.count) / Double(count + other.count)
    let delta = (other.center - center) + (other.rest - rest)
    squares += other.squares + delta * delta * (Double(count) * share)
    let step = delta * share + rest
    let moved = center + step
    // What adding the step has rounded off (Knuth's two-sum).
    let taken = moved - center
    rest = (center - (moved - taken)) + (step - taken)
    center = moved
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
  var standardDeviation: Double? {
    count > 1 ? Self.finite(((squares < 0 ? 0 : squares) / Double(count - 1)).squareRoot()) : nil
  }

  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
