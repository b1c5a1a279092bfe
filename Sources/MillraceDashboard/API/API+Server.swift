#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// The server itself: whether it is well, who asks, live updates.
  extension API {
    func health(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      return .json(["status": "ok"])
    }

    func readiness(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      guard let reason = await whyNotReady() else { return .json(["status": "ok"]) }
      return .json(503, ["status": "not ready", "reason": .string(reason)])
    }

    private func whyNotReady() async -> String? {
      if isDraining { return "the server drains" }
      do {
        for store in engine.allStores { _ = try await store.now() }
        return nil
      } catch {
        return engine.redactor.redact("the store does not answer: \(error)")
      }
    }

    func metrics(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      guard let metrics = configuration.metrics else { throw Problem(.notFound, "no metrics are kept") }
      return HTTPResponse(
        200, headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], Array(try await metrics().utf8))
    }

    func description(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      return HTTPResponse(200, headers: [("Content-Type", "application/json")], Description.json)
    }

    /// What another system tells a connector, which knows by a signature who it is.
    func hook(_ call: Call) async throws -> HTTPResponse {
      let name = try call.name("name")
      try call.expectNoQuery()
      guard let hooks = configuration.hooks else { throw Problem(.notFound, "nobody listens here") }
      // Of two headers with one name neither counts.
      let headers = Dictionary(call.request.headers.map { ($0.name, $0.value) }) { _, _ in "" }
      let answer = await hooks(name, headers, call.request.body)
      return HTTPResponse(answer.status, headers: [("Content-Type", "application/json")], answer.body)
    }

    // MARK: Sessions

    func sessionState(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      guard let caller = gate.caller(call.request, at: configuration.wallClock.now) else {
        return .json(["needs_login": true])
      }
      var members: [String: JSONValue] = ["needs_login": false, "role": .string(caller.role.rawValue)]
      if let session = caller.session { members.merge(Self.members(session)) { first, _ in first } }
      return .json(.object(members))
    }

    private static func members(_ session: Sessions.Session) -> [String: JSONValue] {
      [
        "role": .string(session.role.rawValue), "csrf_token": .string(session.csrfToken),
        "expires_at": .string("\(session.expires)"),
      ]
    }

    func login(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      guard call.request.body.count <= 8192 else { throw Problem(.tooLarge, "a token is expected, and no more") }
      let (address, now) = (gate.address(of: call.request), configuration.wallClock.now)
      if let wait = gate.limiter.wait(address, at: now) {
        let seconds = max(1, Int((wait / .seconds(1)).rounded(.up)))
        throw Problem(
          .tooManyRequests, "too many logins have failed: try again in \(seconds) s",
          headers: [("Retry-After", "\(seconds)")])
      }
      var body = try BodyReader(call.request)
      let token = try body.required("token", TextRule(lengths: 1...1000, allowsLines: true))
      try body.finish()
      guard let entry = gate.tokens.entry(for: token) else {
        gate.limiter.failed(address, at: now)
        configuration.logger.warning("a login from \(address) has failed")
        throw Problem(
          .unauthorized, gate.needsLogin ? "the token is not known" : "no token is set, and none is needed",
          headers: [("WWW-Authenticate", "Bearer realm=\"millrace\"")])
      }
      gate.limiter.succeeded(address)
      // The old one is of nobody's use any more.
      if let old = gate.cookie(call.request) { gate.sessions.end(old) }
      let (cookie, session) = gate.sessions.begin(entry, at: now)
      configuration.logger.info("\(entry.name) (\(entry.role.rawValue)) has logged in from \(address)")
      var response = HTTPResponse.json(.object(Self.members(session)))
      response.headers.append(gate.setCookie(cookie, call.request))
      return response
    }

    func logout(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      if let cookie = gate.cookie(call.request),
        let session = gate.sessions.session(cookie, at: configuration.wallClock.now)
      {
        try gate.checkToken(of: Gate.Caller(role: session.role, name: session.name, session: session), call.request)
        gate.sessions.end(cookie)
      }
      return HTTPResponse(204, headers: [gate.setCookie("", call.request)])
    }

    // MARK: Status

    func status(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      let connections = connections
      return .json([
        "role": .string(call.caller.role.rawValue), "version": "1.0.0", "started_at": .string("\(startedAt)"),
        "now": .string("\(configuration.wallClock.now)"), "is_ready": .bool(await whyNotReady() == nil),
        "is_draining": .bool(isDraining), "needs_login": .bool(gate.needsLogin),
        "connections": .int(Int64(connections.all)), "watchers": .int(Int64(connections.watchers)),
        "engines": .array(try await engine.otherEngines().map { .string($0) }),
      ])
    }

    func stream(_ call: Call) async throws -> HTTPResponse {
      var reader = try QueryReader(call.request.query)
      let run = try reader.run("run")
      try reader.finish()
      let seen = call.request[header: "last-event-id"] ?? ""
      guard seen.utf8.count <= 64, seen.wholeMatch(of: /[0-9a-f]*(-[0-9]+)?/) != nil else {
        throw Problem(.badRequest, "the id of an event is expected", at: "header.Last-Event-ID")
      }
      if let run, try await engine.record(of: run) == nil { throw Problem(.notFound, "there is no such run") }
      // Nothing else may follow on the connection, so HEAD is not for it: it would have no end.
      var response = HTTPResponse(
        200, headers: [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")])
      response.body = .events(LiveUpdates(run: run) { [feed = watch.feed] in feed.missed(after: seen, of: run) })
      return response
    }
  }
#endif
