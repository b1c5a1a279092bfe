#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow
  import Testing

  @testable import MillraceDashboard

  @Suite struct RunRouteTests {
    private let unknown = "/api/v1/runs/0123456789abcdef0123456789abcdef"

    // MARK: Lists

    @Test func runsAreListedByPages() async throws {
      try await Site.run { site async throws in
        var started: [RunID] = []
        for _ in 0..<7 { started.append(try await site.failedRun()) }
        var found: [String] = []
        var path = "/api/v1/runs?limit=3"
        while true {
          let page = try site.ask("GET", path).json
          found += page["runs"]!.elements!.compactMap { $0["run"]?.text }
          #expect(page["total"] == 7)
          #expect(page["counts"]?["failed"] == 7)
          guard let cursor = page["next_cursor"]?.text else { break }
          path = "/api/v1/runs?limit=3&cursor=\(cursor)"
        }
        #expect(found == started.sorted().reversed().map { "\($0)" })
      }
    }

    @Test func runsAreFiltered() async throws {
      try await Site.run { site async throws in
        let failed = try await site.failedRun()
        let waiting = try await site.waitingRun()
        let unique = try await site.engine.start(StartRequest(workflow: "unique", input: ["customer": "ann & bob"])).run
        try await site.engine.wait(for: unique) { $0.state == .waiting }
        let created = try #require(try await site.engine.record(of: failed)).createdAt
        let after = "\(created.advanced(by: .microseconds(1)))"
        for (query, expected) in [
          ("workflow=order", [waiting]), ("state=failed", [failed]),
          ("state=failed&state=waiting", [failed, waiting, unique]),
          ("key=ann+%26%20bob", [unique]), ("text=anN", [unique]), ("text=\(failed)", [failed]),
          ("created_after=\(after)", [waiting, unique]), ("created_before=\(after)", [failed]),
          ("created_after=2001-01-01T00:00:00.5%2B02:00", [failed, waiting, unique]), ("parent=\(failed)", []),
          ("workflow=none", []), ("", [failed, waiting, unique]),
        ] {
          let value = try site.ask("GET", "/api/v1/runs?\(query)").json
          #expect(
            Set(value["runs"]?.elements?.compactMap { $0["run"]?.text } ?? []) == Set(expected.map { "\($0)" }),
            "\(query)")
          #expect(value["total"]?.integer == expected.count, "\(query)")
        }
      }
    }

    @Test(arguments: [
      "limit=0", "limit=501", "limit=x", "limit=1&limit=2", "limit=+1", "limit=01", "state=lost",
      "state=failed&state=failed",
      "cursor=x", "cursor=0123456789ABCDEF0123456789ABCDEF", "created_after=yesterday",
      "created_after=2026-02-30T00:00:00Z",
      "created_after=2026-01-01T00:00:00", "text=", "text=%00", "text=%ff", "text=%zz", "workflow=%0a", "more=1",
      "a%20b",
      "key=\(String(repeating: "x", count: 501))",
    ])
    func queriesThatAreWrong(query: String) async throws {
      try await Site.run { site async throws in
        let response = try site.ask("GET", "/api/v1/runs?\(query)")
        #expect(response.code == "bad_request", "\(query)")
        #expect(response.json["place"]?.text?.hasPrefix("query") == true, "\(query)")
      }
    }

    // MARK: Starting

    @Test func runsAreStarted() async throws {
      try await Site.run { site async throws in
        let body =
          #"{"workflow":"order","input":{"item":"<b>\u0026","count":2.0},"key":"k","idempotency_key":"once","priority":-3,"traceparent":"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}"#
        let first = try site.ask("POST", "/api/v1/runs", as: .operator, body: body)
        #expect(first.status == 201)
        #expect(first.json["verdict"] == "started")
        let second = try site.ask("POST", "/api/v1/runs", body: body)
        #expect(second.status == 200)
        #expect(second.json["verdict"] == "duplicate")
        let run = try #require(first.json["run"]?["run"]?.text)
        #expect(second.json["run"]?["run"]?.text == run)
        let shown = try site.ask("GET", "/api/v1/runs/\(run)").json
        #expect(shown["parameters"]?["item"] == "<b>&")
        #expect(shown["idempotency_key"] == "once")
        #expect(shown["priority"] == -3)
        #expect(shown["traceparent"] == "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
      }
    }

    @Test func keysAreHeldByOne() async throws {
      try await Site.run { site async throws in
        let body = #"{"workflow":"unique","input":{"customer":"ann"}}"#
        let first = try site.ask("POST", "/api/v1/runs", body: body)
        let second = try site.ask("POST", "/api/v1/runs", body: body)
        #expect(first.status == 201 && second.status == 409)
        #expect(second.json["verdict"] == "key_held")
        #expect(second.json["run"]?["run"] == first.json["run"]?["run"])
        // A fork would hold it, too.
        let run = try #require(first.json["run"]?["run"]?.text)
        let fork = try site.ask("POST", "/api/v1/runs/\(run)/fork", body: #"{"from":"hold"}"#)
        #expect(fork.status == 409)
        #expect(fork.json["verdict"] == "key_held")
      }
    }

    @Test(arguments: [
      (#"{"workflow":"none"}"#, 404), (#"{"workflow":"order"}"#, 422),
      (#"{"workflow":"order","input":{"item":1}}"#, 422),
      (#"{"workflow":"order","input":[]}"#, 422), (#"{"workflow":"order","input":{"item":"x","what":1}}"#, 422),
      (#"{"workflow":"broken","start_step":"none"}"#, 422), (#"{"workflow":"broken","priority":1.5}"#, 400),
      (#"{"workflow":"broken","priority":1e99}"#, 400), (#"{"workflow":"broken","more":1}"#, 400), (#"{}"#, 400),
      (#"{"workflow":""}"#, 400), (#"{"workflow":null}"#, 400), (#"{"workflow":"a\u0000"}"#, 400),
      (#"{"workflow":"broken","traceparent":"x"}"#, 400), ("[]", 400), ("", 400), ("{", 400), ("nul", 400),
      ("{\"workflow\":\"\u{1}\"}", 400), (String(repeating: "[", count: 100_000), 400),
      (
        #"{"workflow":"order","input":"# + String(repeating: "[", count: 65) + String(repeating: "]", count: 65) + "}",
        400
      ),
      (#"{"workflow":"\ud800"}"#, 400),
    ])
    func startsThatAreWrong(body: String, status: Int) async throws {
      try await Site.run { site async throws in
        #expect(try site.ask("POST", "/api/v1/runs", body: body).status == status, "\(body.prefix(100))")
        #expect(try site.ask("GET", "/api/v1/runs").json["total"] == 0)
      }
    }

    @Test func bytesThatAreNoText() async throws {
      try await Site.run { site async throws in
        for bytes: [UInt8] in [
          [0xff, 0xfe, 0x7b, 0, 0x7d, 0], [0x22, 0xc3, 0x28, 0x22], Array(repeating: 0, count: 10),
        ] {
          let connection = try site.connect()
          try connection.send(
            "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer \(Site.tokens[.admin]!)\r\nContent-Length: \(bytes.count)\r\n\r\n"
          )
          try connection.send(bytes)
          #expect(try connection.response().status == 400)
        }
      }
    }

    // MARK: One run

    @Test func allAboutARun() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let value = try site.ask("GET", "/api/v1/runs/\(run)", as: .operator).json
        #expect(value["state"] == "waiting")
        #expect(value["parameters"] == ["item": "anvil", "size": "small", "count": 1])
        let wait = try #require(value["waits"]?.elements?.first)
        #expect([wait["kind"], wait["event"], wait["step"]] == ["approval", "agreed", "agree"])
        let left = try #require(wait["remaining_seconds"]?.number)
        #expect(left > 0 && left <= 3600)
        #expect(value["actions"] == ["pause", "cancel", "fork"])
        #expect(try site.ask("GET", "/api/v1/runs/\(run)", as: .viewer).json["actions"] == [])
        #expect(value["attempts_limit"]?.integer ?? 0 > 0)
        let talk = try #require(value["steps"]?.elements?.first { $0["step"] == "talk" })
        #expect(talk["output"]?["item"] == "anvil")
        #expect(talk["attempts"]?.elements?.first?["outcome"] == "succeeded")

        let failed = try await site.failedRun()
        let second = try site.ask("GET", "/api/v1/runs/\(failed)").json["steps"]?.elements?.first {
          $0["step"] == "second"
        }
        #expect(second?["attempts"]?.elements?.map { $0["outcome"] } == ["failed"])
      }
    }

    @Test func graphsShowWhereARunStands() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let graph = try site.ask("GET", "/api/v1/runs/\(run)/graph").json
        let states = Dictionary(
          uniqueKeysWithValues: graph["nodes"]!.elements!.map { ($0["name"]!.text!, $0["state"]!.text!) })
        #expect(states == ["talk": "succeeded", "agree": "waiting", "ship": "pending", "undo": "pending"])
        let edges = graph["edges"]!.elements!.map {
          "\($0["from"]!.text!) \($0["to"]!.text!) \($0["label"]?.text ?? "")"
        }
        #expect(edges.sorted() == ["agree ship ", "ship undo compensate", "talk agree ", "talk ship "])

        let parcel = try await site.engine.start(StartRequest(workflow: "parcel", input: [:])).run
        try await site.engine.wait(for: parcel) { $0.state == .waiting }
        let value = try site.ask("GET", "/api/v1/runs/\(parcel)").json
        #expect(value["waits"]?.elements?.first?["event"] == "collected")
        let machine = try site.ask("GET", "/api/v1/runs/\(parcel)/graph").json
        #expect(machine["kind"] == "states")
        #expect(machine["nodes"]?.elements?.map { $0["name"] } == ["packed", "sent", "lost"])
        #expect(machine["nodes"]?.elements?.map { $0["state"] } == ["waiting", "pending", "pending"])
      }
    }

    @Test func valuesAreGivenWhole() async throws {
      try await Site.run { site async throws in
        let large = String(repeating: "x", count: 100_000)
        let run = try await site.engine.start(StartRequest(workflow: "order", input: ["item": .string(large)])).run
        try await site.engine.wait(for: run) { $0.state == .waiting }
        let value = try site.ask("GET", "/api/v1/runs/\(run)").json
        #expect(value["parameters"] == nil)
        #expect(value["parameters_bytes"]?.integer ?? 0 > 100_000)
        let path = "/api/v1/runs/\(run)/value"
        #expect(try site.ask("GET", "\(path)?of=parameters").json["item"] == .string(large))
        #expect(try site.ask("GET", "\(path)?of=step&step=talk").json["item"] == .string(large))
        #expect(try site.ask("GET", "\(path)?of=step").status == 404)
        #expect(try site.ask("GET", "\(path)?of=all").status == 400)
        #expect(try site.ask("GET", "\(path)?of=result").status == 404)
        #expect(try site.ask("GET", "\(path)?of=step&step=none").status == 404)
      }
    }

    @Test func logsAreKeptForAWhile() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let all = try site.ask("GET", "/api/v1/runs/\(run)/logs").json
        #expect(
          all["lines"]?.elements?.compactMap { $0["text"]?.text } == [
            "line 1 of talk", "line 2 of talk", "line 3 of talk", "the password is \(Site.secret)",
          ])
        #expect(all["next"] == 4)
        let some = try site.ask("GET", "/api/v1/runs/\(run)/logs?after=1&limit=2").json
        #expect(some["lines"]?.elements?.compactMap { $0["number"]?.integer } == [2, 3])
        #expect(try site.ask("GET", "/api/v1/runs/\(run)/logs?after=4&wait=0.01").json["lines"] == [])
        #expect(try site.ask("GET", "\(unknown)/logs").status == 404)
      }
    }

    @Test func secretsThatAreKnownAreNotShown() async throws {
      try await Site.run { site async throws in
        // As a task that needs it makes it known.
        site.engine.redactor.learn(Secret(Site.secret))
        let run = try await site.engine.start(StartRequest(workflow: "order", input: ["item": .string(Site.secret)]))
          .run
        try await site.engine.wait(for: run) { $0.state == .waiting }
        try await site.engine.control(run, .pause(reason: "because of \(Site.secret)"))
        for route in Route.table where !route.changes && route.template != "/api/v1/stream" {
          let path = AccessTests.path(route).replacing("0123456789abcdef0123456789abcdef", with: "\(run)")
            .replacing("of=result", with: "of=parameters")
          #expect(try !site.ask("GET", path).text.contains(Site.secret), "\(path)")
        }
        #expect(try site.ask("GET", "/api/v1/runs/\(run)/logs").text.contains("the password is •••"))
      }
    }

    @Test func waitingEndsWithTheRunOrTheTime() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let path = "/api/v1/runs/\(run)/await"
        let early = try site.ask("GET", "\(path)?timeout=0.01").json
        #expect([early["timed_out"], early["run"]?["state"]] == [true, "waiting"])
        let revision = try #require(early["run"]?["revision"]?.integer)
        #expect(try site.ask("GET", "\(path)?after_revision=\(revision - 1)").json["timed_out"] == false)
        #expect(
          try site.ask("POST", "/api/v1/runs/\(run)/events", body: #"{"name":"agreed","payload":{"by":"ann"}}"#).status
            == 202)
        let late = try site.ask("GET", "\(path)?timeout=60").json
        #expect([late["timed_out"], late["run"]?["state"]] == [false, "completed"])
        #expect(try site.ask("GET", "\(path)?timeout=61").status == 400)
        #expect(try site.ask("GET", "\(path)?timeout=-1").status == 400)
        #expect(try site.ask("GET", "\(path)?timeout=nan").status == 400)
        #expect(try site.ask("GET", "\(unknown)/await?timeout=0").status == 404)
      }
    }

    // MARK: Telling it

    @Test func eventsHaveVerdicts() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        let path = "/api/v1/runs/\(run)/events"
        #expect(try site.ask("POST", path, body: #"{"name":"none"}"#).code == "unprocessable")
        #expect(try site.ask("POST", path, body: #"{"name":"agreed","id":"1"}"#).json["verdict"] == "accepted")
        #expect(try site.ask("POST", "\(unknown)/events", body: #"{"name":"agreed"}"#).code == "not_found")
        try await site.engine.wait(for: run)
        #expect(try site.ask("POST", path, body: #"{"name":"agreed","id":"2"}"#).code == "conflict")

        let unique = try await site.engine.start(StartRequest(workflow: "unique", input: ["customer": "ann"])).run
        try await site.engine.wait(for: unique) { $0.state == .waiting }
        try await site.engine.control(unique, .pause(reason: ""))
        for verdict in ["accepted", "duplicate"] {
          let response = try site.ask("POST", "/api/v1/runs/\(unique)/events", body: #"{"name":"done","id":"1"}"#)
          #expect(response.json["verdict"]?.text == verdict)
        }
      }
    }

    @Test func runsAreControlled() async throws {
      try await Site.run { site async throws in
        let run = try await site.waitingRun()
        func act(_ action: String, _ body: String = #"{"reason":"why <not>"}"#, on id: RunID) throws -> RawResponse {
          try site.ask("POST", "/api/v1/runs/\(id)/\(action)", body: body)
        }
        #expect(try act("resume", on: run).code == "conflict")
        #expect(try act("pause", on: run).json["state"] == "paused")
        #expect(
          try site.ask("GET", "/api/v1/runs/\(run)").json["waits"]?.elements?.first?["text"] == "is paused: why <not>")
        #expect(try act("resume", on: run).status == 200)
        #expect(try act("erase", "{}", on: run).code == "conflict")
        #expect(try act("cancel", on: run).status == 200)
        try await site.engine.wait(for: run)
        let history = try site.ask("GET", "/api/v1/runs/\(run)").json["history"]?.elements
        #expect(history?.contains { $0["reason"] == "why <not>" } == true)

        let failed = try await site.failedRun()
        #expect(try act("retry", on: failed).json["state"] == "running")
        try await site.engine.wait(for: failed)
        #expect(try act("restart", #"{"from":"none"}"#, on: failed).status == 409)
        #expect(try act("restart", "{}", on: failed).code == "bad_request")
        #expect(try act("restart", #"{"from":"first"}"#, on: failed).status == 200)
        try await site.engine.wait(for: failed)
        let fork = try act("fork", #"{"from":"second","reason":"again"}"#, on: failed)
        #expect(fork.status == 201)
        let origin = fork.json["run"]?["origin"]?.text
        #expect(origin == "\(failed)")
        let erasure = try act("erase", #"{"with_parts":true}"#, on: failed)
        #expect(erasure.json["runs"] == [.string("\(failed)")])
        #expect(erasure.json["steps"]?.integer ?? 0 > 0)
        let gone = try site.ask("GET", "/api/v1/runs/\(failed)").json
        #expect([gone["state"], gone["steps"], gone["history"]] == ["dataDeleted", [], []])
      }
    }

    @Test func unknownRuns() async throws {
      try await Site.run { site async throws in
        for route in Route.table where route.template.contains("{run}") {
          let body = route.changes ? AccessTests.bodies[route.template] ?? "{}" : nil
          #expect(try site.ask(route.method, AccessTests.path(route), body: body).status == 404, "\(route.template)")
          let other = AccessTests.path(route).replacing("0123456789abcdef0123456789abcdef", with: "last")
          #expect(try site.ask(route.method, other, body: body).status == 400, "\(route.template)")
        }
      }
    }
  }

  @Suite struct OperationRouteTests {
    @Test func workflowsAreDescribed() async throws {
      try await Site.run { site async throws in
        _ = try await site.waitingRun()
        let all = try site.ask("GET", "/api/v1/workflows").json["workflows"]?.elements
        #expect(all?.map { $0["name"] } == ["broken", "order", "parcel", "unique"])
        #expect(all?[1]["runs"]?["unfinished"] == 1)
        let order = try site.ask("GET", "/api/v1/workflows/order").json
        #expect(order["parameters"]?.elements?.map { $0["name"] } == ["item", "size", "count"])
        #expect(order["parameters"]?.elements?[1]["type"] == ["type": "string", "enum": ["small", "large"]])
        #expect(order["parameters"]?.elements?.map { $0["is_required"] } == [true, false, false])
        #expect(
          [order["events"], order["queues"], order["circuits"], order["resources"]] == [
            ["agreed"], ["mail"], ["bank"], ["press"],
          ])
        #expect(order["triggers"]?.elements?.first?["next"]?.elements?.count == 5)
        #expect(try site.ask("GET", "/api/v1/workflows/parcel").json["graph"]?["kind"] == "states")
        #expect(try site.ask("GET", "/api/v1/workflows/none").status == 404)
        #expect(try site.ask("GET", "/api/v1/workflows/%01").status == 400)
      }
    }

    @Test func sharedThingsAreListed() async throws {
      try await Site.run { site async throws in
        _ = try await site.waitingRun()
        func first(_ name: String) throws -> JSONValue? {
          try site.ask("GET", "/api/v1/\(name)").json[name]?.elements?.first
        }
        #expect(try first("queues")?["name"] == "mail")
        #expect(try first("queues")?["concurrency"] == 2)
        #expect(try first("breakers")?["state"] == "closed")
        #expect(try first("breakers")?["failures_limit"] == 3)
        #expect(try first("resources") == ["name": "press", "units": 2, "free": 2, "waiting": 0])
        #expect(try first("schedules")?["text"] == "15 6 * * * UTC")
      }
    }

    @Test func alertsAreAcknowledged() async throws {
      try await Site.run { site async throws in
        let alert = try #require(try site.ask("GET", "/api/v1/alerts").json["alerts"]?.elements?.first)
        #expect(alert["state"] == "firing")
        let path = "/api/v1/alerts/failures/acknowledge"
        let after = try site.ask("POST", path, as: .operator, body: #"{"comment":"on it"}"#).json
        #expect(
          [after["state"], after["acknowledged_by"], after["comment"]] == ["acknowledged", "operator-name", "on it"])
        #expect(try site.ask("POST", path, body: "{}").status == 409)
        #expect(try site.ask("POST", "/api/v1/alerts/none/acknowledge", body: "{}").status == 404)
      }
    }

    @Test func figuresAreGiven() async throws {
      try await Site.run { site async throws in
        _ = try await site.failedRun()
        let metrics = try site.ask("GET", "/metrics", as: .viewer)
        #expect(metrics.text.contains("up 1"))
        #expect(metrics.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let executor = try site.ask("GET", "/api/v1/executor").json
        #expect(executor["worker_count"]?.integer ?? 0 > 0)
        #expect(executor["latencies"]?.elements?.map { $0["name"] } == ["steps", "runs", "requests"])
        #expect(executor["latencies"]?.elements?.first?["count"]?.integer ?? 0 >= 1)
        let series = try site.ask("GET", "/api/v1/series").json["series"]?.elements
        #expect(series?.contains { $0["name"] == "runs_failed" } == true)
        let status = try site.ask("GET", "/api/v1/status", as: .viewer).json
        #expect([status["role"], status["is_ready"], status["needs_login"]] == ["viewer", true, true])
      }
    }

    @Test func hooksAreAnsweredForWhoeverListens() async throws {
      try await Site.run { site async throws in
        let response = try site.ask(
          "POST", "/hooks/shop", as: nil, body: "not JSON",
          headers: [("X-Signature", "abc"), ("Content-Type", "text/plain")])
        #expect(response.status == 202)
        #expect(response.json == ["name": "shop", "signature": "abc", "body": "not JSON"])
        #expect(try site.ask("GET", "/hooks/shop", as: nil).status == 405)
      }
      try await Site.run(isOpen: true) { site async throws in
        #expect(try site.ask("POST", "/hooks/none", as: nil, body: "{}").status == 202)
      }
    }

    @Test func valuesAreSampled() async throws {
      let watch = RunWatch()
      let engine = WorkflowEngine(store: MemoryRunStore())
      let charts = Charts(engine: engine, watch: watch, wallClock: SystemWallClock())
      for _ in 0..<Charts.limit + 5 { charts.takeSample() }
      let series = try #require(charts.series["series"]?.elements)
      #expect(series.allSatisfy { $0["values"]?.elements?.count == Charts.limit })
      await engine.shutdown(grace: .zero)
    }

    @Test func anEngineThatEndsIsNotReady() async throws {
      try await Site.run { site async throws in
        await site.engine.shutdown(grace: .zero)
        #expect(try site.ask("GET", "/healthz").status == 200)
        #expect(try site.ask("GET", "/readyz").status == 503)
        #expect(try site.ask("POST", "/api/v1/runs", body: #"{"workflow":"broken"}"#).code == "unavailable")
      }
    }

    @Test func histogramsKeepQuantiles() {
      var histogram = DurationHistogram()
      for milliseconds in 1...1000 { histogram.record(.milliseconds(milliseconds)) }
      for (share, exact) in [(0.5, 500.0), (0.9, 900), (0.99, 990)] {
        let found = histogram.quantile(share) / .milliseconds(1)
        #expect(found >= exact && found <= exact * 1.25, "\(share): \(found)")
      }
      #expect(histogram.quantile(1) == .seconds(1))
      #expect(histogram.buckets.reduce(0) { $0 + $1.count } == 1000)
      histogram.record(.seconds(1 << 40))
      histogram.record(.seconds(-1))
      #expect(histogram.count == 1002)
    }

    @Test func logsAreBounded() {
      let book = LogBook()
      func run(_ number: Int) -> RunID { RunID(high: 1, low: UInt64(number)) }
      for number in 1...LogBook.lineLimit * 3 {
        book.append("line \(number)", step: "s", attempt: 1, of: run(0), at: Timestamp(microseconds: 0))
      }
      let found = book.lines(of: run(0), after: 0, limit: 10_000)
      #expect(found.lines.count == LogBook.lineLimit)
      #expect(found.lost == LogBook.lineLimit * 2)
      #expect(found.lines.first?.number == LogBook.lineLimit * 2 + 1)
      for number in 1...LogBook.runLimit {
        book.append("x", step: "s", attempt: 1, of: run(number), at: Timestamp(microseconds: 0))
      }
      #expect(book.lines(of: run(0), after: 0, limit: 1).lines.isEmpty)
      #expect(book.lines(of: run(1), after: 0, limit: 1).lines.count == 1)
      book.append(
        String(repeating: "ä", count: 5000), step: "s", attempt: 1, of: run(1), at: Timestamp(microseconds: 0))
      #expect(book.lines(of: run(1), after: 1, limit: 1).lines[0].text.utf8.count <= LogBook.lineBytes + 6)
    }
  }
#endif
