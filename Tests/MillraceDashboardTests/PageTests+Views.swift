#if Workflow
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow
  import Testing

  extension PageTests {
    // MARK: Live

    @Test func whatChangesIsChangedInItsPlace() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let first = try await bench.order()
        let second = try await bench.order()
        try await bench.open("runs", showing: "tr[data-run='\(first)']")
        try await browser.wait(until: "document.querySelector('#live').textContent === 'Live'")
        // A mark on the row, and the focus in it: both stay only if the row does.
        try await browser.run(
          """
          const row = document.querySelector(`tr[data-run='${arguments[0]}']`);
          row.mark = 'kept';
          row.querySelector('a').focus();
          """, .string("\(first)"))
        _ = try await bench.engine.control(first, .cancel(reason: "for the test"))
        let third = try await bench.order()
        try await browser.wait(
          until: """
            document.querySelector(`tr[data-run='${arguments[0]}'] .badge`).dataset.state === 'cancelled'
              && document.querySelector('tbody').firstChild.dataset.run === arguments[1]
            """, .string("\(first)"), .string("\(third)"))
        #expect(
          try await browser.run(
            """
            const row = document.querySelector(`tr[data-run='${arguments[0]}']`);
            return [row.mark, row.contains(document.activeElement), [...document.querySelectorAll('tbody tr')].map(row => row.dataset.run)];
            """, .string("\(first)"))
            == ["kept", true, .array([third, second, first].map { .string("\($0)") })])
        try await browser.wait(until: "document.querySelector('#runs-summary').textContent === '3 runs, 3 shown'")
      }
    }

    @Test func aGraphFollowsItsRun() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let run = try await bench.order()
        try await bench.open("runs/\(run)/graph", showing: ".node")
        try await browser.wait(
          until: "document.querySelector('.node[data-name=approve]').getAttribute('aria-label').includes('waiting')")
        try await browser.run("document.querySelector('.node[data-name=approve]').mark = 'kept'")
        let verdict = try await bench.engine.send(
          InboxEvent(id: "1", name: "approved", payload: Payload(["by": "Ada"] as JSONValue)), to: run)
        #expect(verdict == .accepted)
        try await browser.wait(
          until: """
            document.querySelector('.node[data-name=approve]').classList.contains('state-succeeded')
              && document.querySelector('.node[data-name=ship]').classList.contains('state-succeeded')
            """)
        #expect(try await browser.run("return document.querySelector('.node[data-name=approve]').mark") == "kept")
      }
    }

    @Test func aLostConnectionIsSaid() async throws {
      try await PageBench.run { bench in
        try await bench.open("runs", showing: ".empty:not([hidden])")
        try await bench.browser.wait(until: "document.querySelector('#live').textContent === 'Live'")
        await bench.server.stop(grace: .zero)
        try await bench.browser.wait(until: "document.querySelector('#live').textContent === 'No connection'")
        try await bench.browser.run("location.hash = '#/queues'")
        try await bench.expectText("The server does not answer. Is `millrace serve` running?")
      }
    }

    // MARK: Many

    /// Says what the first view costs somebody whose browser knows nothing of the page: bytes of all answers, and time until it is drawn.
    @Test func theFirstViewOfTenThousandRunsIsSmall() async throws {
      try await PageBench.run(withScript: false) { bench in
        try await bench.fill(10_000)
        var views: [(bytes: Int, drawn: Int, list: Int)] = []
        for _ in 0..<7 {
          try await bench.browser.forgetFiles()
          try await bench.open("runs", showing: "tbody tr")
          try await bench.expectText("10,000 runs, 50 shown")
          let seen = try await bench.browser.run(Self.firstView)
          guard case .array(let values) = seen, let bytes = values[0].integer, let drawn = values[1].integer,
            let list = values[2].integer
          else {
            Issue.record("expected three numbers; found \(seen)")
            return
          }
          views.append((bytes, drawn, list))
        }
        let bytes = views.map(\.bytes).max()!
        #expect(bytes > 10_000 && bytes <= 150_000)
        let drawn = views.map(\.drawn).sorted()
        let list = views.map(\.list).sorted()
        print(
          "first view of 10,000 runs: \(bytes) bytes, drawn after \(drawn[3]) ms (\(drawn[0]) to \(drawn[6])); of these \(list[3]) ms for the list (\(list[0]) to \(list[6]))"
        )
      }
    }

    /// Bytes of answers with their heads, milliseconds until the list was drawn, and those of the request for the list.
    private static let firstView = """
      const shown = performance.getEntriesByName('millrace-shown')[0].startTime;
      const read = performance.getEntriesByType('resource').filter(entry => entry.startTime < shown);
      const bytes = [...read, performance.getEntriesByType('navigation')[0]].reduce((sum, entry) => sum + entry.transferSize, 0);
      const list = read.find(entry => entry.name.includes('/api/v1/runs?')).duration;
      return new Promise(done => {
        new PerformanceObserver(entries => {
          const drawn = entries.getEntries().find(entry => entry.startTime >= shown);
          if (drawn) done([bytes, Math.round(drawn.startTime), Math.round(list)]);
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      });
      """

    @Test func tenThousandRunsAreSeenAtOnce() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        try await bench.fill(10_000)
        try await bench.open("runs", showing: "tbody tr")
        try await bench.expectText("10,000 runs, 50 shown")
        try await browser.click(".more button")
        try await bench.expectText("10,000 runs, 100 shown")
        #expect(
          try await browser.run(
            "return new Set([...document.querySelectorAll('tbody tr')].map(row => row.dataset.run)).size") == 100)

        try await browser.type("customer 77", into: "#search")
        // Of 10,000 keys `customer 0` … `customer 99`, a hundred are these.
        try await bench.expectText("100 runs, 50 shown")
        try await browser.click(".chip.state-failed")
        try await browser.wait(
          until: "[...document.querySelectorAll('tbody .badge')].every(badge => badge.dataset.state === 'failed')")
        let place = try await browser.run("return location.hash").text
        #expect(place == "#/runs?text=customer+77&state=failed")
        // An address that somebody has kept gives the same.
        try await browser.reload()
        try await browser.wait(
          until: "document.querySelector('#search').value === 'customer 77' && document.querySelector('tbody tr')")
        try await browser.run("document.querySelector('#search').value = ''")
        try await browser.type("nobody is called so", into: "#search")
        try await bench.expectText("No run is like this")
        try await browser.click(".empty button")
        try await bench.expectText("10,000 runs, 50 shown")
      }
    }

    // MARK: Script

    @Test func scriptInNamesAndPayloadsIsShownAndNeverRuns() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        bench.payment.isWorking = false
        let failed = try await bench.order()
        bench.payment.isWorking = true
        let waiting = try await bench.order()
        let now = SystemWallClock().now
        bench.alerts.put(
          AlertView(
            id: "a \(PageBench.script)", rule: PageBench.script, severity: .warning, state: .firing,
            message: "alert \(PageBench.script)", since: now, last: now))
        for view in PageView.all(failed: failed, waiting: waiting) {
          try await bench.open(view.place, showing: view.sign)
          if view.showsPayloads { try await bench.expectText(PageBench.script) }
          // What stands in attributes and closed parts, too.
          try await browser.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")
          #expect(
            try await browser.run(
              "return [typeof window.wasRun, document.querySelectorAll('main img, main script, [onerror]').length]")
              == ["undefined", 0], "\(view.place)")
        }
        try await bench.open("runs/\(failed)", showing: "[data-action=erase]")
        try await browser.click("[data-action=erase]")
        try await bench.expectText(PageBench.script, in: "dialog")
        #expect(
          try await browser.run("return [typeof window.wasRun, document.querySelectorAll('img').length]") == [
            "undefined", 0,
          ])
        // Nothing that the page does is against its policy, and nothing has failed to load.
        #expect(try await browser.complaints() == [])
      }
    }
  }

  /// A view of the page, and what is there when it is shown.
  struct PageView: Sendable {
    let name: String
    let place: String
    let sign: String
    var showsPayloads = true

    static func all(failed: RunID, waiting: RunID) -> [PageView] {
      [
        PageView(name: "runs", place: "runs", sign: "tbody tr"),
        PageView(name: "graph", place: "runs/\(waiting)/graph?step=charge", sign: ".detail:not([hidden])"),
        PageView(name: "timeline", place: "runs/\(failed)/timeline", sign: ".bar"),
        PageView(name: "data", place: "runs/\(waiting)/data", sign: ".step"),
        PageView(name: "logs", place: "runs/\(waiting)/logs", sign: ".log li"),
        PageView(name: "history", place: "runs/\(failed)/history", sign: "tbody tr"),
        PageView(name: "workflows", place: "workflows", sign: "tbody tr"),
        PageView(name: "workflow", place: "workflows/orders", sign: ".node"),
        PageView(name: "queues", place: "queues", sign: "tbody tr", showsPayloads: false),
        PageView(name: "schedules", place: "schedules", sign: "tbody tr", showsPayloads: false),
        PageView(name: "alerts", place: "alerts", sign: ".acknowledge"),
        PageView(name: "metrics", place: "metrics", sign: ".worker", showsPayloads: false),
      ]
    }
  }

  extension PageBench {
    /// Stores so many runs, in all states, with keys `customer 0` … `customer 99`.
    func fill(_ count: Int) async throws {
      let begin = SystemWallClock().now
      var random = SystemRandomNumberGenerator()
      let states: [RunState] = [.completed, .completed, .failed, .cancelled, .paused]
      let changes = (0..<count).map { index in
        let made = begin.advanced(by: .seconds(-60 * (count - index)))
        var record = RunRecord(
          id: RunID(at: made, using: &random), workflow: ["orders", "reports", "ingest"][index % 3],
          definition: ContentHash(of: [UInt8](repeating: 0, count: 8)), key: "customer \(index % 100)",
          state: states[index % 7 % 5], createdAt: made, deadline: made.advanced(by: .seconds(3600)))
        if record.state.isFinal { record.finishedAt = made.advanced(by: .seconds(index % 900)) }
        if record.state == .failed {
          record.reason = "step charge failed: HTTP 503: the payment service does not answer\(foreign)"
        }
        return RunChange(record: record, expected: nil)
      }
      for verdict in try await store.commit(changes) where verdict != .committed {
        throw Browser.Trouble(description: "\(verdict)")
      }
    }
  }
#endif
