import MillracePrimitives
import MillraceWorkflow

/// A workflow drawn by a seed, and what must come of it whatever the schedule.
///
/// Which attempts fail is drawn, too; so each task's end is known beforehand, unless a failure elsewhere ends the run first.
struct SimulatedFlow: Sendable, CustomStringConvertible {
  struct Task: Sendable {
    var name: String
    var needs: [Int] = []
    var shape = Shape.work
    /// So many attempts fail before one succeeds.
    var failures = 0
    var attempts = 1
    var hasFallback = false
    var hasCompensation = false
    var isSkipped = false
  }

  enum Shape: Sendable, Hashable {
    case work
    case fanOut(Int)
    case pause(seconds: Int)
    case event
    case child
    case tell
  }

  var tasks: [Task] = []

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for index in 0..<2 + random.index(below: 6) {
      var task = Task(name: "t\(index)")
      for earlier in 0..<index where random.index(below: 3) == 0 { task.needs.append(earlier) }
      switch random.index(below: 10) {
      case 0: task.shape = .fanOut(random.index(below: 4))
      case 1: task.shape = .pause(seconds: random.index(below: 600))
      case 2: task.shape = .event
      case 3: task.shape = .child
      case 4: task.shape = .tell
      default:
        task.attempts = 1 + random.index(below: 3)
        // One task in six fails for good.
        task.failures = random.index(below: 6) == 0 ? task.attempts : random.index(below: task.attempts)
        task.hasFallback = random.index(below: 3) == 0
      }
      task.hasCompensation = task.shape == .work && random.index(below: 3) == 0
      task.isSkipped = random.index(below: 6) == 0
      tasks.append(task)
    }
  }

  var description: String { tasks.map { "\($0)" }.joined(separator: "\n") }

  // MARK: The definition

  static let child: WorkflowDefinition = {
    var child = WorkflowDefinition(name: "child")
    child.durability = .memory
    child.parameters = [ParameterDefinition(name: "n", type: .integer)]
    child.tasks = [Bench.task("only", "work", ["n": "${parameters.n}"])]
    child.outputs = ["n": "${tasks.only.n}"]
    return child
  }()

  var definition: WorkflowDefinition {
    var flow = WorkflowDefinition(name: "flow")
    flow.durability = .memory
    for (index, task) in tasks.enumerated() {
      flow.tasks.append(definition(of: task, index))
      if task.hasFallback { flow.tasks.append(Bench.task("\(task.name)-instead", "work", ["n": .int(Int64(index))])) }
      if task.hasCompensation { flow.tasks.append(Bench.task("\(task.name)-undo", "work")) }
    }
    return flow
  }

  private func definition(of task: Task, _ index: Int) -> TaskDefinition {
    let needs = task.needs.map { tasks[$0].name }
    var made: TaskDefinition
    switch task.shape {
    case .work: made = Bench.task(task.name, "work", needs: needs, ["n": .int(Int64(index))])
    case .fanOut(let count):
      made = Bench.task(task.name, "work", needs: needs, ["n": "${item}"])
      made.foreach = ForeachDefinition(elements: Expression(stringLiteral: "\(Array(0..<count))"))
      made.foreach!.limit = 4
      made.foreach!.parallel = 2
    case .pause(let seconds):
      made = Bench.task(task.name, kind: .wait, needs: needs, ["duration": .string("\(seconds)s")])
    case .event:
      made = Bench.task(task.name, kind: .wait, needs: needs, ["event": .string(task.name)])
      made.timeout = .seconds(3600)
    case .child:
      made = Bench.task(
        task.name, kind: .workflow, needs: needs, ["workflow": "child", "parameters": ["n": .int(Int64(index))]])
      made.timeout = .seconds(3600)
    case .tell:
      made = Bench.task(
        task.name, kind: .emit, needs: needs, ["topic": "told", "payload": .int(Int64(index))])
    }
    made.skipPolicy = .any
    made.when = task.isSkipped ? "1 > 2" : nil
    made.retry.attempts = task.attempts
    made.retry.backoff = .seconds(10)
    made.fallback = task.hasFallback ? "\(task.name)-instead" : nil
    made.compensation = task.hasCompensation ? "\(task.name)-undo" : nil
    return made
  }

  // MARK: What must come of it

  /// By task: whether it is passed over.
  var skipped: [Bool] {
    var skipped: [Bool] = []
    for task in tasks {
      // With all that it needs skipped there is nothing for it to gather.
      skipped.append(task.isSkipped || !task.needs.isEmpty && task.needs.allSatisfy { skipped[$0] })
    }
    return skipped
  }

  func fails(_ task: Task) -> Bool { task.failures >= task.attempts && !task.hasFallback }

  /// Some task that is reached fails for good.
  var mustFail: Bool { zip(tasks, skipped).contains { !$1 && fails($0) } }

  func output(of index: Int) -> JSONValue {
    switch tasks[index].shape {
    case .work, .child: ["n": .int(Int64(index))]
    case .fanOut(let count): .array((0..<count).map { ["n": .int(Int64($0))] })
    case .pause, .tell: .null
    case .event: ["by": .string(tasks[index].name)]
    }
  }
}
