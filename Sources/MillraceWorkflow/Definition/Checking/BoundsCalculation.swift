/// Puts expanded tasks into a ``CheckedDefinition``, and computes how long a run may take and how many attempts it may make.
struct BoundsCalculation {
  let definition: WorkflowDefinition
  let tasks: [TaskExpansion.Task]
  private let indices: [String: Int]
  private let roles: [CheckedTask.Role]
  private let needs: [[Int]]
  private let successors: [[Int]]

  init(_ definition: WorkflowDefinition, _ tasks: [TaskExpansion.Task]) {
    self.definition = definition
    self.tasks = tasks
    let indices = Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($1.definition.name, $0) })
    var roles = [CheckedTask.Role](repeating: .ordinary, count: tasks.count)
    for (index, task) in tasks.enumerated() {
      if let name = task.definition.fallback { roles[indices[name]!] = .fallback(of: index) }
      if let name = task.definition.compensation { roles[indices[name]!] = .compensation(of: index) }
    }
    for (event, name) in definition.hooks { roles[indices[name]!] = .hook(event) }
    // What a task that is run for another refers to is there when it runs, or is not: nothing waits for it.
    let needs = tasks.enumerated().map { index, task in
      roles[index] == .ordinary ? Set(task.needs.map { indices[$0]! }).sorted() : []
    }
    var successors = [[Int]](repeating: [], count: tasks.count)
    for (index, needs) in needs.enumerated() {
      for need in needs { successors[need].append(index) }
    }
    self.indices = indices
    self.roles = roles
    self.needs = needs
    self.successors = successors
  }

  func checked() -> CheckedDefinition {
    let order = topologicalOrder(needs: needs).filter { roles[$0] == .ordinary }
    let alone = tasks.map { fanOut($0.definition, Bounded(of: attempts(of: $0.definition))) }
    // A fallback comes after all attempts of its task, for each element.
    let whole = tasks.indices.map { index -> StepBounds in
      guard let name = tasks[index].definition.fallback else { return alone[index] }
      let fallback = attempts(of: tasks[indices[name]!].definition)
      return fanOut(
        tasks[index].definition,
        Bounded(of: attempts(of: tasks[index].definition)) + Bounded(of: fallback))
    }
    let checked = tasks.indices.map { index -> CheckedTask in
      let task = tasks[index].definition
      return CheckedTask(
        index: index, definition: task, path: tasks[index].path, role: roles[index], needs: needs[index],
        successors: successors[index], fallback: task.fallback.map { indices[$0]! },
        compensation: task.compensation.map { indices[$0]! },
        cases: task.cases.map { $0.tasks.map { indices[$0]! } }, bounds: whole[index])
    }
    return CheckedDefinition(
      definition, tasks: checked, order: order, hooks: definition.hooks.mapValues { indices[$0]! },
      bounds: bounds(order, whole))
  }

  // MARK: One step

  /// Numbers that saturate: far beyond every deadline it does not matter how far.
  private struct Bounded {
    var attempts: Int
    var wall: Duration

    static let longest = Duration.seconds(1 << 40)

    init(_ attempts: Int, _ wall: Duration) {
      self.attempts = attempts
      self.wall = wall
    }

    init(of bounds: StepBounds) { self.init(bounds.attempts, bounds.wall) }

    static func + (a: Bounded, b: Bounded) -> Bounded {
      let (attempts, overflows) = a.attempts.addingReportingOverflow(b.attempts)
      return Bounded(overflows ? .max : attempts, min(longest, a.wall + b.wall))
    }

    var bounds: StepBounds { StepBounds(attempts: attempts, wall: wall) }
  }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? .max : product
  }

  /// All elements of a fan-out.
  private func fanOut(_ task: TaskDefinition, _ one: Bounded) -> StepBounds {
    guard let foreach = task.foreach else { return one.bounds }
    var parallel = min(foreach.parallel, foreach.limit)
    for (name, units) in task.resources {
      if let all = definition.resources[name] { parallel = min(parallel, max(1, all / units)) }
    }
    let rounds = (foreach.limit + parallel - 1) / parallel
    return StepBounds(
      attempts: Self.product(one.attempts, foreach.limit), wall: min(Bounded.longest, one.wall * rounds))
  }

  /// All attempts for one element, without its fallback's.
  private func attempts(of task: TaskDefinition) -> StepBounds {
    switch EngineKind(rawValue: task.kind) {
    // The engine does them at once.
    case .values, .switch, .emit: return StepBounds(attempts: 1, wall: .zero)
    case .wait, .workflow, .call, nil: break
    }
    let retry = task.retry
    var wait = Duration.zero
    if let name = task.queue, let queue = definition.queues[name] { wait += queue.timeout }
    if let name = task.circuit, let circuit = definition.circuits[name] { wait += circuit.open }
    var wall = min(Bounded.longest, (wait + task.timeout) * retry.attempts)
    for attempt in 1..<retry.attempts {
      let delay = retry.delayMax(afterAttempt: attempt)
      if delay == retry.cap || retry.factor == 1 {
        // So long are all that follow.
        wall += delay * (retry.attempts - attempt)
        break
      }
      wall += delay
    }
    wall = min(Bounded.longest, wall)
    if let deadline = retry.deadline { wall = min(wall, deadline) }
    return StepBounds(attempts: retry.attempts, wall: wall)
  }

  // MARK: The run

  private func bounds(_ order: [Int], _ steps: [StepBounds]) -> WorkflowBounds {
    var ends = [Duration](repeating: .zero, count: tasks.count)
    var before = [Int?](repeating: nil, count: tasks.count)
    for index in order {
      before[index] = needs[index].max { ends[$0] < ends[$1] }
      ends[index] = min(Bounded.longest, (before[index].map { ends[$0] } ?? .zero) + steps[index].wall)
    }
    var path: [String] = []
    var place = order.max { ends[$0] < ends[$1] }
    let length = place.map { ends[$0] } ?? .zero
    while let index = place {
      if steps[index].wall > .zero { path.append(tasks[index].definition.name) }
      place = before[index]
    }

    var all = Bounded(0, .zero)
    var compensations = Bounded(0, .zero)
    var stepFailed = Bounded(0, .zero)
    var atEnd = Bounded(0, .zero)
    var paused = Bounded(0, .zero)
    var stepCount = 0
    for (index, role) in roles.enumerated() {
      let step = Bounded(of: steps[index])
      switch role {
      case .ordinary:
        all = all + step
        stepCount += tasks[index].definition.foreach?.limit ?? 1
      // It is part of its task's.
      case .fallback: break
      // One after the other, also for the elements of a fan-out.
      case .compensation(let task):
        let count = tasks[task].definition.foreach?.limit ?? 1
        compensations =
          compensations + Bounded(Self.product(step.attempts, count), min(Bounded.longest, step.wall * count))
      case .hook(.stepFailed): stepFailed = step
      case .hook(.paused): paused = step
      case .hook(.cancelled), .hook(.completed), .hook(.failed):
        atEnd = Bounded(max(atEnd.attempts, step.attempts), max(atEnd.wall, step.wall))
      }
    }
    let pauseCount = definition.pauseAfterErrors.map { all.attempts / $0 } ?? 0
    let pauses = (definition.resumeAfter ?? .zero) * min(pauseCount, 1 << 30)
    let hookAttempts =
      Bounded(Self.product(stepFailed.attempts, stepCount), .zero)
      + Bounded(Self.product(paused.attempts, pauseCount), .zero) + Bounded(atEnd.attempts, .zero)
    return WorkflowBounds(
      attempts: (all + compensations + hookAttempts).attempts, path: length, pathTasks: path.reversed(),
      resources: resourceWait(steps), pauses: min(Bounded.longest, pauses), compensations: compensations.wall,
      hooks: atEnd.wall)
  }

  /// While a task waits for units, others of the run hold them: at most so long in all.
  private func resourceWait(_ steps: [StepBounds]) -> Duration {
    var sum = Duration.zero
    var usersByName: [String: [Int]] = [:]
    for index in tasks.indices where roles[index] == .ordinary {
      for name in tasks[index].definition.resources.keys { usersByName[name, default: []].append(index) }
    }
    for (name, users) in usersByName {
      let all = definition.resources[name]!
      let wanted = users.reduce(0) { sum, index in
        let task = tasks[index].definition
        return sum + Self.product(task.resources[name]!, task.foreach?.parallel ?? 1)
      }
      guard users.count > 1, wanted > all else { continue }
      let walls = users.map { steps[$0].wall }
      // The longest is not waited for by itself.
      sum = min(Bounded.longest, walls.reduce(sum) { min(Bounded.longest, $0 + $1) } - walls.max()!)
    }
    return sum
  }
}

/// Each after all that it needs, and of those that are ready at the same time the one that was written first. There must be no cycle.
///
/// - Complexity: O(tasks + needs)
func topologicalOrder(needs: [[Int]]) -> [Int] {
  var successors = [[Int]](repeating: [], count: needs.count)
  for (index, needs) in needs.enumerated() {
    for need in needs { successors[need].append(index) }
  }
  var waiting = needs.map(\.count)
  var order = needs.indices.filter { waiting[$0] == 0 }
  var next = 0
  while next < order.count {
    for successor in successors[order[next]] {
      waiting[successor] -= 1
      if waiting[successor] == 0 { order.append(successor) }
    }
    next += 1
  }
  return order
}
