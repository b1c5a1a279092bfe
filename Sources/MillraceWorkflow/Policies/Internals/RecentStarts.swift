/// The latest times, in a ring that grows as far as it must.
struct RecentStarts: Sendable {
  private var times: [Int64] = []
  private var oldest = 0

  /// The one that was `count` times ago, counted from 1; nil if there were fewer.
  func first(of count: Int) -> Int64? { times.count < count ? nil : times[oldest] }

  mutating func append(_ time: Int64, keeping count: Int) {
    if times.count < count { return times.append(time) }
    times[oldest] = time
    oldest = (oldest + 1) % count
  }
}
