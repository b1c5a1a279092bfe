#if Workflow
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  @testable import MillraceDashboard

  @Suite struct AccessTests {
    /// A request that each route understands, so that only who asks decides.
    static let bodies = [
      "/api/v1/runs": #"{"workflow":"none"}"#, "/api/v1/runs/{run}/events": #"{"name":"agreed"}"#,
      "/api/v1/runs/{run}/restart": #"{"from":"talk"}"#, "/api/v1/runs/{run}/fork": #"{"from":"talk"}"#,
    ]

    static func path(_ route: Route) -> String {
      route.template.replacing("{run}", with: "0123456789abcdef0123456789abcdef").replacing("{workflow}", with: "order")
        .replacing("{alert}", with: "none").replacing("/value", with: "/value?of=result")
        .replacing("/await", with: "/await?timeout=0")
    }

    @Test func everyRouteAsksEveryRole() async throws {
      try await Site.run { site async throws in
        for route in Route.table where route.role != nil && route.template != "/api/v1/stream" {
          for role in [nil] + Role.allCases.map(Optional.some) {
            let response = try site.ask(
              route.method, Self.path(route), as: role,
              body: route.changes ? Self.bodies[route.template] ?? "{}" : nil)
            let place = "\(route.method) \(route.template) as \(role?.rawValue ?? "nobody")"
            guard let role else {
              #expect(response.status == 401, "\(place)")
              #expect(response.headers["www-authenticate"] == "Bearer realm=\"millrace\"", "\(place)")
              continue
            }
            if role < route.role! {
              #expect(response.status == 403, "\(place)")
            } else {
              #expect(![401, 403].contains(response.status), "\(place)")
            }
          }
        }
      }
    }

    @Test func openRoutesAnswerNobody() async throws {
      try await Site.run { site async throws in
        for path in ["/healthz", "/readyz", "/openapi.json", "/api/v1/session"] {
          #expect(try site.ask("GET", path, as: nil).status == 200)
        }
      }
    }

    @Test func wrongTokensAreNobody() async throws {
      try await Site.run { site async throws in
        let token = Site.tokens[.admin]!
        for value in [
          "Bearer \(token)x", "Bearer \(token.dropLast())", "Bearer \(token.uppercased())", "Basic \(token)", token,
          "Bearer",
          "Bearer  ", "Bearer \(token) \(token)",
        ] {
          #expect(
            try site.ask("GET", "/api/v1/status", as: nil, headers: [("Authorization", value)]).status == 401,
            "\(value)")
        }
        // Two of them say nothing.
        let both = [("Authorization", "Bearer \(token)"), ("Authorization", "Bearer \(token)")]
        #expect(try site.ask("GET", "/api/v1/status", as: nil, headers: both).status == 401)
        // Not in the address, which ends up in logs.
        #expect(try site.ask("GET", "/api/v1/status?token=\(token)", as: nil).status == 401)
      }
    }

    // MARK: Sessions

    private func login(_ site: Site, _ role: Role) throws -> (cookie: String, csrf: String) {
      let response = try site.ask(
        "POST", "/api/v1/session", as: nil, body: #"{"token":"\#(Site.tokens[role]!)"}"#)
      #expect(response.status == 200)
      let cookie = try #require(response.headers["set-cookie"])
      for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] { #expect(cookie.contains(part)) }
      return (String(cookie.prefix { $0 != ";" }), try #require(response.json["csrf_token"]?.text))
    }

    @Test func changesByCookieNeedTheSessionsToken() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let (cookie, csrf) = try login(site, .operator)
        let path = "/api/v1/runs/\(run)/pause"
        #expect(try site.ask("GET", "/api/v1/runs", as: nil, headers: [("Cookie", cookie)]).status == 200)
        for headers in [
          [], [("X-CSRF-Token", String(repeating: "0", count: 64))], [("X-CSRF-Token", String(csrf.reversed()))],
        ] {
          let response = try site.ask("POST", path, as: nil, body: "{}", headers: [("Cookie", cookie)] + headers)
          #expect(response.status == 403)
        }
        #expect(
          try site.ask("POST", path, as: nil, body: "{}", headers: [("Cookie", cookie), ("X-CSRF-Token", "0")]).status
            == 400)
        let (other, _) = try login(site, .operator)
        #expect(
          try site.ask("POST", path, as: nil, body: "{}", headers: [("Cookie", other), ("X-CSRF-Token", csrf)]).status
            == 403)
        #expect(try await site.engine.record(of: run)?.state == .waiting)
        #expect(
          try site.ask("POST", path, as: nil, body: "{}", headers: [("Cookie", cookie), ("X-CSRF-Token", csrf)]).status
            == 200)
        // What the role does not allow, the session does not.
        #expect(
          try site.ask(
            "POST", "/api/v1/runs/\(run)/erase", as: nil, body: "{}",
            headers: [("Cookie", cookie), ("X-CSRF-Token", csrf)]
          ).status == 403)
      }
    }

    @Test func sessionsThatHaveEndedAreNobody() async throws {
      let clock = ManualWallClock()
      try await Site.run(clock: clock) { site async throws in
        let (cookie, csrf) = try login(site, .admin)
        let headers = [("Cookie", cookie), ("X-CSRF-Token", csrf)]
        #expect(try site.ask("GET", "/api/v1/session", as: nil, headers: headers).json["role"] == "admin")
        clock.advance(by: .seconds(12 * 3600 - 1))
        #expect(try site.ask("GET", "/api/v1/status", as: nil, headers: headers).status == 200)
        clock.advance(by: .seconds(1))
        #expect(try site.ask("GET", "/api/v1/status", as: nil, headers: headers).status == 401)

        let (second, secondToken) = try login(site, .admin)
        let other = [("Cookie", second), ("X-CSRF-Token", secondToken)]
        #expect(try site.ask("DELETE", "/api/v1/session", as: nil, headers: [("Cookie", second)]).status == 403)
        #expect(try site.ask("DELETE", "/api/v1/session", as: nil, headers: other).status == 204)
        #expect(try site.ask("GET", "/api/v1/status", as: nil, headers: other).status == 401)
        #expect(try site.ask("GET", "/api/v1/session", as: nil, headers: other).json == ["needs_login": true])
      }
    }

    @Test func aTokenThatDoesNotCountIsNotReplacedByACookie() async throws {
      try await Site.run { site async throws in
        let (cookie, _) = try login(site, .admin)
        let headers = [("Cookie", cookie), ("Authorization", "Bearer wrong")]
        #expect(try site.ask("GET", "/api/v1/status", as: nil, headers: headers).status == 401)
      }
    }

    @Test func loginsThatFailMustWait() async throws {
      let clock = ManualWallClock()
      try await Site.run(clock: clock) { site async throws in
        func login(_ token: String) throws -> Int {
          try site.ask("POST", "/api/v1/session", as: nil, body: #"{"token":"\#(token)"}"#).status
        }
        for _ in 0..<5 { #expect(try login("wrong") == 401) }
        #expect(try login(Site.tokens[.admin]!) == 429)
        // Programs with a token go on.
        #expect(try site.ask("GET", "/api/v1/status").status == 200)
        clock.advance(by: .seconds(60))
        #expect(try login(Site.tokens[.admin]!) == 200)
      }
    }

    // MARK: Other people's pages

    @Test func otherSitesPagesChangeNothing() async throws {
      for isOpen in [true, false] {
        try await Site.run(isOpen: isOpen) { site async throws in
          for (name, value) in [
            ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://localhost.evil.example"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
          ] {
            let response = try site.ask(
              "POST", "/api/v1/runs", as: isOpen ? nil : .admin, body: #"{"workflow":"broken"}"#,
              headers: [(name, value)])
            #expect(response.status == 403, "\(name): \(value)")
          }
          // What a browser sends without asking.
          for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let response = try site.ask(
              "POST", "/api/v1/runs", as: isOpen ? nil : .admin, body: #"{"workflow":"broken"}"#,
              headers: [("Content-Type", type)])
            #expect(response.status == 415, "\(type)")
          }
          let own = try site.ask(
            "POST", "/api/v1/runs", as: isOpen ? nil : .admin, body: #"{"workflow":"broken"}"#,
            headers: [("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin")])
          #expect(own.status == 201)
        }
      }
    }

    @Test func otherNamesThatLeadHereAreNotAnswered() async throws {
      try await Site.run(isOpen: true, origins: ["https://runs.example.org"]) { site async throws in
        for (host, status) in [
          ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421),
          ("0.0.0.0", 421), ("localhost", 200), ("localhost:9", 200), ("127.0.0.1:80", 200), ("[::1]:80", 200),
          ("runs.example.org", 200), ("RUNS.example.org", 200),
        ] {
          #expect(try site.ask("GET", "/api/v1/runs", as: nil, headers: [("Host", host)]).status == status, "\(host)")
        }
      }
    }

    @Test func onlyThisMachineWithoutTokens() async throws {
      var configuration = DashboardServer.Configuration()
      configuration.address = ListenAddress("0.0.0.0:0")!
      let watch = RunWatch()
      let engine = WorkflowEngine(store: MemoryRunStore())
      #expect(throws: ListenError.self) {
        try DashboardServer(engine: engine, watch: watch, configuration: configuration)
      }
      await engine.shutdown(grace: .zero)
    }

    // MARK: Tokens

    @Test func tokensAreRead() throws {
      let hash =
        "sha256:"
        + AccessTokens.hash("another-long-token").map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let tokens = try AccessTokens("# who\n\nviewer a-token-of-sixteen anna\n  admin \(hash)\n")
      #expect(tokens.entry(for: "a-token-of-sixteen").map { [$0.role.rawValue, $0.name] } == ["viewer", "anna"])
      #expect(tokens.entry(for: "another-long-token")?.role == .admin)
      #expect(tokens.entry(for: "") == nil)
    }

    @Test(arguments: [
      ("", "tokens: expected a token; found none"), ("root a-token-of-sixteen", "tokens:1: expected a role"),
      ("\nviewer short", "tokens:2: expected a token of 16"), ("viewer", "tokens:1: expected a role, a token"),
      ("viewer sha256:12", "tokens:1: expected a token of 16"),
      ("viewer a-token-of-sixteen\nadmin a-token-of-sixteen", "tokens:2: this token is there twice"),
    ])
    func tokensThatAreWrong(text: String, complaint: String) {
      let fault = #expect(throws: TokenFault.self) { try AccessTokens(text) }
      #expect(fault?.description.hasPrefix(complaint) == true, "\(fault?.description ?? "")")
    }

    @Test func sessionsAreBounded() throws {
      let sessions = Sessions(lifetime: .seconds(60))
      let entry = AccessTokens.Entry(role: .viewer, name: "a", digest: [])
      let cookies = (0...Sessions.limit).map { sessions.begin(entry, at: Timestamp(microseconds: Int64($0))).cookie }
      let now = Timestamp(microseconds: Int64(Sessions.limit))
      #expect(sessions.session(cookies[0], at: now) == nil)
      #expect(sessions.session(cookies[1], at: now) != nil)
      #expect(Set(cookies).count == cookies.count)
    }
  }
#endif
