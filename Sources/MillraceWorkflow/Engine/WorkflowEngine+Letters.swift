/// What engines of one store leave to each other: documents, which the engine that drives the run finds when it looks.
extension WorkflowEngine {
  private struct Letter: Codable {
    let run: RunID
    let workflow: String
    let shardHash: UInt32
    /// nil: look at the run, something has come.
    var control: RunControl?
  }

  private struct Answer: Codable {
    /// What was refused, and why; nil: it is done.
    var code: String?
    var message = ""
    let at: Timestamp
  }

  private static var letters: String { "engine-letters" }
  private static var answers: String { "engine-answers" }

  /// A run is to be looked at by the engine that drives it.
  func knock(at record: RunRecord) async throws {
    let letter = Letter(run: record.id, workflow: record.workflow, shardHash: record.shardHash)
    // One that is there has not been looked at: it is removed before.
    _ = try await store.setDocument(
      DocumentName(Self.letters, "look \(record.id)"), to: Payload(encoding: letter), expected: nil,
      durability: .processCrash)
  }

  /// Has the engine that drives a run control it.
  ///
  /// - Throws: what that engine says; ``WorkflowError/Code/heldElsewhere`` if it says nothing for the time of two leases; what the store throws.
  func ask(_ control: RunControl, of record: RunRecord, _ leasing: Leasing) async throws -> RunRecord {
    var generator = SystemRandomNumberGenerator()
    let key = "ask \(record.id) \(String(generator.next() as UInt64, radix: 36))"
    let (letter, answer) = (DocumentName(Self.letters, key), DocumentName(Self.answers, key))
    _ = try await store.setDocument(
      letter,
      to: Payload(
        encoding: Letter(
          run: record.id, workflow: record.workflow, shardHash: record.shardHash, control: control)), expected: nil,
      durability: .processCrash)
    let period = leasing.lookPeriod / 10
    var rest = leasing.duration * 2
    while rest > .zero, !isDraining {
      if let document = try await store.document(answer) {
        _ = try await store.setDocument(answer, to: nil, expected: document.revision, durability: .processCrash)
        let found = try document.value.decoded(as: Answer.self, from: document.name)
        if let code = found.code { throw WorkflowError(WorkflowError.Code(code), found.message) }
        guard let after = try await self.record(of: record.id) else { break }
        return after
      }
      try await wallClock.sleep(for: period)
      rest -= period
    }
    // Not done by somebody later, when nobody expects it any more.
    _ = try await store.setDocument(letter, to: nil, expected: .first, durability: .processCrash)
    let holder = try await holder(of: record.id)
    throw WorkflowError(
      .heldElsewhere,
      holder.map { "the run is driven by \($0), which has not answered: try again" }
        ?? "no engine drives the run at the moment: try again", at: "run \(record.id)")
  }

  /// Does what other engines have left for runs of this one.
  func readLetters() async throws {
    guard let keeper else { return }
    var last: String?
    while true {
      let page = try await store.documents(in: Self.letters, after: last, limit: 1000)
      for document in page {
        guard let letter: Letter = readable(document),
          keeper.selection.contains(workflow: letter.workflow, shardHash: letter.shardHash),
          state.withLock({ $0.letters.insert(document.name.key).inserted })
        else { continue }
        // What a run waits for must not keep leases from being renewed.
        Task.detached(executorPreference: executor) { [self] in
          defer { state.withLock { _ = $0.letters.remove(document.name.key) } }
          try? await follow(letter, document)
        }
      }
      guard let next = page.last?.name.key, page.count == 1000 else { break }
      last = next
    }
    // Nobody has waited for these.
    for document in try await store.documents(in: Self.answers, after: nil, limit: 100) {
      guard let answer: Answer = readable(document) else { continue }
      if wallClock.now.duration(since: answer.at) < keeper.leasing.duration * 4 { continue }
      _ = try await store.setDocument(document.name, to: nil, expected: document.revision, durability: .processCrash)
    }
  }

  /// - Returns: nil for what another version has written; it is left to that, and told once.
  private func readable<Content: Decodable>(_ document: Document) -> Content? {
    do {
      return try document.value.decoded(as: Content.self, from: document.name)
    } catch {
      if state.withLock({ $0.unreadable.insert(document.name).inserted }) { observeTrouble("lease trouble", error) }
      return nil
    }
  }

  private func follow(_ letter: Letter, _ document: Document) async throws {
    // Removed first: what comes to the run later needs another letter, and nobody does again what this asks for. If the process ends here, who asks is told that nobody has answered.
    guard
      try await store.setDocument(document.name, to: nil, expected: document.revision, durability: .processCrash)
    else { return }
    guard let control = letter.control else { return insist { try await $0.bringAll(to: letter.run) } }
    var answer = Answer(at: wallClock.now)
    do {
      _ = try await tell(letter.run, .control(control), forwards: false)
    } catch let error as WorkflowError {
      (answer.code, answer.message) = (error.code.description, error.description)
    }
    _ = try await store.setDocument(
      DocumentName(Self.answers, document.name.key), to: Payload(encoding: answer), expected: nil,
      durability: .processCrash)
  }
}
