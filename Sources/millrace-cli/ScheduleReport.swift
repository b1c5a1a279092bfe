import Foundation
import MillraceWfFormat

/// What a schedule, measured or simulated, comes to: for people, for programs, and task by task.
struct ScheduleReport {
  private let workflow: RecordedWorkflow
  private let schedule: Schedule
  private let bounds: LowerBounds
  /// How it was made.
  private let policy: String

  init(_ workflow: RecordedWorkflow, _ schedule: Schedule, policy: String) {
    self.workflow = workflow
    self.schedule = schedule
    self.policy = policy
    bounds = LowerBounds(workflow, on: schedule.cluster)
  }

  private var efficiency: Double { schedule.efficiency(bounds) }

  private var busy: Double {
    (0..<schedule.taskCount).reduce(0) {
      $0 + Double(schedule.endNanoseconds[$1] - schedule.startNanoseconds[$1]) / 1e9
    }
  }

  /// Prints it, and writes the line for each task where that was asked for.
  func publish(json isJSON: Bool, schedule path: String?) throws {
    if let path { try writeFile(csv, to: path) }
    print(isJSON ? try json : text)
    if let path, !isJSON { print("wrote \(path)") }
  }

  // MARK: Text

  var text: String {
    let cluster = schedule.cluster
    let (hosts, workers) = (cluster.hosts.count, cluster.coreCount)
    let makespan = Self.seconds(schedule.makespan)
    let rows = [
      ["makespan", Self.figure(schedule.makespan), ""],
      ["critical path", Self.figure(bounds.criticalPathLength), Self.path(bounds.criticalPath.map(workflow.label))],
      ["total work ÷ workers", Self.figure(bounds.sharedWork), "of \(Self.figure(workflow.totalRunTime))"],
      ["efficiency", String(format: "%.3f", efficiency), "lower bound ÷ makespan"],
    ]
    return """
      \(workflow.name): \(workflow.taskCount) tasks, \(workflow.dependencyCount) dependencies, \(workflow.fileCount) files
      \(workers) worker\(workers == 1 ? "" : "s") on \(hosts) host\(hosts == 1 ? "" : "s"), \(policy)

      \(Report.aligned(rows, leading: [0, 2]))

      \(Gantt(workflow, schedule).text)
      \(String(format: "running at once: %.2f on average, %d at most", makespan > 0 ? busy / makespan : 0, mostRunning))
      """
  }

  private var mostRunning: Int { schedule.parallelism().map(\.running).max() ?? 0 }

  /// The first and the last of a long path.
  private static func path(_ labels: [String]) -> String {
    let (first, last) = (3, 2)
    guard labels.count > first + last + 1 else { return labels.joined(separator: " → ") }
    let between = "… \(labels.count - first - last) more …"
    return (labels.prefix(first) + [between] + labels.suffix(last)).joined(separator: " → ")
  }

  /// The nearest number: nanoseconds are exact below 2^53.
  private static func seconds(_ duration: Duration) -> Double { duration / .nanoseconds(1) / 1e9 }

  static func figure(_ duration: Duration) -> String { String(format: "%.6g s", seconds(duration)) }

  // MARK: JSON

  private struct Object: Encodable {
    struct Workflow: Encodable {
      var name: String
      var tasks: Int
      var dependencies: Int
      var files: Int
      var seconds: Double
    }
    struct Host: Encodable {
      var name: String
      var workers: Int
      var speedInMHz: Double?
    }
    struct Bounds: Encodable {
      var criticalPathSeconds: Double
      var sharedWorkSeconds: Double
      var seconds: Double
      var criticalPath: [String]
    }
    struct Parallelism: Encodable {
      var mean: Double
      var maximum: Int
      /// In each of equal parts of the makespan.
      var means: [Double]
    }
    var workflow: Workflow
    var hosts: [Host]
    var workers: Int
    var policy: String
    var makespanSeconds: Double
    var lowerBounds: Bounds
    var efficiency: Double
    var parallelism: Parallelism
  }

  var json: String {
    get throws {
      var means = Array(repeating: 0.0, count: 100)
      schedule.forEachPart(columns: means.count) { means[$1] += $2 }
      let makespan = Self.seconds(schedule.makespan)
      let object = Object(
        workflow: .init(
          name: workflow.name, tasks: workflow.taskCount, dependencies: workflow.dependencyCount,
          files: workflow.fileCount, seconds: Self.seconds(workflow.totalRunTime)),
        hosts: schedule.cluster.hosts.map { .init(name: $0.name, workers: $0.cores, speedInMHz: $0.speedInMHz) },
        workers: schedule.cluster.coreCount, policy: policy, makespanSeconds: makespan,
        lowerBounds: .init(
          criticalPathSeconds: Self.seconds(bounds.criticalPathLength),
          sharedWorkSeconds: Self.seconds(bounds.sharedWork), seconds: Self.seconds(bounds.length),
          criticalPath: bounds.criticalPath.map(workflow.label)),
        efficiency: efficiency,
        parallelism: .init(mean: makespan > 0 ? busy / makespan : 0, maximum: mostRunning, means: means))
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(object), as: UTF8.self)
    }
  }

  // MARK: CSV

  /// A line for each task, in the order of the file; times in seconds, exact to a nanosecond.
  var csv: String {
    var lines = "task,kind,host,worker,start,end\n"
    for task in 0..<schedule.taskCount {
      let placement = schedule[task]
      let texts = [
        workflow.label(ofTask: task), workflow.category(ofTask: task), schedule.cluster.hosts[placement.host].name,
      ].map(Self.cell)
      lines += (texts + ["\(placement.core)"]).joined(separator: ",")
      lines +=
        ",\(Self.decimal(schedule.startNanoseconds[task])),\(Self.decimal(schedule.endNanoseconds[task]))\n"
    }
    return lines
  }

  private static func cell(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  private static func decimal(_ nanoseconds: Int64) -> String {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return "\(whole).\("\(rest + 1_000_000_000)".dropFirst())"
  }
}
