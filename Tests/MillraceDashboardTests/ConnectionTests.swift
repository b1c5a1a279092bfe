#if Workflow
  import Millrace
  import MillraceWorkflow
  import Testing

  @testable import MillraceDashboard

  @Suite struct ConnectionTests {
    @Test func oneConnectionTakesManyRequests() async throws {
      try await Site.run { site async throws in
        let connection = try site.connect()
        for _ in 0..<100 { #expect(try connection.ask("GET", "/healthz").json == ["status": "ok"]) }
        // Several at once are answered in order.
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try connection.send(request + "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + request)
        #expect(
          [try connection.response().status, try connection.response().status, try connection.response().status] == [
            200, 404, 200,
          ])
        #expect(
          try connection.ask("GET", "/healthz", headers: [("Connection", "close")]).headers["connection"] == "close")
        #expect(connection.rest().isEmpty)
      }
    }

    @Test func headersOfEveryAnswer() async throws {
      try await Site.run { site async throws in
        for (path, role) in [("/healthz", nil), ("/api/v1/runs", Role.admin), ("/api/v1/runs", nil), ("/nothing", nil)]
        {
          let headers = try site.ask("GET", path, as: role).headers
          #expect(headers["x-content-type-options"] == "nosniff")
          #expect(headers["cache-control"] == "no-store")
          #expect(headers["x-frame-options"] == "DENY")
          let policy = headers["content-security-policy"] ?? ""
          for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            #expect(policy.contains(part))
          }
          #expect(!policy.contains("unsafe"))
          #expect(headers["date"]?.wholeMatch(of: /\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT/) != nil)
          #expect(headers["access-control-allow-origin"] == nil)
        }
      }
    }

    @Test func datesAreWrittenAsHTTPDoes() {
      #expect(StandardHeaders.date(Timestamp("2026-11-21T22:14:27Z")!) == "Sat, 21 Nov 2026 22:14:27 GMT")
      #expect(StandardHeaders.date(Timestamp("1970-01-01T00:00:00Z")!) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test func headIsGetWithoutABody() async throws {
      try await Site.run { site async throws in
        let connection = try site.connect()
        let response = try connection.ask("HEAD", "/healthz")
        #expect(response.status == 200)
        #expect(response.headers["content-length"] == "15")
        // The next answer begins where this one ends.
        #expect(try connection.ask("GET", "/healthz").status == 200)
        let headers = [("Authorization", "Bearer \(Site.tokens[.viewer]!)")]
        #expect(try connection.ask("HEAD", "/api/v1/stream", headers: headers).status == 200)
        #expect(try connection.ask("GET", "/healthz").status == 200)
      }
    }

    @Test func unknownMethodsAndPaths() async throws {
      try await Site.run { site async throws in
        for method in ["PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "FOO"] {
          let response = try site.ask(method, "/api/v1/runs")
          #expect(response.status == 405)
          #expect(response.headers["allow"] == "GET, HEAD, POST")
        }
        for path in [
          "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/....//etc/passwd",
          "//etc/passwd",
          "/api/v1/../../openapi.json", "/api/v1/runs/", "/api//v1/runs", "/openapi.json/", "/Sources", "/.git/config",
          "/%00", "/healthz%00.html", "/api/v1/runs/..%2f..%2fstatus/graph/x", "/\\..\\windows",
        ] {
          #expect(try site.ask("GET", path).status == 404, "\(path)")
        }
        #expect(try site.ask("GET", "/%ff").status == 400)
        #expect(try site.ask("GET", "/%zz").status == 400)
      }
    }

    // MARK: Too much, too slow

    @Test func whatIsTooLargeIsRefused() async throws {
      try await Site.run { site async throws in
        let large = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        #expect(try site.ask("POST", "/api/v1/runs", body: large).code == "too_large")
        let connection = try site.connect()
        try connection.send(
          "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n")
        #expect(try connection.response().code == "headers_too_large")
        _ = connection.rest()
        // A token that is none, and long.
        #expect(
          try site.ask(
            "POST", "/api/v1/session", as: nil, body: #"{"token":"\#(String(repeating: "x", count: 9000))"}"#
          )
          .status == 413)
        #expect(try site.ask("GET", "/healthz").status == 200)
      }
    }

    @Test func bodiesThatAreAnnouncedAreAskedFor() async throws {
      try await Site.run { site async throws in
        let connection = try site.connect()
        let body = #"{"workflow":"broken"}"#
        try connection.send(
          "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer \(Site.tokens[.admin]!)\r\nExpect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        )
        #expect(try connection.response().status == 100)
        try connection.send(body)
        #expect(try connection.response().status == 201)
      }
    }

    @Test func whatDoesNotComeIsNotWaitedFor() async throws {
      var limits = ServerLimits()
      (limits.headTime, limits.bodyTime, limits.idleTime) = (.milliseconds(50), .milliseconds(50), .milliseconds(50))
      try await Site.run(limits: limits) { site async throws in
        // Never a byte.
        #expect(try site.connect().rest().isEmpty)
        // Half a head, half a body.
        for text in [
          "GET / HTTP/1.1\r\nHo", "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234",
          "POST /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        ] {
          let connection = try site.connect()
          try connection.send(text)
          #expect(try connection.response().code == "timeout")
          #expect(connection.rest().isEmpty)
        }
        // Between two requests.
        let connection = try site.connect()
        #expect(try connection.ask("GET", "/healthz").status == 200)
        #expect(connection.rest().isEmpty)
      }
    }

    @Test func clientsThatHaveSentAllAreAnswered() async throws {
      try await Site.run { site async throws in
        let connection = try site.connect()
        try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.endSending()
        #expect(try connection.response().status == 200)
        #expect(connection.rest().isEmpty)
      }
    }

    @Test func moreConnectionsThanThereMayBe() async throws {
      var limits = ServerLimits()
      limits.connections = 20
      try await Site.run(limits: limits) { site async throws in
        // Those that are silent hold no place for ever: the oldest make room.
        var held: [RawConnection] = []
        for _ in 0..<3000 {
          if held.count == 200 { held.removeFirst(100) }
          held.append(try site.connect())
        }
        var isAnswered = false
        while !isAnswered {
          // One that comes within a moment of all others may be told that there are too many.
          let connection = try site.connect()
          isAnswered = (try? connection.ask("GET", "/healthz").status) == 200
        }
        #expect(try site.ask("GET", "/api/v1/status").json["connections"]?.integer ?? 0 <= 20)
      }
    }

    @Test func unfinishedRequestsAreBoundedTogether() async throws {
      var limits = ServerLimits()
      limits.bufferedBytes = 1 << 20
      try await Site.run(limits: limits) { site async throws in
        let half = String(repeating: "x", count: 600 << 10)
        let head = "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
        let first = try site.connect()
        try first.send(head + half)
        let second = try site.connect()
        // It may be refused before all is sent.
        try? second.send(head + half)
        #expect([try? first.response().code, try? second.response().code].contains("unavailable"))
        // As soon as what was refused has gone.
        var isAnswered = false
        while !isAnswered { isAnswered = (try? site.ask("GET", "/healthz").status) == 200 }
      }
    }

    // MARK: Ending

    @Test func requestsUnderWayAreAnsweredWhenItEnds() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let connection = try site.connect()
        try connection.send(
          "GET /api/v1/runs/\(run)/await?timeout=60 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(Site.tokens[.viewer]!)\r\n\r\n"
        )
        let idle = try site.connect()
        #expect(try idle.ask("GET", "/healthz").status == 200)
        site.server.beginDraining()
        #expect(try idle.ask("GET", "/readyz").json["reason"] == "the server drains")
        async let stopped: Void = site.server.stop(grace: .seconds(3600))
        // No more than what is under way.
        #expect(idle.rest().isEmpty)
        try await site.engine.control(run, .cancel(reason: "enough"))
        let response = try connection.response()
        #expect(response.json["run"]?["state"] == "cancelled")
        #expect(connection.rest().isEmpty)
        await stopped
        #expect(throws: (any Error).self) { try site.connect() }
      }
    }
  }
#endif
