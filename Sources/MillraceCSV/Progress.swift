/// Progress over all passes. How many there will be is known only as one goes along: what is left is divided among the passes that are expected, so the
/// bar slows down or speeds up, but never goes back, and ends where it should.
struct Progress: ~Copyable {
  private let report: (Int, Int) -> Void
  private let total: Int
  private var reported = 0
  private var passStart = 0
  private var passShare = 0.0
  private var passDone = 0

  /// - Parameter total: the bytes of the file, which stand for all the work.
  init(total: Int, _ report: @escaping (Int, Int) -> Void) {
    self.total = total
    self.report = report
  }

  /// A pass over the whole file begins, and `more` are expected after it.
  mutating func beginPass(expecting more: Int) {
    passStart = reported
    passDone = 0
    passShare = Double(total - reported) / Double(max(1, total)) / Double(more + 1)
  }

  /// Some bytes have been passed.
  mutating func advance(_ bytes: Int) {
    passDone += bytes
    let now = min(total, passStart + Int(Double(min(total, passDone)) * passShare))
    guard now > reported else { return }
    report(now - reported, total)
    reported = now
  }

  mutating func finish() {
    if reported < total { report(total - reported, total) }
    reported = total
  }
}
