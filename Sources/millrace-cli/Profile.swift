import ArgumentParser
import Foundation
import Millrace
import MillraceObserve
import MillracePrimitives

struct Profile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a workload, and show how long its jobs waited and ran, and how busy the workers were.",
    usage: "millrace profile [<options>] -- <workload> [<size> | <file> …]",
    discussion: """
      Workloads:
        fib [n]               Fibonacci numbers by join; default 32
        skynet [leaves]       a tree of loops, ten children a node; default 1000000
        taskgroup [children]  a task group, 64 children at a time; default 100000
        ping [count]          a closure from outside, answered; default 1000
        analyze FILE …        as `millrace analyze`, whose options it takes
        graph FILE …          as `millrace graph run`, whose options it takes; the trace shows its tasks by name

      Options of profile come first, then --, then the workload. The table says:
        queue wait      from a job's submission to its start
        run time        from its start to its end, or to its task's suspension
        end to end      both together
        suspended       from a task's suspension to its next submission
        whole task      from a task's first submission to its end
        wake-up         from a sleeping worker's token to its first step
        timer lateness  from when a timer was due to when it fired
      The forks of fork-join code are told of only when they are stolen. Builds with the trait Jemalloc tell of allocations, too.

      Examples:
        millrace profile -- fib 35
        millrace profile --workers 4 --trace trace.json -- taskgroup 50000
        millrace profile --flamegraph flames.svg -- analyze weather.csv
        millrace profile --trace trace.json -- graph montage.json --scale 0.0001

      Exit codes: 0 done; 64 wrong usage; 65, 66 as `millrace analyze` and `millrace graph`; 69 no flame graph, because perf is missing or refused; 73 a file could \
      not be written.
      """)

  @Option(
    help: ArgumentHelp("Write a trace, for ui.perfetto.dev.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Write percentile distributions, for HdrHistogram's plotter: one file for each row of the table, named after this one.",
      valueName: "file"), completion: .file(extensions: ["hgrm"]))
  var histograms: String?

  @Option(
    help: ArgumentHelp("Write a flame graph (SVG); needs perf.", valueName: "file"),
    completion: .file(extensions: ["svg"]))
  var flamegraph: String?

  @Option(help: "Worker threads; default: one for each CPU that may be used.")
  var workers: Int?

  @Option(help: "Events that each worker keeps between two looks, 10 ms apart.")
  var capacity = 1 << 16

  @Flag(help: "Print JSON.")
  var json = false

  @Argument(
    parsing: .captureForPassthrough, help: ArgumentHelp("The workload and what it takes.", valueName: "workload"))
  var workload: [String] = []

  /// For the run under `perf`: everything but the flame graph.
  private var parsedWorkload: Workload {
    get throws { try Workload(workload.first == "--" ? Array(workload.dropFirst()) : workload) }
  }

  func validate() throws {
    if workload.contains("--help") || workload.contains("-h") { throw CleanExit.helpRequest(self) }
    try Analyze.validate(workers: workers)
    guard (1...1 << 26).contains(capacity) else {
      throw ValidationError("--capacity is expected to be between 1 and \(1 << 26); found \(capacity)")
    }
    _ = try parsedWorkload
  }

  func run() throws {
    if let flamegraph { return try runUnderPerf(flamegraph) }
    let workload = try parsedWorkload
    var configuration = WorkStealingExecutor.Configuration()
    if let workers = workers ?? workload.workers { configuration.workerCount = workers }
    // What cannot be written is better known before the run.
    for path in [trace, histograms].compactMap(\.self) { try checkWritable(path) }
    let observer = ObserverArena()
    let before = AllocationReading(without: observer)
    let executor = WorkStealingExecutor(configuration)
    let collector = Collector(executor.startProfile(capacity: capacity), observer)
    let result = Result { try workload.run(on: executor) }
    let collected = collector.finish()
    // The workers' threads end, and what they kept for later is counted as free.
    executor.shutdownBlocking()
    let allocations = AllocationReport(
      from: before, to: AllocationReading(without: observer), allocatedMax: collected.allocatedMax)
    let answer = try result.get()
    let timeline = ProfileTimeline(collected.recording)
    let report = LatencyReport(timeline)
    let utilisation = Utilisation(timeline, workerCount: executor.workerCount)
    var files: [String] = []
    if let trace {
      try writeFile(ChromeTrace(timeline, processName: "millrace \(workload.description)").json, to: trace)
      files.append(trace)
    }
    if let histograms { files += try write(report, stem: histograms) }
    if json {
      print(try jsonText(workload, answer, report, utilisation, allocations, files))
    } else {
      print("\(workload.description): \(answer)\n\n\(report)\n\n\(utilisation)\n\n\(allocations)")
      for file in files { print("wrote \(file)") }
    }
  }

  private func jsonText(
    _ workload: Workload, _ answer: String, _ report: LatencyReport, _ utilisation: Utilisation,
    _ allocations: AllocationReport, _ files: [String]
  ) throws -> String {
    var object = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as! [String: Any]
    object["allocations"] = try JSONSerialization.jsonObject(with: Data(allocations.json.utf8))
    object["workload"] = workload.description
    object["answer"] = answer
    object["files"] = files
    object["seconds"] = utilisation.length / .seconds(1)
    object["workers"] = utilisation.workers.map { ["index": $0.index, "busy": $0.busy, "timeline": $0.columns] }
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  /// A file for each row: `out.hgrm` becomes `out.queue-wait-closure.hgrm`.
  private func write(_ report: LatencyReport, stem path: String) throws -> [String] {
    let url = URL(fileURLWithPath: path)
    let ending = url.pathExtension.isEmpty ? "hgrm" : url.pathExtension
    return try report.distributions.map { stem, text in
      let name = "\(url.deletingPathExtension().lastPathComponent).\(stem).\(ending)"
      let file = url.deletingLastPathComponent().appendingPathComponent(name).relativePath
      try writeFile(text, to: file)
      return file
    }
  }

  /// Leaves what is there as it is.
  private func checkWritable(_ path: String) throws {
    let isThere = FileManager.default.fileExists(atPath: path)
    let file = unsafe open(path, O_WRONLY | O_CREAT, 0o666)
    guard file >= 0 else {
      throw unsafe complain("cannot write \(path): \(String(cString: strerror(errno)))", code: 73)
    }
    close(file)
    if !isThere { unsafe unlink(path) }
  }

  /// Runs this command once more, under `perf record`, without the flame graph.
  private func runUnderPerf(_ path: String) throws {
    var arguments = ["profile", "--capacity", "\(capacity)"]
    if let trace { arguments += ["--trace", trace] }
    if let histograms { arguments += ["--histograms", histograms] }
    if let workers { arguments += ["--workers", "\(workers)"] }
    if json { arguments.append("--json") }
    let rest = workload.first == "--" ? workload : ["--"] + workload
    for path in [path, trace, histograms].compactMap(\.self) { try checkWritable(path) }
    do {
      let graph = try PerfRecorder().record(arguments + rest)
      try writeFile(graph.svg(title: "millrace \(try parsedWorkload.description): CPU time"), to: path)
      FileHandle.standardError.write(Data("wrote \(path)\n".utf8))
    } catch let error as PerfRecorder.Failure {
      switch error {
      case .perf(let message): throw complain(message, code: 69)
      case .run(let status): throw ExitCode(status)
      }
    }
  }
}
