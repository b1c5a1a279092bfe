#if Workflow
  import Foundation
  import MillraceWorkflow

  /// What goes on, as lines for a terminal.
  struct TopScreen {
    /// Of the terminal; nil: as wide and as high as it gets.
    var width: Int?
    var height: Int?

    private static let shownStates: [RunState] = [
      .initiated, .running, .waiting, .paused, .completed, .failed, .cancelled, .dataDeleted,
    ]

    func lines(_ snapshot: TopSnapshot, title: String) -> [String] {
      var lines = ["\(title), \(snapshot.time.briefText) UTC"]
      let counts = Self.shownStates.compactMap { state in
        snapshot.counts[state].flatMap { $0 > 0 || !state.isFinal ? "\($0) \(state.text)" : nil }
      }
      lines += wrapped("runs      ", counts)
      lines += wrapped(
        "minute    ",
        ["\(snapshot.started) started", "\(snapshot.completed) completed", "\(snapshot.failed) failed"])
      lines += wrapped(
        "engines   ",
        snapshot.engines.isEmpty
          ? ["none drives these runs"]
          : snapshot.engines.map { engine in
            engine.name + (engine.shards.map { " (\($0) \($0 == 1 ? "shard" : "shards"))" } ?? "")
          })
      lines += wrapped("queues    ", snapshot.queues.map { "\($0.name): \($0.running) running, \($0.waiting) waiting" })
      lines += wrapped(
        "circuits  ",
        snapshot.breakers.map { breaker in
          "\(breaker.name): \(breaker.state.text)"
            + (breaker.changedAt.map { " for \(snapshot.time.duration(since: $0).briefText)" } ?? "")
            + (breaker.failures > 0 ? ", \(breaker.failures) failures" : "")
        })
      lines += [""] + steps(snapshot, room: height.map { max(0, $0 - lines.count - 1) })
      let shown = height.map { Array(lines.prefix($0)) } ?? lines
      return shown.map { line in width.map { String(line.prefix($0)) } ?? line }
    }

    /// Parts after a heading, as many on a line as there is room; nothing without parts.
    private func wrapped(_ heading: String, _ parts: [String]) -> [String] {
      var lines: [String] = []
      for (index, part) in parts.enumerated() {
        let last = index == parts.count - 1
        let text = part + (last ? "" : ", ")
        if var line = lines.last, line.count + part.count <= width ?? .max {
          line += text
          lines[lines.count - 1] = line
        } else {
          lines.append((lines.isEmpty ? heading : "".padded(heading.count)) + text)
        }
      }
      return lines.map(\.trimmedAtEnd)
    }

    private func steps(_ snapshot: TopSnapshot, room: Int?) -> [String] {
      guard !snapshot.steps.isEmpty else { return ["no step is at work"] }
      // On a narrow terminal the run's id goes first: the rest says more.
      let hasRun = (width ?? .max) >= 72
      let workflowWidth = min(24, max(8, snapshot.steps.map(\.workflow.count).max()!))
      let nameWidth = min(32, max(4, snapshot.steps.map(\.record.name.count).max()!))
      func row(_ run: String, _ workflow: String, _ step: String, _ age: String, _ state: String) -> String {
        ((hasRun ? run.padded(18) : "") + age.padded(11, isRight: true) + "  " + step.padded(nameWidth) + "  "
          + workflow.padded(workflowWidth) + "  " + state).trimmedAtEnd
      }
      var count = snapshot.steps.count
      let mustHide = snapshot.unseen > 0 || room.map { count + 1 > $0 } ?? false
      if let room { count = max(0, min(count, room - 1 - (mustHide ? 1 : 0))) }
      var lines = [row("run", "workflow", "step", "for", "state")]
      lines += snapshot.steps.prefix(count).map { step in
        let record = step.record
        var state = record.state.text
        if record.attempt > 1 { state += ", attempt \(record.attempt)" }
        if record.progress > 0 { state += ", \(Int(record.progress * 100)) %" }
        if record.state == .queued, let queue = step.queue { state += " in \(queue)" }
        return row(
          step.run.short, step.workflow, record.name,
          record.startedAt.map { snapshot.time.duration(since: $0).briefText } ?? "–", state)
      }
      if mustHide {
        let more = snapshot.steps.count - count
        lines.append(
          "… "
            + [more > 0 ? "\(more) more" : nil, snapshot.unseen > 0 ? "steps of \(snapshot.unseen) more runs" : nil]
            .compactMap { $0 }.joined(separator: ", "))
      }
      return lines
    }
  }

  extension CircuitBreaker.State {
    /// For people.
    fileprivate var text: String { self == .halfOpen ? "half open" : rawValue }
  }
#endif
