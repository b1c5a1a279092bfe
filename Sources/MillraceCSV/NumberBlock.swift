/// The numbers of one block: those of its first lane, then those of the second, and so on. A lane is a column that is read as numbers.
///
/// One allocation of the exact size, whatever the number of columns: a thousand columns would else be a thousand arrays, each with room to spare.
struct NumberBlock: Sendable {
  private let values: [Double]
  /// Where each lane begins, and the end of the last.
  private let starts: [Int]

  /// No rows.
  init() { (values, starts) = ([], []) }

  /// - Parameters:
  ///   - rows: at most so many numbers in each lane.
  ///   - fill: appends a lane's numbers; called for one after the other.
  init(lanes: Int, rows: Int, _ fill: (_ lane: Int, inout Builder) -> Void) {
    var starts = [0]
    starts.reserveCapacity(lanes + 1)
    let values = unsafe [Double](unsafeUninitializedCapacity: lanes * rows) { place, initialized in
      var builder = unsafe Builder(place: place.baseAddress!, limit: rows)
      for lane in 0..<lanes {
        builder.beginLane()
        fill(lane, &builder)
        starts.append(builder.count)
      }
      initialized = builder.count
    }
    self.starts = starts
    // What is kept of a whole file must not hold much room that is not used.
    self.values = values.capacity - values.count > values.count / 8 ? values.exact : values
  }

  /// Takes the numbers of one lane after the other.
  @safe
  struct Builder {
    private let place: UnsafeMutablePointer<Double>
    private let limit: Int
    private(set) var count = 0
    private var laneStart = 0

    fileprivate init(place: UnsafeMutablePointer<Double>, limit: Int) {
      unsafe self.place = place
      self.limit = limit
    }

    fileprivate mutating func beginLane() { laneStart = count }

    @inline(__always)
    mutating func append(_ value: Double) {
      // SAFETY: there is room for so many numbers in each lane.
      precondition(count - laneStart < limit, "more numbers than rows")
      unsafe place[count] = value
      count += 1
    }

    /// Takes what was appended to this lane back.
    mutating func removeLane() { count = laneStart }
  }

  /// The numbers of a lane, in the order of their rows.
  subscript(lane: Int) -> Span<Double> {
    @_lifetime(borrow self)
    borrowing get {
      values.span.extracting(starts.isEmpty ? 0..<0 : starts[lane]..<starts[lane + 1])
    }
  }

  var byteCount: Int { 8 * (values.count + starts.count) }
}

extension [Double] {
  /// The same with no room to spare.
  fileprivate var exact: [Double] {
    unsafe [Double](unsafeUninitializedCapacity: count) { place, initialized in
      initialized = unsafe place.initialize(fromContentsOf: self)
    }
  }
}
