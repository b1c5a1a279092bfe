#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// Runs: lists, and waiting for them.
  extension API {
    func listRuns(_ call: Call) async throws -> HTTPResponse {
      var reader = try QueryReader(call.request.query)
      var query = RunQuery()
      query.workflow = try reader.text("workflow", .name)
      query.text = try reader.text("text", .name)
      query.key = try reader.text("key", .long)
      query.parent = try reader.run("parent")
      query.createdAfter = try reader.time("created_after")
      query.createdBefore = try reader.time("created_before")
      query.before = try reader.run("cursor")
      query.limit = try reader.integer("limit", 1...500) ?? 100
      let states = reader.texts("state")
      for text in states {
        guard let state = RunState(rawValue: text), query.states.insert(state).inserted else {
          let all = RunState.allCases.map(\.rawValue).joined(separator: ", ")
          throw Problem(.badRequest, "one of \(all) is expected, each once", at: "query.state")
        }
      }
      try reader.finish()
      let counts = try await counts.counts(query, in: engine.allStores)
      let asked = query.states.isEmpty ? Set(RunState.allCases) : query.states
      let total = asked.reduce(0) { $0 + counts[$1]! }
      let page = try await runs(query, atMost: query.limit + 1)
      var members: [String: JSONValue] = [
        "runs": .array(page.prefix(query.limit).map { shown(.object($0.serverSummary)) }),
        "total": .int(Int64(total)),
        "counts": .object(
          Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, JSONValue.int(Int64($0.value))) })),
      ]
      if page.count > query.limit { members["next_cursor"] = .string("\(page[query.limit - 1].id)") }
      return .json(.object(members))
    }

    /// Newest first, of all stores together.
    private func runs(_ query: RunQuery, atMost limit: Int) async throws -> [RunRecord] {
      var query = query
      query.limit = limit
      var found: [RunRecord] = []
      for store in engine.allStores { found += try await store.runs(query) }
      return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    func awaitRun(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      var reader = try QueryReader(call.request.query)
      let timeout = try reader.seconds("timeout", 0...60) ?? .seconds(30)
      let revision = try reader.integer("after_revision", 0...9_007_199_254_740_991)
      try reader.finish()
      let condition: @Sendable (RunRecord) -> Bool = { record in
        revision.map { record.revision.number > $0 } ?? record.state.isFinal
      }
      do {
        let record = try await engine.wait(for: id, timeout: timeout, until: condition)
        return .json(["run": shown(.object(record.serverSummary)), "timed_out": false])
      } catch is DeadlineExceeded {
        guard let record = try await engine.record(of: id) else { throw Problem(.notFound, "there is no such run") }
        return .json(["run": shown(.object(record.serverSummary)), "timed_out": .bool(!condition(record))])
      }
    }

    func showRunLogs(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      var reader = try QueryReader(call.request.query)
      let after = try reader.integer("after", 0...9_007_199_254_740_991) ?? 0
      let limit = try reader.integer("limit", 1...500) ?? 200
      let wait = try reader.seconds("wait", 0...30) ?? .zero
      try reader.finish()
      guard try await engine.record(of: id) != nil else { throw Problem(.notFound, "there is no such run") }
      let logs = watch.logs
      if wait > .zero {
        // Whatever has come by then.
        _ = try? await withTimeout(wait) { await logs.wait(for: id, after: after) }
      }
      let found = logs.lines(of: id, after: after, limit: limit)
      let lines = found.lines.map { line in
        JSONValue.object([
          "number": .int(Int64(line.number)), "time": .string("\(line.time)"), "step": .string(line.step),
          "attempt": .int(Int64(line.attempt)), "text": .string(line.text),
        ])
      }
      return .json([
        "lines": shown(.array(lines)), "next": .int(Int64(found.lines.last?.number ?? min(after, found.last))),
        "lost": .int(Int64(found.lost)),
      ])
    }

    func showRunValue(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      var reader = try QueryReader(call.request.query)
      let kind = try reader.text("of", .name)
      let step = try reader.text("step", .long)
      try reader.finish()
      guard let kind, ["parameters", "result", "step"].contains(kind) else {
        throw Problem(.badRequest, "one of parameters, result, step is expected", at: "query.of")
      }
      guard let (run, _) = try await engine.storedRun(id) else { throw Problem(.notFound, "there is no such run") }
      let payload: Payload?
      switch kind {
      case "parameters": payload = run.record.payload
      case "result": payload = run.record.result
      default:
        guard let step else { throw Problem(.notFound, "the step's name is missing", at: "query.step") }
        payload = run.steps.first { $0.name == step }?.output
      }
      guard let payload, !payload.bytes.isEmpty else { throw Problem(.notFound, "there is no such value") }
      return .json(shown(try payload.value()))
    }
  }
#endif
