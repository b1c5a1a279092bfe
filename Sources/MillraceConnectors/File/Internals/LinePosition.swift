import MillraceWorkflow

/// Up to where somebody has read a file that grows and is rotated.
struct LinePosition: Sendable, Hashable, Codable, Comparable {
  /// Which file, and enough of its beginning to see that it was cut.
  ///
  /// A file's number is given to another as soon as it is deleted, but not with the moment at which it was made. The device is no part of it: all are in one folder, and its number may be another after the machine was started again.
  struct Mark: Sendable, Hashable, Codable {
    var inode: UInt64
    /// In nanoseconds since 1970; nil: the file system does not say. Then the beginning tells it from another with its number.
    var born: Int64?
    var headLength = 0
    var head = ContentHash(of: [])

    /// The most bytes of the beginning that count.
    static let headBytes = 1024

    /// Whether both are of one file, as far as can be said without looking into it.
    func isSame(as other: Mark) -> Bool {
      inode == other.inode && (born == nil || other.born == nil || born == other.born)
    }
  }

  /// Orders the files, and is a part of the events' ids: the microsecond at which the file was made, or one more than its predecessor's where that is not less, or not known.
  ///
  /// A count of files would do for one reader. But members of a group are compared with each other, and one of them may have missed a file that was deleted.
  var generation: Int64 = 0
  var offset: Int64 = 0
  /// nil: none was there yet.
  var file: Mark?
  /// Those read before, the latest last: so that none is taken for a new one.
  var passed: [Mark] = []

  static let passedMaximum = 8

  static func < (a: LinePosition, b: LinePosition) -> Bool { (a.generation, a.offset) < (b.generation, b.offset) }

  /// At the beginning of a file, which may be the same one, cut to nothing.
  mutating func begin(_ mark: Mark) {
    generation = max(generation + 1, (mark.born ?? 0) / 1000)
    offset = 0
    file = Mark(inode: mark.inode, born: mark.born)
  }
}
