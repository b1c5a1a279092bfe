import MillraceWorkflow

/// Up to where somebody has read a file that grows and is rotated.
struct LinePosition: Sendable, Hashable, Codable, Comparable {
  /// Which file, and enough of its beginning to tell it from another with its number, or after it was cut.
  struct Mark: Sendable, Hashable, Codable {
    var device: UInt64
    var inode: UInt64
    var headLength = 0
    var head = ContentHash(of: [])

    /// The most bytes of the beginning that count.
    static let headBytes = 1024
  }

  /// How many files were begun before.
  var generation: Int64 = 0
  var offset: Int64 = 0
  /// nil: none was there yet.
  var file: Mark?
  /// Those read before, the latest last: so that none is taken for a new one.
  var passed: [Mark] = []

  static let passedMaximum = 8

  static func < (a: LinePosition, b: LinePosition) -> Bool { (a.generation, a.offset) < (b.generation, b.offset) }
}
