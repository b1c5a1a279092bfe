#if Workflow
  import MillraceExecutor

  /// How often something took how long: four buckets for each doubling, from a microsecond on, so that a quantile is at most a quarter too great.
  struct DurationHistogram: Sendable {
    private var counts = [Int](repeating: 0, count: 4 * 50)
    private(set) var count = 0
    private(set) var longest = Duration.zero

    mutating func record(_ duration: Duration) {
      counts[Self.bucket(duration)] += 1
      count += 1
      longest = max(longest, duration)
    }

    private static func bucket(_ duration: Duration) -> Int {
      let microseconds = UInt64(clamping: max(0, duration.nanoseconds) / 1000)
      // Below 4 µs each has a bucket of its own.
      guard microseconds >= 4 else { return Int(microseconds) }
      let exponent = 63 - microseconds.leadingZeroBitCount
      let quarter = Int(microseconds >> UInt64(exponent - 2)) & 3
      return min(4 * (exponent - 1) + quarter, 4 * 50 - 1)
    }

    /// The least duration that belongs to the next bucket.
    private static func end(of bucket: Int) -> Duration {
      guard bucket >= 4 else { return .microseconds(bucket + 1) }
      let (exponent, quarter) = (bucket / 4 + 1, bucket % 4)
      return .microseconds(Int64(4 + quarter + 1) << Int64(exponent - 2))
    }

    /// No more than this share took longer; zero without any.
    func quantile(_ share: Double) -> Duration {
      guard count > 0 else { return .zero }
      let rank = max(1, Int((share * Double(count)).rounded(.up)))
      var sum = 0
      for (bucket, count) in counts.enumerated() {
        sum += count
        if sum >= rank { return min(longest, Self.end(of: bucket)) }
      }
      return longest
    }

    /// Those that are not empty, ascending.
    var buckets: [(end: Duration, count: Int)] {
      counts.enumerated().compactMap { $1 > 0 ? (Self.end(of: $0), $1) : nil }
    }
  }
#endif
