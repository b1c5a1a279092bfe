import Foundation
import MillraceExecutor

/// How busy each worker was, over time.
///
/// Busy is a worker that runs a job, a stolen fork or a guest's closure and does not sleep in it. Looking for work is not.
public struct Utilisation: Sendable, CustomStringConvertible {
  public struct Worker: Sendable, Hashable {
    public var index: Int
    /// Of each column's time, from 0 to 1.
    public var columns: [Double]
    /// Of all the time.
    public var busy: Double
  }

  public let workers: [Worker]
  /// How long all columns are together.
  public let length: Duration

  /// - Parameter workerCount: shows at least so many workers; those that nothing was heard of have slept all the time.
  public init(_ timeline: ProfileTimeline, columns: Int = 60, workerCount: Int = 0) {
    precondition(columns > 0, "Utilisation takes at least one column; found \(columns)")
    let length = max(1, timeline.end.nanoseconds)
    var busy: [Int: [Double]] = [:]
    for worker in timeline.tracks { if let worker { busy[worker] = Array(repeating: 0, count: columns) } }
    for worker in 0..<workerCount where busy[worker] == nil { busy[worker] = Array(repeating: 0, count: columns) }
    func add(_ sign: Double, _ track: Int, _ start: Int64, _ end: Int64) {
      guard let worker = timeline.tracks[track] else { return }
      let width = Double(length) / Double(columns)
      let (start, end) = (Double(max(0, start)), Double(min(length, end)))
      guard start < end else { return }
      for column in Int(start / width)...min(columns - 1, Int(end / width)) {
        let part = min(end, Double(column + 1) * width) - max(start, Double(column) * width)
        busy[worker]![column] += sign * max(0, part) / width
      }
    }
    for slice in timeline.slices where slice.depth == 0 && slice.kind != .span {
      add(1, slice.track, slice.start.nanoseconds, slice.end.nanoseconds)
    }
    for sleep in timeline.sleeps where sleep.reason == .join || sleep.reason == .scope {
      add(-1, sleep.track, sleep.start.nanoseconds, (sleep.end ?? timeline.end).nanoseconds)
    }
    workers = busy.sorted { $0.key < $1.key }.map { index, columns in
      let columns = columns.map { min(1, max(0, $0)) }
      return Worker(index: index, columns: columns, busy: columns.reduce(0, +) / Double(columns.count))
    }
    self.length = .nanoseconds(length)
  }

  /// A line for each worker, of blocks that are the taller the busier it was.
  public var description: String {
    let levels = Array(" ▁▂▃▄▅▆▇█")
    let digits = workers.last.map { "\($0.index)".count } ?? 1
    let lines = workers.map { worker in
      let number = "\(worker.index)"
      let blocks = worker.columns.map { levels[$0 <= 0 ? 0 : max(1, Int(($0 * 8).rounded()))] }
      return "worker \(String(repeating: " ", count: digits - number.count))\(number) │\(String(blocks))│"
        + String(format: " %3.0f %%", worker.busy * 100)
    }
    return (["busy, over \(LatencyReport.figure(length))"] + lines).joined(separator: "\n")
  }
}
