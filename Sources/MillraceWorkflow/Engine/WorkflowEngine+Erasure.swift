/// What was deleted of a run, and where.
public struct Erasure: Sendable, Hashable {
  /// What the store held of it; then of the runs that were its parts, where that was asked for.
  public var runs: [ErasureReport]
  /// Results that they had kept for others to use again.
  public var cachedResults: Int
  public var cachedResultBytes: Int
  /// What they had told the world, as far as the stream still kept it.
  public var streamEvents: Int

  /// Of all kinds together: 0 when everything was gone already.
  public var isNothing: Bool {
    cachedResults == 0 && streamEvents == 0
      && runs.allSatisfy {
        $0.payloadBytes == 0 && $0.steps == 0 && $0.historyEntries == 0 && $0.inboxEvents == 0 && $0.outboxEvents == 0
      }
  }
}

extension WorkflowEngine {
  /// Deletes the data of a run that has ended, wherever the engine has put it: payloads, results, keys, reasons, steps, history, events received and told, results kept for other runs. A record without content stays.
  ///
  /// ```swift
  /// import MillraceWorkflow
  /// func forget(_ customer: RunID, _ engine: WorkflowEngine) async throws {
  ///   let report = try await engine.erase(customer, includingParts: true)
  ///   print(report.runs.count, report.cachedResults, report.streamEvents)
  /// }
  /// ```
  ///
  /// A run of which it was a part is told of its end before. A trigger on its end that has not been told yet, is not.
  ///
  /// Not reached: what steps have written elsewhere, what other runs were given (the run of which it was a part, runs that its events have started), logs, and copies that consumers of the stream have made.
  ///
  /// When it is cut short, some of it is deleted; call it again.
  ///
  /// - Parameter includingParts: also runs that it has started as its parts, theirs, and so on.
  /// - Throws: ``WorkflowError/Code/unknownRun``; ``WorkflowError/Code/impossible`` for a run that has not ended, of which nothing is deleted then; ``WorkflowError/Code/storeUnavailable``; `CancellationError`.
  public func erase(_ id: RunID, includingParts: Bool = false) async throws -> Erasure {
    guard let (run, store) = try await load(id) else {
      throw WorkflowError(.unknownRun, "there is no such run", at: "run \(id)")
    }
    var records = [run.record]
    if includingParts { records += try await parts(of: id) }
    for record in records where !record.state.isFinal {
      throw WorkflowError(
        .impossible,
        "the run is \(record.state.rawValue); only the data of runs that have ended can be deleted: cancel it first",
        at: "run \(record.id)")
    }
    startRelays()
    let relays = state.withLock { $0.relays.map(\.relay) }
    let erasure = try await Self.whileResting(relays[...]) {
      let ids = Set(records.map(\.id))
      // With its data goes what would tell whoever waits for its end.
      for store in stores { try await handOn(from: ids, in: store) }
      var erasure = Erasure(runs: [], cachedResults: 0, cachedResultBytes: 0, streamEvents: 0)
      erasure.streamEvents += try await removeEvents(of: records)
      try await removeResults(of: ids, &erasure)
      // The store last: it writes its files anew, and that of the stream may be the same.
      func eraseData() async throws -> [ErasureReport] {
        var reports: [ErasureReport] = []
        for record in records {
          for store in record.id == id ? [store] : stores {
            if let report = try await store.eraseData(of: record.id) { reports.append(report) }
          }
          // What it was is not to be answered from memory, either.
          state.withLock { $0.drivers[record.id] }?.drop()
        }
        return reports
      }
      erasure.runs = try await eraseData()
      guard keeper != nil else { return erasure }
      // Another engine's relay may have had them in hand until now. What it appends later, it takes back.
      while true {
        let late = try await removeEvents(of: records)
        if late == 0 { return erasure }
        erasure.streamEvents += late
        _ = try await eraseData()
      }
    }
    for record in records {
      guard let erased = try await self.record(of: record.id) else { continue }
      observe(.init(kind: .changed(previous: record.state), record: erased))
    }
    return erasure
  }

  private func removeEvents(of records: [RunRecord]) async throws -> Int {
    var count = 0
    for record in records {
      count += try await configuration.stream.removeEvents(withIDsBeginning: "\(record.id)/")
    }
    return count
  }

  private static func whileResting<Result>(
    _ relays: ArraySlice<OutboxRelay>, _ body: () async throws -> Result
  ) async throws -> Result {
    guard let first = relays.first else { return try await body() }
    return try await first.whileResting { try await whileResting(relays.dropFirst(), body) }
  }

  /// Runs that a run has started as its parts, and theirs.
  private func parts(of id: RunID) async throws -> [RunRecord] {
    var found: [RunRecord] = []
    var waiting = [id]
    while let parent = waiting.popLast() {
      for store in stores {
        var query = RunQuery()
        query.parent = parent
        query.limit = 1000
        while true {
          let page = try await store.runs(query)
          found += page
          waiting += page.map(\.id)
          guard page.count == query.limit else { break }
          query.before = page.last!.id
        }
      }
    }
    return found
  }

  /// All kept results are looked at: which run made one is a part of it. Retention removes those that have expired, so there are not many more than are in use.
  private func removeResults(of runs: Set<RunID>, _ erasure: inout Erasure) async throws {
    var last: String?
    while true {
      let page = try await store.documents(in: CachedResult.collection, after: last, limit: 1000)
      for document in page {
        guard let run = cachedResult(in: document)?.run, runs.contains(run) else { continue }
        // One that was replaced meanwhile is another run's.
        guard
          try await store.setDocument(
            document.name, to: nil, expected: document.revision, durability: store.durability)
        else { continue }
        erasure.cachedResults += 1
        erasure.cachedResultBytes += document.value.bytes.count
      }
      guard page.count == 1000 else { return }
      last = page.last!.name.key
    }
  }
}
