import ArgumentParser
import Foundation
import Millrace
import MillraceBench
import MillraceWorkflow

struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this machine: Millrace beside the serial loop and Swift's own concurrency, answers checked.",
    discussion: """
      Each workload is done by each contender in turn, in each of several rounds, so that what disturbs the machine disturbs all. The figure is the \
      median over rounds, of nanoseconds for an operation; the spread is what lies between the least and the greatest, by the median. Only ratios \
      within one run mean something. Measure with nothing else running, and a program that was built with `-c release`.

      Examples:
        millrace bench
        millrace bench fib timers --rounds 9 --json

      Exit codes: 0 all answers were right; 1 an answer was wrong; 64 wrong usage.
      """)

  @Argument(
    help: "Which workloads: \(BenchWorkload.all.map(\.name).joined(separator: ", ")); without any, all.",
    completion: .list(BenchWorkload.all.map(\.name)))
  var workloads: [String] = []

  @Option(help: ArgumentHelp("How often each is measured.", valueName: "count"))
  var rounds = 5

  @Option(help: "Worker threads; default: one for each CPU that may be used.")
  var workers: Int?

  @Option(help: ArgumentHelp("Each measurement takes at least so long.", valueName: "seconds"))
  var seconds = 0.2

  @Flag(help: "Print JSON, a line for each contender of each workload.")
  var json = false

  func validate() throws {
    try Analyze.validate(workers: workers)
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is expected to be between 1 and 1000; found \(rounds)")
    }
    guard (0...60).contains(seconds) else {
      throw ValidationError("--seconds is expected to be between 0 and 60; found \(seconds)")
    }
    let known = BenchWorkload.all.map(\.name)
    for name in workloads where !known.contains(name) {
      throw ValidationError("there is no workload \(name); there are: \(known.joined(separator: ", "))")
    }
  }

  func run() async throws {
    let count = workers ?? WorkStealingExecutor.Configuration().workerCount
    let chosen = BenchWorkload.all.filter { workloads.isEmpty || workloads.contains($0.name) }
    let duration = Duration.seconds(seconds)
    let rounds = rounds
    // Measurements block: on a thread of their own.
    let results = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var samples: [String: [BenchContender.Sample]] = [:]
        for _ in 0..<rounds {
          for workload in chosen {
            for contender in workload.contenders {
              samples["\(workload.name) \(contender.name)", default: []].append(
                contender.measure(workers: count, for: duration))
            }
          }
        }
        continuation.resume(returning: samples)
      }
    }
    var isRight = true
    if !json { print("workload    contender        ns    spread  on CPUs  an operation is") }
    for workload in chosen {
      for contender in workload.contenders {
        let row = Row(workload, contender.name, results["\(workload.name) \(contender.name)"]!)
        isRight = isRight && row.isRight
        print(json ? row.json(workers: count) : row.text)
      }
    }
    if !isRight { throw ExitCode(1) }
  }

  private struct Row {
    let workload: BenchWorkload
    let contender: String
    let samples: [BenchContender.Sample]

    init(_ workload: BenchWorkload, _ contender: String, _ samples: [BenchContender.Sample]) {
      self.workload = workload
      self.contender = contender
      self.samples = samples
    }

    var isRight: Bool { samples.allSatisfy(\.isRight) }

    private func median(_ value: (BenchContender.Sample) -> Double) -> Double {
      let sorted = samples.map(value).sorted()
      return sorted[sorted.count / 2]
    }

    private var nanoseconds: Double { median(\.nanoseconds) }

    private var spread: Double {
      let all = samples.map(\.nanoseconds)
      return (all.max()! - all.min()!) / nanoseconds
    }

    var text: String {
      let name = workload.name.padding(toLength: 10, withPad: " ", startingAt: 0)
      let who = contender.padding(toLength: 10, withPad: " ", startingAt: 0)
      return String(
        format: "%@  %@ %9.2f  %6.0f %%  %7.2f  %@", name, who, nanoseconds, spread * 100,
        median(\.processorNanoseconds), workload.operation) + (isRight ? "" : "  WRONG")
    }

    func json(workers: Int) -> String {
      let line: JSONValue = [
        "workload": .string(workload.name), "contender": .string(contender), "operation": .string(workload.operation),
        "ns": .double(nanoseconds), "cpu_ns": .double(median(\.processorNanoseconds)), "spread": .double(spread),
        "rounds": .int(Int64(samples.count)), "workers": .int(Int64(workers)), "verified": .bool(isRight),
      ]
      return "\(line)"
    }
  }
}
