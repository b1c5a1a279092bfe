#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// What changes runs.
  extension API {
    private func verdict(_ status: Int, _ name: String, _ id: RunID) async throws -> HTTPResponse {
      guard let record = try await engine.record(of: id) else {
        throw Problem(.notFound, "the run was purged just now")
      }
      return .json(status, ["verdict": .string(name), "run": shown(.object(record.serverSummary))])
    }

    private func answer(_ verdict: StartVerdict) async throws -> HTTPResponse {
      switch verdict {
      case .started(let id): try await self.verdict(201, "started", id)
      case .duplicate(let id): try await self.verdict(200, "duplicate", id)
      case .keyHeld(let id): try await self.verdict(409, "key_held", id)
      }
    }

    func startRun(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      var request = StartRequest(workflow: try body.required("workflow", .name))
      request.input = body.value("input") ?? .object([:])
      request.key = try body.text("key", .key) ?? ""
      request.idempotencyKey = try body.text("idempotency_key", .long)
      request.priority = try body.integer("priority", -1_000_000...1_000_000) ?? 0
      request.startingAt = try body.text("start_step", .name)
      request.traceparent = try body.text("traceparent", .name)
      try body.finish()
      if let traceparent = request.traceparent,
        traceparent.wholeMatch(of: /[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/) == nil
      {
        throw Problem(.badRequest, "a W3C traceparent is expected", at: "body.traceparent")
      }
      do {
        return try await answer(engine.start(request))
      } catch let error as WorkflowError where error.code == .impossible {
        throw Problem(.unprocessable, error.message, at: error.place)
      }
    }

    func sendEvent(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      let name = try body.required("name", .name)
      let eventID = try body.text("id", .name) ?? Sessions.random()
      let payload = body.value("payload") ?? .null
      try body.finish()
      switch try await engine.send(InboxEvent(id: eventID, name: name, payload: Payload(payload)), to: id) {
      case .accepted: return .json(202, ["verdict": "accepted"])
      case .duplicate: return .json(202, ["verdict": "duplicate"])
      case .late(let state):
        throw Problem(.conflict, "the run is \(state.rawValue), and takes no event \"\(name)\" any more")
      case .unknownRun: throw Problem(.notFound, "there is no such run")
      case .unknownEvent:
        throw Problem(.unprocessable, "the run never waits for an event \"\(name)\"", at: "body.name")
      case .full:
        throw Problem(
          .tooManyRequests, "the run has not taken so many earlier events that no more are kept",
          headers: [("Retry-After", "10")])
      case .tooLarge(let what): throw Problem(.tooLarge, what)
      }
    }

    func control(_ call: Call, _ action: RunAction) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      let reason = try body.text("reason", .prose) ?? ""
      let control: RunControl
      switch action {
      case .pause: control = .pause(reason: reason)
      case .resume: control = .resume(reason: reason)
      case .cancel: control = .cancel(reason: reason)
      case .retry: control = .retry(reason: reason)
      case .restart: control = .restart(from: try body.required("from", .long), reason: reason)
      case .erase: preconditionFailure("API.control: data is erased by a route of its own")
      }
      try body.finish()
      return .json(shown(.object(try await engine.control(id, control).serverSummary)))
    }

    func fork(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      let reason = try body.text("reason", .prose) ?? ""
      let step = try body.required("from", .long)
      try body.finish()
      return try await answer(engine.fork(id, from: step, reason: reason))
    }

    func erase(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      let includesParts = try body.flag("with_parts") ?? false
      try body.finish()
      configuration.logger.notice("\(call.caller.name) erases the data of run \(id)")
      return .json(.object(try await engine.erase(id, includingParts: includesParts).members))
    }
  }
#endif
