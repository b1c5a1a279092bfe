import Foundation
import Millrace

/// What does not depend on the clock: instructions and allocations, counted by valgrind, with a most for each.
///
/// `costs` runs itself under valgrind twice, with few and with many operations, and divides the difference. `costs --run fork 1000` is one such run.
@main
struct Costs {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[1] == "--run", let operation = Operation(rawValue: arguments[2]),
      let count = Int(arguments[3])
    {
      return operation.run(count)
    }
    guard arguments.count == 1 else {
      print("costs takes no arguments; found \(arguments.dropFirst().joined(separator: " "))")
      exit(64)
    }
    try Operation.stripSelf()
    defer { try? FileManager.default.removeItem(at: Operation.program) }
    var isOver = false
    for operation in Operation.allCases {
      let instructions = try operation.measure(.instructions)
      let allocations = try operation.measure(.allocations)
      let holds = instructions <= operation.instructionsMost && allocations <= operation.allocationsMost
      isOver = isOver || !holds
      print(
        String(
          format: "%@ %@: %.1f instructions (at most %.0f), %.3f allocations (at most %.2f)",
          holds ? "holds        " : "does not hold",
          operation.rawValue, instructions, operation.instructionsMost, allocations, operation.allocationsMost))
    }
    if isOver {
      try? FileManager.default.removeItem(at: Operation.program)
      exit(1)
    }
  }
}

enum Operation: String, CaseIterable {
  /// A join whose second closure nobody takes.
  case fork
  /// An element of a parallel loop with a tiny body.
  case element
  /// A blocking call from outside, for which the caller becomes a parked worker.
  case call
  /// A deadline around work that is done at once: a timer is filed and cancelled.
  case deadline
  /// A run of a plan that has been run before: a chain of 32 nodes, which under valgrind are so slow that the run looks around after each.
  case rerun
  /// The same of three nodes, shared with a worker that has to be asked: only allocations are counted, what two threads do differs.
  case sharedRerun

  var instructionsMost: Double {
    switch self {
    case .fork: 66
    case .element: 11
    case .call: 900
    case .deadline: 2_000
    case .rerun: 9_000
    case .sharedRerun: .infinity
    }
  }

  var allocationsMost: Double {
    switch self {
    case .fork, .element, .rerun: 0.01
    case .sharedRerun: 0.02
    case .call: 0.02
    case .deadline: 3.1
    }
  }

  func run(_ count: Int) {
    let executor = WorkStealingExecutor(.init(workerCount: self == .sharedRerun ? 2 : 1))
    switch self {
    case .fork: try! executor.runBlocking { for index in 0..<count { _ = join({ keep(index) }, { keep(index) }) } }
    case .element:
      try! executor.runBlocking {
        var numbers = [Int](repeating: 0, count: count * 100)
        Parallel.forEach(in: &numbers) { index, number in number = index }
        keep(numbers[count])
      }
    case .call:
      // Once the worker is parked, every call is a guest's. Looking takes instructions too, so it looks seldom.
      while executor.metrics().workers[0].idle == .zero { usleep(10_000) }
      for index in 0..<count { try! executor.runBlocking { keep(index) } }
    case .deadline:
      try! executor.runBlocking {
        for index in 0..<count { try withTimeout(.seconds(60)) { keep(index) } }
      }
    case .rerun:
      var graph = TaskGraph()
      var last = graph.addNode { keep(0) }
      for index in 1..<32 {
        let node = graph.addNode { keep(index) }
        graph.precede(last, node)
        last = node
      }
      let plan = try! graph.finalize()
      try! executor.runBlocking { for _ in 0..<count { try plan.run() } }
    case .sharedRerun:
      var graph = TaskGraph()
      // Slow ones, which are always shared.
      graph.addNodes(count: 3) { _ in usleep(1) }
      let plan = try! graph.finalize()
      try! executor.runBlocking { for _ in 0..<count { try plan.run() } }
    }
    executor.shutdownBlocking()
  }

  enum Kind { case instructions, allocations }

  func measure(_ kind: Kind) throws -> Double {
    let (few, many) = (1_000, 21_000)
    let difference = try Double(count(kind, many) - count(kind, few))
    return difference / Double((many - few) * (self == .element ? 100 : 1))
  }

  /// This program without its debugging information, of which Debian's valgrind cannot read the newer forms.
  static let program = FileManager.default.temporaryDirectory.appendingPathComponent(
    "millrace-costs-\(ProcessInfo.processInfo.processIdentifier)")

  static func stripSelf() throws {
    let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().path
    let process = try Process.run(URL(fileURLWithPath: "/usr/bin/env"), arguments: ["strip", "-o", program.path, own])
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      print("strip is needed (Debian: binutils) and failed with exit code \(process.terminationStatus)")
      exit(1)
    }
  }

  private func count(_ kind: Kind, _ operations: Int) throws -> Int {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let tool =
      kind == .instructions
      ? ["--tool=callgrind", "--callgrind-out-file=/dev/null"]
      : ["--tool=memcheck", "--soname-synonyms=somalloc=*jemalloc*"]
    process.arguments = ["valgrind"] + tool + [Self.program.path, "--run", rawValue, "\(operations)"]
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let pattern = kind == .instructions ? /Collected : ([0-9]+)/ : /total heap usage: ([0-9,]+) allocs/
    guard let match = text.firstMatch(of: pattern), let found = Int(match.1.filter { $0 != "," }) else {
      print("valgrind did not say what was expected:\n\(text)")
      exit(1)
    }
    return found
  }
}

@inline(never) func keep(_ value: Int) {}
