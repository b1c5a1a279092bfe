import CMillraceKernels

/// Count, mean, spread and range of numbers, taken block by block and joined.
///
/// A block is passed twice by kernels: once for its sum, which is compensated (Neumaier 1974), and once for the squared deviations from its mean. Blocks are joined by
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
    unsafe values.withUnsafeBufferPointer { values in
      let all = values.baseAddress!
      unsafe millrace_batch_reduce_min_max_f64(&minimum, &maximum, all, count)
      // The kernel has one zero.
      if minimum == 0 { minimum = unsafe values.first { $0 == 0 }! }
      if maximum == 0 { maximum = unsafe values.first { $0 == 0 }! }
      sum = unsafe millrace_batch_sum_compensated_f64(&compensation, all, count)
      center = (sum + compensation) / Double(count)
      // In parts as the kernels' sums have, so that the deviations stay in the cache.
      let part = min(count, Int(MILLRACE_BATCH_STRICT_BLOCK))
      var drift = 0.0
      unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: part) { room in
        let deviations = room.baseAddress!
        for start in stride(from: 0, to: count, by: part) {
          let length = min(part, count - start)
          unsafe millrace_batch_add_scalar_f64(deviations, all + start, -center, length)
          drift += unsafe millrace_batch_sum_strict_f64(deviations, length)
          squares += unsafe millrace_batch_dot_strict_f64(deviations, deviations, length)
        }
      }
      rest = drift / Double(count)
      squares -= drift * rest
    }
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
