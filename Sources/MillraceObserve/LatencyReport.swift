import Foundation
import Histogram
import MillraceExecutor

/// How long things took, as histograms of three significant digits.
///
/// ```swift
/// import MillraceObserve
/// let executor = WorkStealingExecutor.shared
/// let session = executor.startProfile()
/// try executor.runBlocking { Parallel.forEach(0..<1_000_000) { _ in } }
/// print(LatencyReport(ProfileTimeline(session.stop())))
/// ```
public struct LatencyReport: Sendable, CustomStringConvertible {
  /// What was measured, in the order of the table.
  public enum Measure: String, Sendable, Hashable, CaseIterable {
    /// From the submission to the start.
    case queueWait = "queue wait"
    /// From the start to the end; of a Swift job, to its task's next suspension.
    case runTime = "run time"
    /// From the submission to the end.
    case endToEnd = "end to end"
    /// From the end of a run at which a task suspends to its next submission: it waits for something.
    case suspended
    /// From a task's first submission to its end.
    case wholeTask = "whole task"
    /// Between the braces of `withProfileName`; and the bodies of graphs' nodes that have names, all in one row.
    case named
    /// From the token to a worker that runs.
    case wakeUp = "wake-up"
    /// From when a timer was due to when it fired.
    case timerLateness = "timer lateness"
  }

  /// One line of the table.
  public struct Row: Sendable, Hashable {
    public var measure: Measure
    public var name: String
    public var count: UInt64
    public var minimum: Duration
    public var mean: Duration
    public var p50, p90, p99, p999, p9999: Duration
    public var maximum: Duration
  }

  private struct Key: Hashable {
    var measure: Measure
    var name: String
  }

  private var histograms: [Key: Histogram<UInt64>] = [:]
  /// Events that are missing: so many jobs, at most, are in no row, or in fewer than they should be.
  public private(set) var lost = 0

  public init() {}

  public init(_ timeline: ProfileTimeline) {
    lost = timeline.lost
    // By name as the rings know it; texts are looked up once.
    var texts: [ProfileName: String] = [:]
    for slice in timeline.slices {
      var name = ProfileTimeline.kindName(slice.kind)
      if case .node = slice.kind {
        if slice.hasEnded { record(.named, name, slice.start, slice.end) }
        continue
      }
      if let given = slice.name {
        name = texts[given] ?? given.description
        texts[given] = name
      }
      if case .span = slice.kind {
        if slice.hasEnded { record(.named, name, slice.start, slice.end) }
        continue
      }
      if let submitted = slice.submitted { record(.queueWait, name, submitted, slice.start) }
      guard slice.hasEnded else { continue }
      record(.runTime, name, slice.start, slice.end)
      if let submitted = slice.submitted { record(.endToEnd, name, submitted, slice.end) }
    }
    recordTasks(timeline, texts)
    for sleep in timeline.sleeps {
      if let end = sleep.end, let unparked = sleep.unparked {
        record(.wakeUp, sleep.wokenBy == nil ? "from outside" : "by a worker", unparked, end)
      }
    }
    for timer in timeline.timers { record(.timerLateness, "timer", nanoseconds: timer.nanosecondsLate) }
  }

  private mutating func recordTasks(_ timeline: ProfileTimeline, _ texts: [ProfileName: String]) {
    struct Task {
      var submitted: ProfileInstant?
      var end: ProfileInstant?
      var name: String?
    }
    var tasks: [UInt64: Task] = [:]
    for slice in timeline.slices where slice.task != 0 {
      let name = slice.name.flatMap { texts[$0] }
      var task = tasks[slice.task] ?? Task(submitted: slice.submitted)
      task.name = task.name ?? name
      // A task may be resumed before the run that it suspended in has returned.
      if let end = task.end, let submitted = slice.submitted {
        record(.suspended, task.name ?? "task", min(end, submitted), submitted)
      }
      task.end = slice.hasEnded ? slice.end : nil
      if slice.then == .ended {
        if let start = task.submitted, let end = task.end { record(.wholeTask, task.name ?? "task", start, end) }
        tasks[slice.task] = nil
      } else {
        tasks[slice.task] = task
      }
    }
  }

