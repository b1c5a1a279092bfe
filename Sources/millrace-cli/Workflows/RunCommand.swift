#if Workflow
  import Foundation
  import Millrace
  import MillraceSQLite
  import MillraceWorkflow

  /// What a command does to one run: as plain data, because the process that drives the run may be another one.
  enum RunCommand: Codable, Sendable {
    case pause(reason: String)
    case resume(reason: String)
    case cancel(reason: String)
    case retry(reason: String)
    case restart(from: String, reason: String)
    case fork(from: String, reason: String)
    case send(id: String, event: String, payload: JSONValue)

    /// - Returns: the run that is there afterwards: this one, or a new one.
    func perform(on id: RunID, by engine: WorkflowEngine) async throws -> RunID {
      switch self {
      case .pause(let reason): try await engine.control(id, .pause(reason: reason))
      case .resume(let reason): try await engine.control(id, .resume(reason: reason))
      case .cancel(let reason): try await engine.control(id, .cancel(reason: reason))
      case .retry(let reason): try await engine.control(id, .retry(reason: reason))
      case .restart(let step, let reason): try await engine.control(id, .restart(from: step, reason: reason))
      case .fork(let step, let reason):
        return try Self.newRun(of: try await engine.fork(id, from: step, reason: reason), from: id)
      case .send(let eventID, let name, let payload):
        let event = InboxEvent(id: eventID, name: name, payload: Payload(payload))
        if let refusal = try await engine.send(event, to: id).refusal(of: event) { throw refusal }
      }
      return id
    }

    static func newRun(of verdict: StartVerdict, from id: RunID) throws(WorkflowError) -> RunID {
      if case .keyHeld(let other) = verdict {
        throw WorkflowError(
          .impossible, "run \(other.short) of the workflow is unfinished, and holds the key", at: "run \(id)")
      }
      return verdict.run
    }
  }

  extension DeliveryVerdict {
    /// nil: the run has it.
    fileprivate func refusal(of event: InboxEvent) -> WorkflowError? {
      switch self {
      case .accepted, .duplicate: nil
      case .late(let state):
        WorkflowError(.impossible, "the run is \(state.text), and takes no event \"\(event.name)\" any more")
      case .unknownRun: WorkflowError(.unknownRun, "there is no such run")
      case .unknownEvent: WorkflowError(.impossible, "the run never waits for an event \"\(event.name)\"")
      case .full: WorkflowError(.full, "the run has not taken so many earlier events that no more are kept")
      case .tooLarge(let what): WorkflowError(.tooLarge, what)
      }
    }
  }

  /// Commands for runs that another process drives: documents of the store, which the driver looks for and answers.
  enum CommandBox {
    private struct Letter: Codable {
      let run: RunID
      let command: RunCommand
    }

    private enum Answer: Codable {
      case done(RunID)
      case refused(String)
    }

    private static let (letters, answers) = ("commands", "command-answers")
    private static let period = Duration.milliseconds(200)

    /// Does what others ask for, until the surrounding task is cancelled: one process of those that drive the database.
    static func serve(_ engine: WorkflowEngine, _ opened: OpenDatabase) async {
      let store = opened.store
      while !Task.isCancelled {
        if engine.relaysOutbox {
          for document in (try? await store.documents(in: letters, after: nil, limit: 100)) ?? [] {
            await answer(document, engine, opened)
          }
        }
        try? await TimerClock().sleep(for: period)
      }
    }

    private static func answer(_ document: Document, _ engine: WorkflowEngine, _ opened: OpenDatabase) async {
      let store = opened.store
      let answer: Answer
      do {
        let letter = try JSONDecoder().decode(Letter.self, from: Data(document.value.decoded(by: opened.codec).bytes))
        answer = .done(try await letter.command.perform(on: letter.run, by: engine))
      } catch {
        answer = .refused("\(error)")
      }
      // Removed after it was done: who asks again, because the process ended between, asks for what has no effect twice.
      let name = DocumentName(answers, document.name.key)
      _ = try? await store.setDocument(name, to: payload(answer), expected: nil, durability: .processCrash)
      _ = try? await store.setDocument(document.name, to: nil, expected: document.revision, durability: .processCrash)
    }

    /// Asks the process that drives the runs, and waits for its answer.
    ///
    /// - Returns: nil if nobody answers for `timeout`.
    /// - Throws: what was refused.
    static func ask(
      _ command: RunCommand, for run: RunID, in opened: OpenDatabase, timeout: Duration = .seconds(10)
    ) async throws -> RunID? {
      let store = opened.store
      let key = UUID().uuidString
      let (letter, answer) = (DocumentName(letters, key), DocumentName(answers, key))
      _ = try await store.setDocument(
        letter, to: payload(Letter(run: run, command: command)).encoded(by: opened.codec), expected: nil,
        durability: .processCrash)
      let end = ContinuousClock.now + timeout
      while ContinuousClock.now < end {
        if let document = try await store.document(answer) {
          _ = try await store.setDocument(answer, to: nil, expected: document.revision, durability: .processCrash)
          switch try JSONDecoder().decode(Answer.self, from: Data(document.value.bytes)) {
          case .done(let run): return run
          case .refused(let message): throw WorkflowError(.impossible, message)
          }
        }
        try await TimerClock().sleep(for: .milliseconds(30))
      }
      _ = try await store.setDocument(letter, to: nil, expected: .first, durability: .processCrash)
      return nil
    }

    private static func payload(_ value: some Encodable) throws -> Payload {
      Payload([UInt8](try JSONEncoder().encode(value)))
    }
  }
#endif
