import Foundation
import Millrace
import MillraceCSV

/// A summary as text for people.
struct Report {
  private let summary: Summary

  init(_ summary: Summary) { self.summary = summary }

  var text: String {
    (["\(summary.rows) rows, \(summary.columns.count) columns"] + [numbers, texts].filter { !$0.isEmpty }).joined(
      separator: "\n\n")
  }

  private var numbers: String {
    var rows = [["number", "count", "missing", "mean", "stddev", "min", "p50", "p95", "p99", "max", "min … max"]]
    for column in summary.columns {
      guard case .number(let numbers) = column.values else { continue }
      let figures = [
        numbers.mean, numbers.standardDeviation, numbers.minimum, numbers.p50, numbers.p95, numbers.p99,
        numbers.maximum,
      ]
      rows.append(
        [column.name, "\(column.count)", "\(column.missing)"] + figures.map(Self.figure) + [
          Self.bars(numbers.histogram)
        ])
    }
    return rows.count > 1 ? Self.aligned(rows, leading: [0, 10]) : ""
  }

  private var texts: String {
    var rows = [["text", "count", "missing", "distinct", "most frequent"]]
    for column in summary.columns {
      guard case .text(let texts) = column.values else { continue }
      let top = texts.top.map { "\($0.value) (\($0.count))" }.joined(separator: ", ")
      rows.append([
        column.name, "\(column.count)", "\(column.missing)",
        (texts.isDistinctEstimated ? "~" : "") + "\(texts.distinct)", top,
      ])
    }
    return rows.count > 1 ? Self.aligned(rows, leading: [0, 4]) : ""
  }

  private static func figure(_ value: Double?) -> String {
    value.map { String(format: "%.6g", $0) } ?? "–"
  }

  /// Blocks, from none to full.
  static let levels = Array(" ▁▂▃▄▅▆▇█")

  private static func bars(_ histogram: [Int]) -> String {
    let most = max(1, histogram.max() ?? 1)
    return String(histogram.map { levels[$0 == 0 ? 0 : 1 + $0 * 7 / most] })
  }

  static func aligned(_ rows: [[String]], leading: Set<Int>) -> String {
    let widths = rows[0].indices.map { place in rows.map { $0[place].count }.max()! }
    return rows.map { row in
      let line = row.indices.map { place in
        let blank = String(repeating: " ", count: widths[place] - row[place].count)
        return leading.contains(place) ? row[place] + (place == row.count - 1 ? "" : blank) : blank + row[place]
      }.joined(separator: "  ")
      return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }.joined(separator: "\n")
  }

  /// Bytes per second, and how much of the workers' time was used.
  static func throughput(bytes: Int, elapsed: Duration, metrics: WorkStealingExecutor.Metrics) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let (busy, idle) = metrics.workers.reduce((0.0, 0.0)) { sum, worker in
      (sum.0 + worker.busy / .seconds(1), sum.1 + worker.idle / .seconds(1))
    }
    return String(
      format: "\n%.1f MB in %.3f s: %.0f MB/s on %d workers, %.0f %% busy", Double(bytes) / 1e6, seconds,
      Double(bytes) / 1e6 / max(seconds, 1e-9),
      metrics.workers.count, 100 * busy / max(busy + idle, 1e-9))
  }
}
