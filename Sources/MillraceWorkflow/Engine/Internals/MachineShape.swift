/// What a state machine declares: checked, measured and written down when it is registered.
struct MachineShape {
  let initial: String
  let statuses: [String: MachineStatus]
  let name: String

  /// - Throws: ``WorkflowError/Code/invalidDefinition``, for the first fault.
  func check(
    visitLimit: Int?, deadline: Duration, hooks: Int, circuits: [String: CircuitPolicy], queues: [String: QueuePolicy]
  ) throws(WorkflowError) -> RunBounds {
    for (status, place) in statuses.sorted(by: { $0.key < $1.key }) {
      let at = "\(name).\(status)"
      if place.step != nil, place.step!.destinations.isEmpty {
        throw WorkflowError(.invalidDefinition, "its step has no destination: a run could never leave", at: at)
      }
      for (event, callback) in place.callbacks where callback.destinations.isEmpty {
        throw WorkflowError(.invalidDefinition, "callback \"\(event)\" has no destination", at: at)
      }
      if place.step == nil, !place.callbacks.isEmpty, place.timeouts.isEmpty {
        throw WorkflowError(
          .invalidDefinition, "waits for \(place.callbacks.keys.sorted().joined(separator: ", ")) without a timeout",
          at: at)
      }
      for step in (place.step.map { [$0] } ?? []) + place.callbacks.values + place.timeouts.map(\.step) {
        if let circuit = step.options.circuit, circuits[circuit] == nil {
          throw WorkflowError(.invalidDefinition, "no circuit \"\(circuit)\" is declared", at: at)
        }
        if let queue = step.options.queue, queues[queue] == nil {
          throw WorkflowError(.invalidDefinition, "no queue \"\(queue)\" is declared", at: at)
        }
        if step.options.retry.attempts < 1 {
          throw WorkflowError(.invalidDefinition, "a step is attempted at least once", at: at)
        }
      }
    }
    let reachable = reachableStatuses()
    if let lost = statuses.keys.filter({ !reachable.contains($0) }).sorted().first {
      throw WorkflowError(.invalidDefinition, "no step leads to it from \(initial)", at: "\(name).\(lost)")
    }
    if visitLimit == nil, let circle = circle() {
      throw WorkflowError(
        .invalidDefinition,
        "statuses lead in a circle (\(circle.joined(separator: " → "))): set visitLimit to the most visits of one status",
        at: name)
    }
    let bounds = worstCase(visits: visitLimit ?? 1, hooks: hooks)
    return RunBounds(attempts: bounds.attempts, duration: min(bounds.duration, deadline))
  }

  private func reachableStatuses() -> Set<String> {
    var seen: Set = [initial]
    var waiting = [initial]
    while let status = waiting.popLast() {
      for next in statuses[status]!.destinations where seen.insert(next).inserted { waiting.append(next) }
    }
    return seen
  }

  /// A circle, by a walk in depth; nil if there is none.
  private func circle() -> [String]? {
    var done: Set<String> = []
    var path: [(status: String, next: ArraySlice<String>)] = [(initial, statuses[initial]!.destinations[...])]
    while let (status, next) = path.last {
      guard let first = next.first else {
        done.insert(status)
        path.removeLast()
        continue
      }
      path[path.count - 1].next = next.dropFirst()
      if let start = path.firstIndex(where: { $0.status == first }) { return path[start...].map(\.status) + [first] }
      if !done.contains(first) { path.append((first, statuses[first]!.destinations[...])) }
    }
    return nil
  }

  /// Without circles the longest path; with them each status as often as it may be entered.
  private func worstCase(visits: Int, hooks: Int) -> RunBounds {
    func cost(_ place: MachineStatus) -> RunBounds {
      let steps = ([place.step] + place.callbacks.sorted { $0.key < $1.key }.map(\.value)).compactMap { $0 }
      var attempts = steps.reduce(0) { $0 + $1.options.retry.attempts }
      var duration = steps.reduce(Duration.zero) { $0 + $1.options.retry.worstDuration(timeout: $1.options.timeout) }
      attempts += place.timeouts.reduce(0) { $0 + $1.step.options.retry.attempts }
      // A run is at a status until its last timeout at most, and then in that one's action.
      duration +=
        place.timeouts.map { $0.delay + $0.step.options.retry.worstDuration(timeout: $0.step.options.timeout) }
        .max() ?? .zero
      return RunBounds(attempts: attempts, duration: duration)
    }
    var worst: [String: RunBounds] = [:]
    if visits == 1, circle() == nil {
      for status in order() {
        let own = cost(statuses[status]!)
        let next = statuses[status]!.destinations.compactMap { worst[$0] }
        worst[status] = RunBounds(
          attempts: own.attempts + (next.map(\.attempts).max() ?? 0),
          duration: own.duration + (next.map(\.duration).max() ?? .zero))
      }
    } else {
      let all = statuses.values.map(cost)
      worst[initial] = RunBounds(
        attempts: visits * all.reduce(0) { $0 + $1.attempts },
        duration: all.reduce(.zero) { $0 + $1.duration } * visits)
    }
    // Each hook is tried five times; a pause calls its own again, which the attempts of a run must allow for.
    let result = worst[initial]!
    return RunBounds(attempts: result.attempts + hooks * 25, duration: result.duration + .seconds(300) * hooks)
  }

  /// Reachable statuses, each after those that it leads to. There is no circle.
  private func order() -> [String] {
    var order: [String] = []
    var done: Set<String> = []
    var path: [(status: String, next: ArraySlice<String>)] = [(initial, statuses[initial]!.destinations[...])]
    while let (status, next) = path.last {
      if let first = next.first {
        path[path.count - 1].next = next.dropFirst()
        if !done.contains(first) { path.append((first, statuses[first]!.destinations[...])) }
      } else {
        if done.insert(status).inserted { order.append(status) }
        path.removeLast()
      }
    }
    return order
  }

  /// Everything that is declared, for the definition's hash and for people.
  func value(version: Int, visitLimit: Int?) -> JSONValue {
    var described: [String: JSONValue] = [:]
    for (status, place) in statuses {
      described[status] = [
        "step": .array(place.step.map { $0.destinations.map(JSONValue.string) } ?? []),
        "callbacks": .object(place.callbacks.mapValues { .array($0.destinations.map(JSONValue.string)) }),
        "timeouts": .array(
          place.timeouts.map {
            ["after": .string("\($0.delay)"), "to": .array($0.step.destinations.map(JSONValue.string))]
          }),
      ]
    }
    return [
      "workflow": .string(name), "initial": .string(initial), "version": .int(Int64(version)),
      "visitLimit": visitLimit.map { .int(Int64($0)) } ?? .null, "statuses": .object(described),
    ]
  }
}

extension RetryPolicy {
  /// With every attempt and every delay at its longest.
  func worstDuration(timeout: Duration) -> Duration {
    var sum = timeout * attempts
    for attempt in 1..<max(attempts, 1) {
      sum += delayMax(afterAttempt: attempt)
      if sum > .seconds(1 << 40) { break }
    }
    // A last attempt may begin just before the deadline.
    return deadline.map { min(sum, $0 + timeout) } ?? sum
  }
}
