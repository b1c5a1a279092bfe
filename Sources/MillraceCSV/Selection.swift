extension [UInt64] {
  /// Moves elements so that those at `places` are what they would be if all were sorted.
  ///
  /// Parts without a place that is asked for are left in whatever order they are in (Hoare 1961): linear, where sorting is not.
  ///
  /// - Parameter places: ascending.
  mutating func order(at places: [Int]) {
    unsafe withUnsafeMutableBufferPointer { unsafe Self.order($0[...], places[...], rounds: 2 * Int.bitWidth) }
  }

  /// - Parameter rounds: after so many, an order that is unlucky for the pivots is given up, and all is sorted.
  private static func order(_ part: Slice<UnsafeMutableBufferPointer<UInt64>>, _ places: ArraySlice<Int>, rounds: Int) {
    var (part, places, rounds) = unsafe (part, places, rounds)
    while let place = places.first {
      guard unsafe part.count > 32, rounds > 0 else {
        unsafe part.sort()
        return
      }
      rounds -= 1
      let pivot = unsafe pivot(part, near: place)
      let lesser = unsafe partition(&part) { $0 < pivot }
      var rest = unsafe part[lesser...]
      let greater = unsafe partition(&rest) { $0 == pivot }
      // Those that are equal to the pivot are where they belong.
      let below = places.prefix { $0 < lesser }
      places = places.dropFirst(below.count).drop { $0 < greater }
      unsafe order(part[..<lesser], below, rounds: rounds)
      unsafe part = part[greater...]
    }
  }

  /// An element that is about as far up in the order as the place is in the part: of a sample, sorted.
  private static func pivot(_ part: Slice<UnsafeMutableBufferPointer<UInt64>>, near place: Int) -> UInt64 {
    let size = unsafe Swift.min(part.count, 63)
    let step = unsafe part.count / size
    var sample = (0..<size).map { unsafe part[part.startIndex + $0 * step] }
    sample.sort()
    return unsafe sample[(place - part.startIndex) * (size - 1) / Swift.max(1, part.count - 1)]
  }

  /// Moves the elements that are `first` before the others; returns where the others begin.
  @inline(__always)
  private static func partition(
    _ part: inout Slice<UnsafeMutableBufferPointer<UInt64>>, _ first: (UInt64) -> Bool
  ) -> Int {
    var end = unsafe part.startIndex
    let base = unsafe part.base
    for index in unsafe part.indices {
      // Each is exchanged, and only where the next goes depends on it: no jump has to be guessed.
      let element = unsafe base[index]
      unsafe base[index] = base[end]
      unsafe base[end] = element
      end += first(element) ? 1 : 0
    }
    return end
  }
}