  /// Counts one more.
  public mutating func record(_ measure: Measure, _ name: String, _ length: Duration) {
    let (seconds, attoseconds) = length.components
    record(measure, name, nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  private mutating func record(
    _ measure: Measure, _ name: String, _ start: ProfileInstant, _ end: ProfileInstant
  ) {
    record(measure, name, nanoseconds: end.nanoseconds - start.nanoseconds)
  }

  private mutating func record(_ measure: Measure, _ name: String, nanoseconds: Int64) {
    histograms[Key(measure: measure, name: name), default: Histogram(numberOfSignificantValueDigits: .three)]
      .record(UInt64(max(0, nanoseconds)))
  }

  /// Adds what another report has counted, as if both had been one.
  public mutating func merge(_ other: LatencyReport) {
    lost += other.lost
    for (key, histogram) in other.histograms {
      histograms[key, default: Histogram(numberOfSignificantValueDigits: .three)].add(histogram)
    }
  }

  /// By measure, then by name.
  public var rows: [Row] { sorted.map { Self.row($0, $1) } }

  public func row(_ measure: Measure, _ name: String) -> Row? {
    let key = Key(measure: measure, name: name)
    return histograms[key].map { Self.row(key, $0) }
  }

  private var sorted: [(Key, Histogram<UInt64>)] {
    let order = Measure.allCases
    return histograms.map { ($0.key, $0.value) }.sorted {
      let (left, right) = (order.firstIndex(of: $0.0.measure)!, order.firstIndex(of: $1.0.measure)!)
      return left == right ? $0.0.name < $1.0.name : left < right
    }
  }

  private static func row(_ key: Key, _ histogram: Histogram<UInt64>) -> Row {
    func at(_ percentile: Double) -> Duration {
      .nanoseconds(Int64(clamping: histogram.valueAtPercentile(percentile)))
    }
    return Row(
      measure: key.measure, name: key.name, count: histogram.totalCount,
      minimum: .nanoseconds(Int64(clamping: histogram.min)), mean: .nanoseconds(Int64(histogram.mean)),
      p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), p9999: at(99.99),
      maximum: .nanoseconds(Int64(clamping: histogram.maxRecorded)))
  }

  // MARK: As text

  /// A table for people.
  public var description: String {
    var lines: [[String]] = [
      ["measure", "name", "count", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"]
    ]
    for row in rows {
      lines.append(
        [row.measure.rawValue, row.name, "\(row.count)"]
          + [row.mean, row.p50, row.p90, row.p99, row.p999, row.p9999, row.maximum].map(Self.figure))
    }
    if lines.count == 1 { return "nothing was recorded" + note }
    let widths = lines[0].indices.map { place in lines.map { $0[place].count }.max()! }
    return lines.map { line in
      line.indices.map { place in
        let blank = String(repeating: " ", count: widths[place] - line[place].count)
        return place < 2 ? line[place] + blank : blank + line[place]
      }.joined(separator: "  ")
    }.joined(separator: "\n") + note
  }

  private var note: String {
    lost == 0 ? "" : "\n\(lost) events were lost: a larger capacity, or draining more often, keeps them"
  }

  /// Three digits and a unit.
  static func figure(_ duration: Duration) -> String {
    let nanoseconds = duration / .nanoseconds(1)
    let (value, unit) =
      switch nanoseconds {
      case ..<999.5: (nanoseconds, "ns")
      case ..<999_500: (nanoseconds / 1e3, "µs")
      case ..<999_500_000: (nanoseconds / 1e6, "ms")
      default: (nanoseconds / 1e9, "s")
      }
    let format = unit == "ns" || value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f"
    return "\(String(format: format, value)) \(unit)"
  }

  // MARK: As files

  /// JSON: `lost_events`, and for each row its measure, name, count and figures in nanoseconds.
  public var json: String {
    func nanoseconds(_ duration: Duration) -> Int { Int(duration / .nanoseconds(1)) }
    let rows: [[String: Any]] = self.rows.map { row in
      [
        "measure": row.measure.rawValue, "name": row.name, "count": Int(row.count),
        "min_ns": nanoseconds(row.minimum), "mean_ns": nanoseconds(row.mean), "p50_ns": nanoseconds(row.p50),
        "p90_ns": nanoseconds(row.p90), "p99_ns": nanoseconds(row.p99), "p99.9_ns": nanoseconds(row.p999),
        "p99.99_ns": nanoseconds(row.p9999), "max_ns": nanoseconds(row.maximum),
      ]
    }
    let data = try! JSONSerialization.data(
      withJSONObject: ["lost_events": lost, "rows": rows],
      options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  /// For each row, its percentile distribution in microseconds as HdrHistogram's tools read it (`.hgrm`), and a word for its file's name, different for each.
  public var distributions: [(stem: String, text: String)] {
    var taken: Set<String> = []
    return sorted.map { key, histogram in
      var text = ""
      histogram.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1000)
      let stem = "\(key.measure.rawValue) \(key.name)".lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
      var unique = String(stem)
      while !taken.insert(unique).inserted { unique += "-again" }
      return (unique, text)
    }
  }
}
