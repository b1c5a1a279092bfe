#if Workflow
  import Millrace
  import MillraceWorkflow
  import Testing

  @testable import MillraceDashboard

  @Suite struct StreamTests {
    private func watch(_ site: Site, of run: RunID? = nil, after id: String? = nil) throws -> RawConnection {
      let connection = try site.connect()
      let query = run.map { "?run=\($0)" } ?? ""
      try connection.send(
        "GET /api/v1/stream\(query) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(Site.tokens[.viewer]!)\r\n"
          + (id.map { "Last-Event-ID: \($0)\r\n" } ?? "") + "\r\n")
      let head = try connection.read(until: "\r\n\r\n")
      #expect(head.hasPrefix("HTTP/1.1 200 "))
      #expect(head.contains("Content-Type: text/event-stream\r\n"))
      return connection
    }

    /// The next event: its id, its name, its data.
    private func event(_ connection: RawConnection) throws -> (id: String, name: String, data: JSONValue) {
      while true {
        var fields: [Substring: String] = [:]
        for line in try connection.read(until: "\n\n").split(separator: "\n") {
          let parts = line.split(separator: ":", maxSplits: 1)
          if parts.count == 2 { fields[parts[0]] = String(parts[1].dropFirst()) }
        }
        guard let name = fields["event"] else { continue }
        return (fields["id"] ?? "", name, try JSONValue(json: (fields["data"] ?? "").utf8))
      }
    }

    @Test func changesAreTold() async throws {
      try await Site.run { site async throws in
        let connection = try watch(site)
        #expect(try event(connection).name == "reset")
        let run = try await site.waitingRun()
        var states: [String] = []
        while states.last != "waiting" {
          let event = try event(connection)
          #expect(event.name == "runs")
          for value in event.data["runs"]?.elements ?? [] {
            #expect(value["run"] == .string("\(run)"))
            let schema = APIDescription.shared.at("components", "schemas", "RunSummary")!
            #expect(APIDescription.shared.complaint(about: value, schema, at: "") == nil)
            states.append(value["state"]?.text ?? "")
          }
        }
        // Nothing of what runs are given, or give.
        #expect(!states.isEmpty)
      }
    }

    @Test func whoComesBackIsToldWhatWasMissed() async throws {
      try await Site.run { site async throws in
        let first = try watch(site)
        let beginning = try event(first).id
        let run = try await site.failedRun()
        var last = (id: "", name: "", data: JSONValue.null)
        while last.data["runs"]?.elements?.last?["state"] != "failed" { last = try event(first) }
        // Somebody watches all the time, so that events are kept.
        let second = try watch(site, after: beginning)
        var missed = try event(second)
        #expect(missed.name == "runs")
        while missed.id != last.id { missed = try event(second) }
        #expect(missed.data["runs"]?.elements?.last?["run"] == .string("\(run)"))
        for unknown in ["ffffffff-1", "\(beginning)999", "x", ""]
        where unknown.allSatisfy({ $0.isHexDigit || $0 == "-" }) {
          #expect(try event(watch(site, after: unknown)).name == "reset")
        }
      }
    }

    private func agree(_ site: Site, _ run: RunID) throws {
      #expect(try site.ask("POST", "/api/v1/runs/\(run)/events", body: #"{"name":"agreed"}"#).status == 202)
    }

    @Test func oneRunIsWatchedByItself() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        // Told of before it is watched.
        let all = try watch(site)
        _ = try event(all)
        let own = try watch(site, of: run)
        #expect(try event(own).name == "reset")
        let other = try await site.failedRun()
        try agree(site, run)
        var states: [String] = []
        while states.last != "completed" {
          let event = try event(own)
          #expect(event.name == "runs" && event.data["has_more"] == .bool(false))
          let runs = event.data["runs"]?.elements ?? []
          #expect(runs.map { $0["run"] } == [.string("\(run)")])
          states.append(runs.first?["state"]?.text ?? "")
        }
        var seen: Set<String> = []
        while !seen.isSuperset(of: ["\(run)", "\(other)"]) {
          for value in try event(all).data["runs"]?.elements ?? [] { seen.insert(value["run"]?.text ?? "") }
        }
      }
    }

    @Test func whoWatchesOneRunComesBackToItsChanges() async throws {
      try await Site.run { site async throws in
        let all = try watch(site)
        let beginning = try event(all).id
        let run = try await site.waitingRun()
        var last = (id: "", name: "", data: JSONValue.null)
        while last.data["runs"]?.elements?.last?["state"] != "waiting" { last = try event(all) }
        #expect(try event(watch(site, of: run, after: beginning)).name == "reset")
        // It has missed nothing of it, and goes on from there.
        let own = try watch(site, of: run, after: last.id)
        _ = try await site.failedRun()
        try agree(site, run)
        let next = try event(own)
        #expect(next.name == "runs" && next.data["runs"]?.elements?.first?["run"] == .string("\(run)"))
      }
    }

    @Test func noStreamOfARunThatIsNot() async throws {
      try await Site.run { site async throws in
        #expect(try site.ask("GET", "/api/v1/stream?run=\(String(repeating: "a", count: 32))").status == 404)
        #expect(try site.ask("GET", "/api/v1/stream?run=mine").status == 400)
        #expect(try site.ask("GET", "/api/v1/stream?runs=1").status == 400)
      }
    }

    @Test func alertsAreTold() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let (all, own, others) = (
          try watch(site), try watch(site, of: run), try watch(site, of: try await site.waitingRun())
        )
        for connection in [all, own, others] { #expect(try event(connection).name == "reset") }
        await site.alerts.blame(run)
        for connection in [all, own] {
          var told = try event(connection)
          // The runs have come to wait just before.
          while told.name == "runs" { told = try event(connection) }
          #expect(told.name == "alerts" && told.data["has_more"] == .bool(false))
          let alert = try #require(told.data["alerts"]?.elements?.first)
          let schema = APIDescription.shared.at("components", "schemas", "Alert")!
          #expect(APIDescription.shared.complaint(about: alert, schema, at: "") == nil)
          #expect(alert["run"] == .string("\(run)") && alert["state"] == "firing")
        }
        #expect(
          try site.ask("POST", "/api/v1/alerts/failures/acknowledge", as: .operator, body: #"{"comment":"mine"}"#)
            .status == 200)
        #expect(try event(own).data["alerts"]?.elements?.first?["state"] == "acknowledged")
        // The third has been told of nothing: what comes next is its own end.
        await site.server.stop(grace: .zero)
        #expect(!String(decoding: others.rest(), as: UTF8.self).contains("event: alerts"))
      }
    }

    @Test func aRunThatIsWatchedIsNeverOneOfMore() async throws {
      let watched = RunID(high: 1, low: 7)
      let (events, continuation) = AsyncStream.makeStream(of: LiveEvent.self)
      let feed = ChangeFeed(executor: WorkStealingExecutor.shared)
      feed.attach(
        .init(
          isWatched: { true }, isRunWatched: { $0 == watched }, send: { continuation.yield($0) },
          encode: { .string("\($0.id)") }))
      func change(_ id: RunID) {
        feed.observe(
          RunRecord(
            id: id, workflow: "many", definition: ContentHash(of: []), createdAt: Timestamp(microseconds: 1),
            deadline: Timestamp(microseconds: 2)))
      }
      for number in 0..<ChangeFeed.limit + 50 { change(RunID(high: 2, low: UInt64(number))) }
      change(watched)
      var (told, hasMore) = (0, false)
      for await event in events {
        let text = String(decoding: event.bytes, as: UTF8.self)
        told += text.matches(of: /"[0-9a-f]{32}"/).count
        hasMore = hasMore || text.contains(#""has_more":true"#)
        guard let own = event.bytes(for: watched) else { continue }
        let data = #"data: {"has_more":false,"runs":["\#(watched)"]}"#
        #expect(String(decoding: own, as: UTF8.self).contains(data))
        #expect(text.contains("\(watched)"))
        break
      }
      // All came within one event, or in so many that all were told of.
      #expect(hasMore ? told > ChangeFeed.limit : told == ChangeFeed.limit + 51)
    }

    @Test func whatNobodyHasWatchedIsReadAgain() {
      let feed = ChangeFeed(executor: WorkStealingExecutor.shared)
      feed.attach(.init(isWatched: { false }, send: { _ in }, encode: { _ in .null }))
      let before = String(decoding: feed.missed(after: nil).bytes, as: UTF8.self)
      #expect(before.contains("event: reset"))
      let id = String(before.split(separator: "\n").first { $0.hasPrefix("id: ") }!.dropFirst(4))
      #expect(!String(decoding: feed.missed(after: id).bytes, as: UTF8.self).contains("reset"))
    }

    @Test func slowWatchersAreGivenUp() async throws {
      var limits = ServerLimits()
      limits.watcherBytes = 64 << 10
      try await Site.run(limits: limits) { site async throws in
        let slow = try watch(site)
        var count = 0
        // Until the system keeps no more for it: what it has not read then is more than it may leave.
        while try site.ask("GET", "/api/v1/status").json["watchers"] != 0, count < 20_000 {
          for _ in 0..<100 {
            count += 1
            _ = try await site.engine.start(
              StartRequest(
                workflow: "unique", input: ["customer": .string(String(repeating: "\(count) ", count: 2000))]))
          }
        }
        #expect(count < 20_000)
        #expect(!slow.rest().isEmpty)
      }
    }

    @Test func watchersAreBounded() async throws {
      var limits = ServerLimits()
      limits.watchers = 2
      try await Site.run(limits: limits) { site async throws in
        let watchers = [try watch(site), try watch(site)]
        #expect(try site.ask("GET", "/api/v1/stream", as: .viewer).status == 429)
        #expect(try site.ask("GET", "/api/v1/status").json["watchers"] == 2)
        #expect(watchers.count == 2)
      }
    }

    @Test func changesOfOneRunAreOneEvent() async throws {
      try await Site.run { site async throws in
        let connection = try watch(site)
        _ = try event(connection)
        // Far more changes than there are events.
        var runs: [RunID] = []
        for _ in 0..<50 { runs.append(try await site.engine.start(StartRequest(workflow: "broken")).run) }
        for run in runs { try await site.engine.wait(for: run) }
        var failed: Set<String> = []
        var events = 0
        while failed.count < 50 {
          events += 1
          for value in try event(connection).data["runs"]?.elements ?? [] where value["state"] == "failed" {
            failed.insert(value["run"]?.text ?? "")
          }
        }
        #expect(events < 150)
      }
    }
  }
#endif
