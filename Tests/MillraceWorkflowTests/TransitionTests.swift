import Foundation
import MillraceWorkflow
import Synchronization
import Testing

/// The states of a run, and what leads from one to another: the table is data, and what the engine does is compared with it.
@Suite struct TransitionTests {
  /// A run in a state, and what opens its gate, if it has one.
  private struct Held {
    let bench: Bench
    let run: RunID
    let gate: Gate

    /// Nothing of it is left to do in the engine.
    func end() async {
      gate.open()
      await bench.engine.shutdown(grace: .zero)
    }
  }

  /// nil: no run of an engine stays in this state.
  private static func run(in state: RunState) async throws -> Held? {
    let gate = Gate()
    let bench = Bench([
      "hold": { input, _ in
        await gate.wait()
        return input
      }
    ])
    try bench.register([
      Bench.task("work", "hold"),
      Bench.task("judge", state == .failed ? "fail" : "echo", needs: ["work"]),
      Bench.task("ask", kind: .wait, needs: ["judge"], ["event": "go"]),
    ])
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    let held = Held(bench: bench, run: run, gate: gate)
    switch state {
    case .initiated: return nil
    case .running: return held
    case .waiting:
      gate.open()
      try await bench.engine.wait(for: run) { $0.state == .waiting }
    case .paused:
      gate.open()
      try await bench.engine.wait(for: run) { $0.state == .waiting }
      try await bench.engine.control(run, .pause(reason: ""))
    case .completed:
      gate.open()
      #expect(try await bench.engine.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
      try await bench.engine.wait(for: run)
    case .failed:
      gate.open()
      try await bench.engine.wait(for: run)
    case .cancelled, .dataDeleted:
      gate.open()
      try await bench.engine.control(run, .cancel(reason: ""))
      try await bench.engine.wait(for: run)
      if state == .dataDeleted { _ = try await bench.engine.erase(run) }
    }
    #expect(try await bench.engine.record(of: run)?.state == state)
    return held
  }

  private static func unlessRefused<R>(_ body: () async throws -> R) async throws -> R? {
    do {
      return try await body()
    } catch let error as WorkflowError where [.impossible, .unknownRun].contains(error.code) {
      return nil
    }
  }

  /// - Returns: the state that it comes to; nil: it is refused.
  private static func outcome(of action: RunAction, in held: Held) async throws -> RunState? {
    let engine = held.bench.engine
    let control: RunControl
    switch action {
    case .pause: control = .pause(reason: "")
    case .resume: control = .resume(reason: "")
    case .cancel: control = .cancel(reason: "")
    case .retry: control = .retry(reason: "")
    case .restart: control = .restart(from: "work", reason: "")
    case .erase:
      guard try await unlessRefused({ try await engine.erase(held.run) }) != nil else { return nil }
      return try await engine.record(of: held.run)?.state
    }
    guard let record = try await unlessRefused({ try await engine.control(held.run, control) }) else { return nil }
    // What is under way comes to its end, if the run is on its way to a state.
    held.gate.open()
    let state =
      record.closing == nil
      ? record.state : try await held.bench.engine.wait(for: held.run) { $0.closing == nil }.state
    // One that goes on, and has nothing to do at once, waits.
    return state == .waiting ? .running : state
  }

  @Test(arguments: RunState.allCases)
  func theEngineDoesWhatTheTableSays(_ state: RunState) async throws {
    for action in RunAction.allCases {
      guard let held = try await Self.run(in: state) else { continue }
      let found = try await Self.outcome(of: action, in: held)
      let expected = RunState.transitions[state]?[action]
      #expect(found == expected, "\(action) in \(state)")
      await held.end()
    }
  }

  /// The article shows the table, as it is.
  @Test func theArticleHasTheTable() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let article = try String(
      contentsOf: root.appending(path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/RunsAndSteps.md"),
      encoding: .utf8)
    #expect(article.contains(RunState.transitionTable), "\(RunState.transitionTable)")
  }

  @Test func nothingFollowsWhatIsFinal() {
    for state in RunState.allCases {
      #expect((RunState.followers[state] == nil) == state.isFinal)
      #expect(RunState.transitions[state]?[.erase] == (state.isFinal ? .dataDeleted : nil))
    }
  }
}
