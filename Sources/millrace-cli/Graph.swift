import ArgumentParser
import Foundation
import Millrace
import MillraceWfFormat

struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a workflow, or run or simulate a recorded one, as a task graph.",
    usage: """
      millrace graph <file> [--format <format>]
      millrace graph <subcommand>
      """,
    discussion: """
      Recorded workflows are in WfFormat (WfCommons; versions 1.4, 1.5 and 1.6); workflows for `millrace run`, in YAML or JSON, can be drawn, too. A \
      file alone is drawn.

      Examples:
        millrace graph montage.json > montage.svg
        millrace graph run montage.json --workers 2
        millrace graph simulate montage.json --workers 64
      """,
    subcommands: [Draw.self, Run.self, Simulate.self], defaultSubcommand: Draw.self)
}

extension Graph {
  struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell how a recorded workflow would run, in virtual time, on any number of workers and hosts.",
      discussion: """
        Reads a workflow in WfFormat (WfCommons; versions 1.4, 1.5 and 1.6) and gives every task its recorded run time, on one worker. No worker \
        is idle while a task is ready. What cannot be undercut is the longest path of tasks that wait for each other (critical path), and all run \
        times shared evenly (total work ÷ workers); efficiency is the larger of them by the makespan. The answer is the same every time.

        Examples:
          millrace graph simulate montage.json --workers 8
          millrace graph simulate montage.json --hosts 4 --workers 16 --policy longest-path --bandwidth 125
          millrace graph simulate montage.json --json --schedule schedule.csv

        Exit codes: 0 done; 64 wrong usage, or a request that the workflow does not allow; 65 the file is malformed (the message names line, column \
        and JSON path); 66 it cannot be read; 73 a file could not be written.
        """)

    @Argument(help: "The workflow (JSON).", completion: .file(extensions: ["json"]))
    var file: String

    @Option(help: "Workers of each host; default: one for each CPU that may be used here.")
    var workers: Int?

    @Option(help: "Hosts, all the same; default: 1.")
    var hosts: Int?

    @Flag(help: "The machines that the file records, with their cores and speeds, instead of --workers and --hosts.")
    var machines = false

    @Option(
      help:
        "Which of the tasks that are ready goes first: the one that has been for longest, or the one with the longest path after it."
    )
    var policy = Schedule.Policy.fifo

    @Option(help: ArgumentHelp("Multiply all run times.", valueName: "factor"))
    var scale = 1.0

    @Option(
      help: ArgumentHelp("A task fetches files from other hosts at this speed; default: in no time.", valueName: "MB/s")
    )
    var bandwidth: Double?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
      help: ArgumentHelp("Write a line for each task (CSV): where, and from when until when.", valueName: "file"),
      completion: .file(extensions: ["csv"]))
    var schedule: String?

    func validate() throws {
      let limit = 1 << 20
      for (name, value) in [("--workers", workers), ("--hosts", hosts)] {
        guard let value else { continue }
        guard (1...limit).contains(value) else {
          throw ValidationError("\(name) is expected to be between 1 and \(limit); found \(value)")
        }
        if machines { throw ValidationError("\(name) and --machines exclude each other") }
      }
      guard (workers ?? 1) * (hosts ?? 1) <= limit else {
        throw ValidationError(
          "--hosts × --workers is expected to be at most \(limit); found \((workers ?? 1) * (hosts ?? 1))")
      }
      try Graph.validate(scale: scale)
      if let bandwidth, !(bandwidth > 0) {
        throw ValidationError("--bandwidth is expected to be above 0; found \(bandwidth)")
      }
    }

    func run() throws {
      do {
        let workflow = try RecordedWorkflow(path: file).scaled(by: scale)
        let cluster = try cluster(for: workflow)
        let result = try Schedule.simulated(
          workflow, on: cluster, policy: policy, bytesPerSecond: bandwidth.map { $0 * 1e6 })
        try ScheduleReport(workflow, result, policy: policy.rawValue).publish(json: json, schedule: schedule)
      } catch let error as WfFormatError {
        throw complain(error)
      }
    }

    private func cluster(for workflow: RecordedWorkflow) throws(WfFormatError) -> Cluster {
      if machines { return try Cluster(machinesOf: workflow) }
      let workers = workers ?? WorkStealingExecutor.Configuration().workerCount
      return Cluster(hostCount: hosts ?? 1, coresPerHost: workers)
    }
  }
}

extension Graph {
  static func validate(scale: Double) throws {
    guard scale >= 0, scale.isFinite else {
      throw ValidationError("--scale is expected to be a number from 0; found \(scale)")
    }
  }
}

/// Says what is wrong with a workflow, and gives what to throw then.
func complain(_ error: WfFormatError) -> ExitCode {
  switch error.code {
  case .unreadable: complain("\(error)", code: 66)
  case .malformed: complain("\(error)", code: 65)
  case .request: complain("\(error)", code: 64)
  }
}

extension Schedule.Policy: ExpressibleByArgument {}
