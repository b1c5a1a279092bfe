import Foundation
import MillraceWfFormat

/// A schedule as a picture of letters: time goes to the right, a line for each worker, or for each host when workers are many.
struct Gantt {
  private static let columns = 72
  private static let rowsMaximum = 16
  private static let letters = Array("ABCDEFGHIJ")

  private let workflow: RecordedWorkflow
  private let schedule: Schedule
  private let cluster: Cluster

  init(_ workflow: RecordedWorkflow, _ schedule: Schedule) {
    self.workflow = workflow
    self.schedule = schedule
    cluster = schedule.cluster
  }

  var text: String { cluster.coreCount <= Self.rowsMaximum ? byWorker : byHost }

  /// In each place, the kind of task that took most of it; a dot where idleness did.
  private var byWorker: String {
    let (kinds, legend) = kinds
    let width = legend.count + 1
    var parts = Array(repeating: 0.0, count: cluster.coreCount * Self.columns * width)
    schedule.forEachPart(columns: Self.columns) { task, column, part in
      parts[(Int(schedule.cores[task]) * Self.columns + column) * width + kinds[task]] += part
    }
    var lines: [[String]] = []
    for (host, details) in cluster.hosts.enumerated() {
      for core in 0..<details.cores {
        var (row, busy) = ("", 0.0)
        for column in 0..<Self.columns {
          let start = ((cluster.firstCores[host] + core) * Self.columns + column) * width
          let place = parts[start..<start + width]
          let sum = place.reduce(0, +)
          let most = place.indices.max { (place[$0], $1) < (place[$1], $0) }! - start
          row.append(sum < 0.5 ? (sum > 0 ? "·" : " ") : most < legend.count ? Self.letters[most] : "+")
          busy += sum
        }
        let name = cluster.hosts.count > 1 ? "\(details.name), worker \(core)" : "worker \(core)"
        lines.append([name, "│\(row)│", Self.percent(busy / Double(Self.columns))])
      }
    }
    let keys = zip(Self.letters, legend).map { "\($0) \($1)" } + (kinds.contains(legend.count) ? ["+ others"] : [])
    return Report.aligned(lines, leading: [0, 1]) + "\n" + keys.joined(separator: "  ") + "  · mostly idle"
  }

  /// By task the place of its kind among those that take most time, or the place after the last; and their names.
  private var kinds: (byTask: [Int], names: [String]) {
    var sums: [String: Int64] = [:]
    for task in 0..<workflow.taskCount {
      sums[workflow.category(ofTask: task), default: 0] += workflow.runNanoseconds[task]
    }
    let names = sums.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(Self.letters.count).map(\.key)
    let places = Dictionary(uniqueKeysWithValues: zip(names, 0...))
    return ((0..<workflow.taskCount).map { places[workflow.category(ofTask: $0)] ?? names.count }, names)
  }

  /// Blocks, the taller the more workers of the host are busy.
  private var byHost: String {
    let shown = min(cluster.hosts.count, Self.rowsMaximum)
    let hosts = cluster.hosts.indices.flatMap { Array(repeating: $0, count: cluster.hosts[$0].cores) }
    var parts = Array(repeating: Array(repeating: 0.0, count: Self.columns), count: cluster.hosts.count)
    schedule.forEachPart(columns: Self.columns) { task, column, part in
      parts[hosts[Int(schedule.cores[task])]][column] += part
    }
    let lines = (0..<shown).map { host in
      let shares = parts[host].map { $0 / Double(cluster.hosts[host].cores) }
      let row = shares.map { Report.levels[$0 <= 0 ? 0 : min(8, max(1, Int(($0 * 8).rounded())))] }
      return [
        cluster.hosts[host].name, "│\(String(row))│", Self.percent(shares.reduce(0, +) / Double(Self.columns)),
      ]
    }
    let more = cluster.hosts.count - shown
    return Report.aligned(lines, leading: [0, 1]) + (more > 0 ? "\n… \(more) more hosts" : "")
  }

  private static func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}
