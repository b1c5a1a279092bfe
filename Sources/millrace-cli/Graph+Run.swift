import ArgumentParser
import CMillrace
import Foundation
import Millrace
import MillraceWfFormat

extension Graph {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a recorded workflow as a task graph, each task computing for as long as was recorded.",
      discussion: """
        Reads a workflow in WfFormat (WfCommons; versions 1.4, 1.5 and 1.6) and runs it here. A task keeps its worker busy with arithmetic until its \
        thread has used the recorded run time of CPU, multiplied by --scale; files are not touched. What cannot be undercut is the longest path of \
        tasks that wait for each other (critical path), and all run times shared evenly (total work ÷ workers); efficiency is the larger of them by \
        the makespan.

        Examples:
          millrace graph run montage.json --workers 2
          millrace graph run montage.json --scale 0.01 --json --schedule schedule.csv

        Exit codes: 0 done; 64 wrong usage, or a request that the workflow does not allow; 65 the file is malformed (the message names line, column \
        and JSON path); 66 it cannot be read; 73 a file could not be written.
        """)

    @Argument(help: "The workflow (JSON).", completion: .file(extensions: ["json"]))
    var file: String

    @Option(help: "Worker threads; default: one for each CPU that may be used.")
    var workers: Int?

    @Option(help: ArgumentHelp("Multiply all run times.", valueName: "factor"))
    var scale = 0.001

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
      help: ArgumentHelp("Write a line for each task (CSV): where, and from when until when.", valueName: "file"),
      completion: .file(extensions: ["csv"]))
    var schedule: String?

    func validate() throws {
      try Analyze.validate(workers: workers)
      try Graph.validate(scale: scale)
    }

    func run() throws {
      var configuration = WorkStealingExecutor.Configuration()
      if let workers { configuration.workerCount = workers }
      let executor = WorkStealingExecutor(configuration)
      defer { executor.shutdownBlocking() }
      let (workflow, result) = try measure(on: executor)
      try ScheduleReport(workflow, result, policy: "measured").publish(json: json, schedule: schedule)
    }

    /// Runs the workflow. Errors of the file have been told when it throws.
    func measure(on executor: WorkStealingExecutor) throws -> (RecordedWorkflow, Schedule) {
      do {
        let workflow = try RecordedWorkflow(path: file).scaled(by: scale)
        return (workflow, try Schedule.measured(workflow, on: executor))
      } catch let error as WfFormatError {
        throw complain(error)
      }
    }
  }
}

extension Schedule {
  /// Runs the workflow here, each task computing for its run time.
  fileprivate static func measured(_ workflow: RecordedWorkflow, on executor: WorkStealingExecutor) throws -> Schedule {
    var graph = TaskGraph()
    let nodes = (0..<workflow.taskCount).map { task in
      let nanoseconds = UInt64(workflow.runNanoseconds[task])
      return graph.addNode(workflow.label(ofTask: task)) { compute(nanoseconds: nanoseconds) }
    }
    graph.addEdges(of: workflow)
    let results = try graph.finalize().run(on: executor, isTimed: true)
    let timeline = results.timeline!
    // No node can have been left out: none throws, and nobody cancels.
    let times = nodes.map { timeline[$0]! }
    return Schedule(
      cluster: Cluster(coresPerHost: executor.workerCount), cores: times.map { UInt32($0.worker!) },
      startNanoseconds: times.map { Int64($0.start / .nanoseconds(1)) },
      endNanoseconds: times.map { Int64($0.end / .nanoseconds(1)) })
  }
}

extension TaskGraph {
  /// The dependencies of a workflow whose tasks are the graph's nodes, in their order.
  mutating func addEdges(of workflow: RecordedWorkflow) {
    var pairs: [(source: UInt32, target: UInt32)] = []
    pairs.reserveCapacity(workflow.dependencyCount)
    for task in 0..<workflow.taskCount {
      for child in workflow.children[task] { pairs.append((UInt32(task), child)) }
    }
    addEdges(pairs.span)
  }
}

/// Arithmetic, until the thread has used so much CPU time: what others take of the CPU meanwhile does not count.
private func compute(nanoseconds: UInt64) {
  let end = millrace_thread_cpu_nanoseconds() + nanoseconds
  var state: UInt64 = 1
  while true {
    let now = millrace_thread_cpu_nanoseconds()
    if now >= end { break }
    // The CPU time is asked of the kernel, so not often: what is left cannot be used up before this by the clock.
    let pause = min(end - now, 50_000) * millrace_ticks_per_microsecond() / 1_000
    let start = millrace_ticks()
    while millrace_ticks() &- start < pause {
      for _ in 0..<32 { state = state &* 6_364_136_223_846_793_005 &+ 1 }
    }
  }
  withExtendedLifetime(state) {}
}
