#if Workflow
  import Foundation
  import Millrace
  import MillraceDashboard
  import MillraceWorkflow
  import Synchronization

  /// Shows one run while it goes on: as a table on a terminal, as lines elsewhere, as JSON for programs.
  ///
  /// An observer is told before it is known which run it is to follow: until then it keeps what it is told.
  final class RunFollower: RunObserver {
    enum Style {
      case table, lines, json
    }

    private let style: Style
    private let state: Mutex<State>

    private struct State {
      var view: RunView?
      /// Until a run is followed.
      var early: [RunObservation] = []
      /// Lines of the table that are on the terminal.
      var drawnLines = 0
      /// The run as it was shown last.
      var shown: RunState?
    }

    init(json: Bool) {
      style = json ? .json : Terminal.isThere ? .table : .lines
      state = Mutex(State())
    }

    /// Shows this run from now on, and what has been told of it. Steps that have ended before are not told.
    func follow(_ run: StoredRun, tasks: [String]) {
      state.withLock { state in
        state.view = RunView(run.record, steps: run.steps, tasks: tasks)
        let early = state.early
        state.early = []
        for observation in early { show(observation, &state) }
      }
    }

    func observe(_ observation: RunObservation) {
      state.withLock { state in
        if state.view == nil { state.early.append(observation) } else { show(observation, &state) }
      }
    }

    // MARK: Showing

    private func show(_ observation: RunObservation, _ state: inout State) {
      guard let before = state.view, observation.record.id == before.record.id else { return }
      state.view!.apply(observation)
      switch style {
      case .table:
        if case .log(let step, _, let line) = observation.kind { say("\(step) | \(line)", &state) }
      case .lines:
        if let line = line(observation, before: before) { say(line, &state) }
      case .json: print(json: Self.json(observation))
      }
    }

    /// A line for what has happened; nil for what need not be said.
    private func line(_ observation: RunObservation, before: RunView) -> String? {
      let record = observation.record
      switch observation.kind {
      case .step(let step):
        let old = before.steps[step.name]
        guard old?.state != step.state || old?.attempt != step.attempt else { return nil }
        switch step.state {
        case .pending, .queued: return nil
        case .running where RunView.isElement(step.name): return nil
        case .running: return "\(step.name): running" + (step.attempt > 1 ? ", attempt \(step.attempt)" : "")
        case .waiting: return "\(step.name): waiting"
        default:
          let elapsed = step.startedAt.flatMap { start in step.finishedAt.map { $0.duration(since: start) } }
          return "\(step.name): \(step.state.text)" + (elapsed.map { ", \($0.briefText)" } ?? "")
            + (step.reason.isEmpty ? "" : ": \(step.reason.oneLine)")
        }
      case .entry(let entry):
        // The last failure is told with the step.
        let isFinal = before.steps[entry.step]?.state.isFinal ?? true
        switch entry.kind {
        case "attempt failed", "attempt timed out":
          return isFinal ? nil : "\(entry.step): \(entry.kind), another follows: \(entry.reason.oneLine)"
        case "attempt interrupted": return "\(entry.step): attempt \(entry.attempt) again: \(entry.reason)"
        case "event taken", "event refused", "resumed", "store trouble", "outbox trouble":
          return (entry.step.isEmpty ? record.workflow : entry.step) + ": \(entry.kind)"
            + (entry.reason.isEmpty ? "" : ": \(entry.reason)")
        default: return nil
        }
      case .changed(let previous):
        // Steps that run or wait tell of these.
        guard let previous, previous != record.state, record.state == .paused else { return nil }
        return "\(record.workflow): paused: \(record.reason.oneLine)"
      case .progress: return nil
      case .log(let step, _, let line): return "\(step) | \(line)"
      }
    }

    // MARK: As JSON

    static func json(_ observation: RunObservation) -> JSONValue {
      var members: [String: JSONValue] = [
        "run": .string("\(observation.record.id)"), "workflow": .string(observation.record.workflow),
        "time": .string("\(SystemWallClock().now)"),
      ]
      func set(_ values: KeyValuePairs<String, JSONValue>) { for (key, value) in values { members[key] = value } }
      switch observation.kind {
      case .changed:
        let record = observation.record
        set(["event": "run", "state": .string(record.state.rawValue), "revision": .int(record.revision.number)])
        if let closing = record.closing { members["closing"] = .string(closing.rawValue) }
        if !record.reason.isEmpty { members["reason"] = .string(record.reason) }
      case .step(let step):
        set(["event": "step"])
        members.merge(step.members) { first, _ in first }
      case .entry(let entry):
        set(["event": "history", "time": .string("\(entry.at)")])
        members.merge(entry.members) { first, _ in first }
      case .progress(let step, let attempt, let fraction):
        set(["event": "progress", "step": .string(step), "attempt": .int(Int64(attempt))])
        if let fraction { members["progress"] = .double(fraction) }
      case .log(let step, let attempt, let line):
        set(["event": "log", "step": .string(step), "attempt": .int(Int64(attempt)), "line": .string(line)])
      }
      return .object(members)
    }

    // MARK: Writing

    /// Says something beside the table, or as a line.
    func say(_ line: String) {
      state.withLock { state in
        if style == .json { note(line) } else { say(line, &state) }
      }
    }

    private func say(_ line: String, _ state: inout State) {
      FileHandle.standardError.write(Data((Self.erasing(&state) + line + "\n").utf8))
    }

    /// Draws the table again and again, until the surrounding task is cancelled.
    func draw() async {
      guard style == .table else { return }
      while !Task.isCancelled {
        drawOnce()
        try? await TimerClock().sleep(for: .milliseconds(100))
      }
      // As it was in the end.
      drawOnce()
    }

    private func drawOnce() {
      state.withLock { state in
        guard let view = state.view else { return }
        let size = Terminal.size
        let lines = ProgressTable(width: size.width, height: size.height).lines(view, at: SystemWallClock().now)
        let text = Self.erasing(&state) + lines.map { $0 + "\n" }.joined()
        state.drawnLines = lines.count
        FileHandle.standardError.write(Data(text.utf8))
      }
    }

    /// Moves to where the table begins, and erases it.
    private static func erasing(_ state: inout State) -> String {
      defer { state.drawnLines = 0 }
      return state.drawnLines == 0 ? "" : "\u{1b}[\(state.drawnLines)A\u{1b}[J"
    }
  }

  /// One value a line.
  func print(json: JSONValue) { FileHandle.standardOutput.write(Data(json.json + [0x0a])) }
#endif
