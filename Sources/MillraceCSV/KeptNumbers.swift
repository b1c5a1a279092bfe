/// The numbers of all blocks, while they fit in memory.
struct KeptNumbers: Sendable {
  private(set) var blocks: [NumberBlock] = []
  /// Whether nothing had to be let go.
  private(set) var isWhole: Bool
  private var room: Int

  /// - Parameter isHopeful: false when it is known before that they will not fit.
  init(limit: Int, isHopeful: Bool) {
    room = limit
    isWhole = isHopeful
  }

  mutating func append(_ next: [NumberBlock]) {
    guard isWhole else { return }
    room -= next.reduce(0) { $0 + $1.byteCount }
    isWhole = room >= 0
    if isWhole { blocks += next } else { blocks = [] }
  }
}
