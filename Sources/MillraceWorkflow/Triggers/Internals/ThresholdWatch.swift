/// Notices when a metric crosses a threshold, once for each crossing: it must come back by a margin before it can cross again.
struct ThresholdWatch: Sendable, Hashable, Codable {
  enum Side: String, Sendable, Codable {
    case inside, above, below
  }

  /// Where the metric counts as being.
  private(set) var side = Side.inside
  /// So far.
  private(set) var crossings = 0
  /// What is started for the last of them, until it has been.
  var pending: JSONValue?

  /// - Parameter margin: how far back, as a fraction of the threshold.
  /// - Returns: whether this sample crosses. One that is no number is none.
  mutating func sample(_ value: Double, above: Double?, below: Double?, margin: Double) -> Bool {
    // A threshold that was taken out of the definition is not crossed.
    switch side {
    case .above where above.map { isBack(from: $0, by: $0 - value, margin) } ?? true: side = .inside
    case .below where below.map { isBack(from: $0, by: value - $0, margin) } ?? true: side = .inside
    default: break
    }
    guard side == .inside else { return false }
    if let above, value > above { side = .above }
    if let below, value < below { side = .below }
    if side != .inside { crossings += 1 }
    return side != .inside
  }

  private func isBack(from threshold: Double, by distance: Double, _ margin: Double) -> Bool {
    margin == 0 ? distance >= 0 : distance > margin * abs(threshold)
  }
}
