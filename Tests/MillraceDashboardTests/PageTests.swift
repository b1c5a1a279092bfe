#if Workflow
  import MillraceDashboard
  import MillraceWorkflow
  import Testing

  /// The page as somebody uses it: clicked in a real browser, and looked up in the engine.
  @Suite(.serialized, SharedBrowser()) struct PageTests {
    // MARK: Coming in

    @Test func somebodyLogsInWithATokenAndOut() async throws {
      try await PageBench.run(withTokens: true) { bench in
        let browser = bench.browser
        try await bench.open("runs", showing: "#token")
        try await browser.type("not-a-token-of-anybody", into: "#token")
        try await browser.click(".login button")
        try await browser.wait(until: "document.querySelector('.login .notice').checkVisibility()")
        try await bench.expectText("No token is like this one.", in: ".login .notice")
        #expect(try await browser.run("return document.activeElement.id") == "token")
        try await browser.type(PageBench.adminToken, into: "#token")
        try await browser.press(Browser.enter)
        try await bench.expectText("No runs yet")
        #expect(try await browser.run("return document.cookie") == "", "script must not see the session")
        try await browser.click("#logout")
        try await browser.wait(until: "document.querySelector('#token') && document.querySelector('#nav').hidden")
        try await browser.reload()
        try await browser.wait(until: "document.querySelector('#token')")
      }
    }

    @Test func aViewerSeesAllAndIsOfferedNoAction() async throws {
      try await PageBench.run(withTokens: true) { bench in
        let run = try await bench.order()
        try await bench.open("runs/\(run)", showing: "#token")
        try await bench.browser.type(PageBench.viewerToken, into: "#token")
        try await bench.browser.click(".login button")
        try await bench.browser.wait(until: "document.querySelector('.node')")
        #expect(
          try await bench.browser.run("return document.querySelectorAll('[data-action], .waits button').length") == 0)
        try await bench.browser.run("location.hash = '#/workflows/orders'")
        try await bench.browser.wait(until: "document.querySelector('h1').textContent === 'orders'")
        #expect(try await bench.browser.run("return document.querySelector('#start')") == .null)
      }
    }

    @Test func withoutRunsItSaysWhatToDo() async throws {
      try await PageBench.run { bench in
        try await bench.open("runs", showing: ".empty:not([hidden])")
        try await bench.expectText("No runs yet")
        try await bench.expectText("millrace run my-workflow.yaml")
      }
    }

    // MARK: Starting

    @Test func aFormMadeFromParametersStartsARun() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        try await bench.open("workflows", showing: "tbody button")
        try await browser.click("tbody button")
        try await browser.wait(until: "document.querySelector('dialog[open] input')")
        // In the order of the parameters: text, number, choice, switch, JSON.
        let fields = try await browser.run(
          "return [...document.querySelectorAll('dialog .field > :is(input, select, textarea)')].slice(0, 5).map((field, index) => (field.id = `p${index}`, field.type))"
        )
        #expect(fields == ["text", "text", "select-one", "checkbox", "textarea"])
        try await browser.type("Grace", into: "#p0")
        try await browser.type("a lot", into: "#p1")
        try await browser.click("dialog button[type=submit]")
        try await bench.expectText("Parameter “total” is expected to be a number; found “a lot”.", in: "dialog .notice")
        #expect(try await browser.run("return document.activeElement.id") == "p1")
        #expect(try await bench.store.count(RunQuery()) == 0)
        try await browser.run("document.querySelector('#p1').value = ''; document.querySelector('#p4').value = ''")
        try await browser.type("99.5", into: "#p1")
        try await browser.run("document.querySelector('#p2').value = 'express'")
        try await browser.click("#p3")
        try await browser.type("[\"piano\"]", into: "#p4")
        try await browser.click("dialog button[type=submit]")
        try await browser.wait(until: "document.querySelector('article.run h1')")
        let run = try await bench.shownRun()
        let record = try await bench.settled(run)
        #expect(
          try record.payload.value() == [
            "customer": "Grace", "total": 99.5, "speed": "express", "gift": true, "items": ["piano"],
          ])
      }
    }

    // MARK: Acting

    @Test func aRunIsPausedResumedAnsweredForkedAndErased() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let run = try await bench.order()
        try await bench.open("runs/\(run)", showing: "[data-action=pause]")
        try await bench.expectText("approved", in: ".waits")

        try await browser.click("[data-action=pause]")
        try await browser.type("lunch \(PageBench.script)", into: "dialog input")
        try await browser.click("dialog button[type=submit]")
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'paused'")
        let paused = try await bench.record(run)
        #expect(paused.state == .paused)
        #expect(paused.reason == "lunch \(PageBench.script)")
        try await browser.wait(until: "!document.querySelector('dialog')")

        try await act("resume", bench)
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'waiting'")
        #expect(try await bench.settled(run).state == .waiting)

        try await browser.click(".waits button")
        try await browser.type("{not JSON", into: "dialog textarea")
        try await browser.click("dialog button[type=submit]")
        try await bench.expectText("The payload is expected to be JSON", in: "dialog .notice")
        try await browser.run("document.querySelector('dialog textarea').value = ''")
        try await browser.type("{\"by\": \"Ada\"}", into: "dialog textarea")
        try await browser.click("dialog button[type=submit]")
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'completed'")
        #expect(try await bench.record(run).result.value()["shipped"] == "Ada")

        try await browser.click("[data-action=fork]")
        try await browser.wait(until: "document.querySelector('dialog select')")
        try await browser.run("document.querySelector('dialog select').value = 'ship'")
        try await browser.click("dialog button[type=submit]")
        try await browser.wait(until: "!location.hash.includes(arguments[0])", .string("\(run)"))
        let fork = try await bench.shownRun()
        #expect(try await bench.ended(fork).origin == run)

        try await bench.open("runs/\(run)", showing: "[data-action=erase]")
        try await browser.click("[data-action=erase]")
        try await browser.click("dialog button[type=submit]")
        try await bench.expectText("The data is deleted", in: "dialog")
        try await bench.expectText("Entries of the history", in: "dialog .report")
        #expect(try await bench.record(run).state == .dataDeleted)
        try await browser.click("dialog .buttons button")
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'dataDeleted'")
      }
    }

    @Test func aFailedRunIsRetriedAndThenCancelled() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        bench.payment.isWorking = false
        let run = try await bench.order()
        #expect(try await bench.record(run).state == .failed)
        try await bench.open("runs/\(run)/timeline", showing: ".bar")
        // Both attempts of the charge stand in its row, with why they failed.
        try await browser.wait(
          until:
            "[...document.querySelectorAll('tbody tr')].some(row => row.querySelectorAll('.bar.is-failed').length === 2)"
        )
        bench.payment.isWorking = true
        try await act("retry", bench)
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'waiting'")
        try await act("cancel", bench)
        try await browser.wait(until: "document.querySelector('.head .badge').dataset.state === 'cancelled'")
        #expect(try await bench.ended(run).state == .cancelled)
        let steps = try await bench.store.load(run)?.steps ?? []
        #expect(steps.contains { $0.name == "charge" && $0.state == .compensated })
      }
    }

    @Test func whatCannotBeDoneIsSaidInTheDialog() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let run = try await bench.order()
        try await bench.open("runs/\(run)", showing: "[data-action=pause]")
        try await browser.click("[data-action=pause]")
        // Meanwhile somebody else ends it.
        _ = try await bench.engine.control(run, .cancel(reason: ""))
        _ = try await bench.ended(run)
        try await browser.click("dialog button[type=submit]")
        try await browser.wait(until: "document.querySelector('dialog .notice').checkVisibility()")
        let fault = try await browser.run("return document.querySelector('dialog .notice').textContent").text ?? ""
        #expect(fault.contains(/^[A-Z“].+\.$/), "a sentence; found \(fault)")
        // Escape leaves it, and the focus is on something that is there.
        try await browser.press(Browser.escape)
        try await browser.wait(until: "!document.querySelector('dialog')")
        #expect(try await browser.run("return document.activeElement !== document.body") == true)
      }
    }

    @Test func anAlertIsAcknowledged() async throws {
      try await PageBench.run { bench in
        let now = SystemWallClock().now
        bench.alerts.put(
          AlertView(
            id: "a-1", rule: "run failed \(PageBench.script)", severity: .critical, state: .firing,
            message: "orders: 3 runs failed \(PageBench.script)", since: now, last: now))
        try await bench.open("alerts", showing: ".acknowledge")
        try await bench.browser.wait(until: "document.querySelector('#nav .number').textContent === '1'")
        try await bench.browser.click(".acknowledge")
        try await bench.browser.type("looking", into: "dialog input")
        try await bench.browser.click("dialog button[type=submit]")
        try await bench.expectText("looks after it: looking")
        let alert = await bench.alerts.alerts()[0]
        #expect(alert.state == .acknowledged)
        #expect(alert.comment == "looking")
      }
    }

    /// Clicks an action of the shown run, and says yes.
    private func act(_ action: String, _ bench: PageBench) async throws {
      try await bench.browser.click("[data-action=\(action)]")
      try await bench.browser.click("dialog button[type=submit]")
      try await bench.browser.wait(until: "!document.querySelector('dialog')")
    }
  }
#endif
