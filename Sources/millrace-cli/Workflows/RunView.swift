#if Workflow
  import Foundation
  import MillraceWorkflow

  /// What is known of a run and its steps, put together from what the engine tells.
  struct RunView {
    private(set) var record: RunRecord
    private(set) var steps: [String: StepRecord] = [:]
    /// Names of tasks, in the order in which they are shown; those of other steps follow as they appear.
    private(set) var names: [String]

    init(_ record: RunRecord, steps: [StepRecord] = [], tasks: [String]) {
      self.record = record
      names = tasks
      for step in steps { apply(step) }
    }

    mutating func apply(_ observation: RunObservation) {
      switch observation.kind {
      case .changed: record = observation.record
      case .step(let step): apply(step)
      case .progress(let name, let attempt, let fraction):
        guard let fraction, steps[name]?.attempt == attempt else { return }
        steps[name]!.progress = fraction
      case .entry, .log: break
      }
    }

    private mutating func apply(_ step: StepRecord) {
      if steps.updateValue(step, forKey: step.name) == nil, !Self.isElement(step.name), !names.contains(step.name) {
        names.append(step.name)
      }
    }

    /// An element of a fan-out: the fan-out's own step stands for it.
    static func isElement(_ name: String) -> Bool { name.contains("[") && !name.contains("#") }

    /// Steps as they are shown, one a line: those of tasks, and elements of fan-outs that have failed.
    func rows(at time: Timestamp) -> [Row] {
      let failed = steps.keys.filter { Self.isElement($0) && [.failed, .timedOut].contains(steps[$0]!.state) }.sorted()
      return (names + failed).map { Row(steps[$0] ?? StepRecord(name: $0), at: time) }
    }

    struct Row {
      let name: String
      let state: StepState
      let attempt: Int
      let progress: Double
      let reason: String
      /// Since its first attempt began, until it ended or now.
      let elapsed: Duration?

      init(_ step: StepRecord, at time: Timestamp) {
        name = step.name
        state = step.state
        attempt = step.attempt
        progress = step.progress
        reason = step.reason
        elapsed = step.startedAt.map { (step.finishedAt ?? time).duration(since: $0) }
      }
    }

    /// Since the run was made, until it ended or now.
    func elapsed(at time: Timestamp) -> Duration {
      (record.finishedAt ?? time).duration(since: record.createdAt)
    }
  }

  extension StepState {
    /// For people.
    var text: String { self == .timedOut ? "timed out" : rawValue }
  }

  extension RunState {
    /// For people.
    var text: String { self == .dataDeleted ? "data deleted" : rawValue }
  }

  extension Duration {
    /// For people, with about two digits that matter: `0.41 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`.
    var briefText: String {
      let seconds = Swift.max(0, self / .seconds(1))
      if seconds < 0.9995 { return String(format: "%.3f s", seconds) }
      if seconds < 9.95 { return String(format: "%.1f s", seconds) }
      let whole = Int(seconds.rounded())
      if whole < 60 { return "\(whole) s" }
      if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
      if whole < 86_400 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
      return "\(whole / 86_400) d \(whole / 3600 % 24) h"
    }
  }

  extension RunID {
    /// Enough of it to tell runs of a person apart; any beginning that is unique names a run.
    var short: String { String(description.prefix(16)) }
  }
#endif
