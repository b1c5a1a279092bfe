#if Workflow
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow
  import Testing

  extension PageTests {
    /// Names, labels, contrast, order of tabs, and no scrolling sideways, in each view at two widths in both themes. The pictures are written to `MILLRACE_PICTURES`, if that is set.
    @Test(arguments: [1280, 360], ["light", "dark"])
    func everybodyCanUseIt(width: Int, theme: String) async throws {
      try await PageBench.run(withScript: false) { bench in
        let browser = bench.browser
        let run = try await bench.mixedRuns()
        try await browser.resize(width: width, height: width < 600 ? 740 : 900)
        try await browser.prefer(theme: theme)
        for view in PageView.all(failed: run.failed, waiting: run.waiting) {
          try await bench.open(view.place, showing: view.sign)
          let complaints = try await browser.run(Audit.script).elements ?? []
          #expect(complaints == [], "\(view.name), \(width) wide, \(theme)")
          #expect(
            try await browser.run("return document.documentElement.scrollWidth <= window.innerWidth") == true,
            "\(view.name) scrolls sideways at \(width)")
          try await Pictures.write(browser, "\(view.name)-\(width)-\(theme)")
          if theme == "light", width > 600 { try await expectTabsReachEverything(view, browser) }
        }
        try await bench.open("workflows/orders", showing: "#start")
        try await browser.click("#start")
        try await browser.wait(until: "document.querySelector('dialog[open] input')")
        #expect(try await browser.run(Audit.script).elements ?? [] == [], "dialog, \(width) wide, \(theme)")
        try await Pictures.write(browser, "dialog-\(width)-\(theme)")
        #expect(try await browser.complaints() == [])
      }
    }

    private func expectTabsReachEverything(_ view: PageView, _ browser: Browser) async throws {
      let count =
        try await browser.run(
          """
          window.reached = new Set();
          document.addEventListener('focusin', event => window.reached.add(event.target));
          window.reachable = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
            .filter(element => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex >= 0);
          document.activeElement.blur();
          return window.reachable.length;
          """
        ).integer ?? 0
      #expect(count > 8, "\(view.name)")
      // Where the browser begins is not said: so once around, and a little more.
      try await browser.press(String(repeating: Browser.tab, count: count + 4))
      let missed = try await browser.run(
        "return window.reachable.filter(element => element.isConnected && !window.reached.has(element)).map(element => element.outerHTML.slice(0, 120))"
      )
      #expect(missed == [], "\(view.name): not reached by Tab")
    }

    @Test func aGraphIsWalkedByTheKeyboard() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let run = try await bench.order()
        try await bench.open("runs/\(run)/graph", showing: ".node")
        let focused = "return document.activeElement.getAttribute('data-name')"
        try await browser.run("document.querySelector('.node[tabindex=\"0\"]').focus()")
        #expect(try await browser.run(focused) == "validate")
        try await browser.press(Browser.right)
        #expect(try await browser.run(focused) == "charge")
        try await browser.press(Browser.enter)
        try await bench.expectText("charge", in: ".detail h2")
        #expect(try await browser.run("return location.hash").text?.hasSuffix("?step=charge") == true)
        try await browser.press(Browser.left)
        #expect(try await browser.run(focused) == "validate")
        // For who does not see it, the same is a table.
        try await browser.click(".as-table summary")
        try await bench.expectText("approve", in: ".as-table table")
      }
    }

    @Test func aChosenThemeStays() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        let ground = "return getComputedStyle(document.body).backgroundColor"
        try await bench.open("runs", showing: "#search")
        let light = try await browser.run(ground)
        try await browser.click("#theme")
        let dark = try await browser.run(ground)
        #expect(light != dark)
        try await browser.reload()
        try await browser.wait(until: "document.querySelector('#search')")
        #expect(try await browser.run(ground) == dark)
        try await browser.click("#theme")
        #expect(try await browser.run(ground) == light)
        try await browser.run("localStorage.clear()")
      }
    }

    /// The skip link is the first thing that Tab comes to, and leads to the content.
    @Test func thereIsAWayAroundTheTop() async throws {
      try await PageBench.run { bench in
        let browser = bench.browser
        try await bench.open("runs", showing: "#search")
        try await browser.press(Browser.tab)
        #expect(try await browser.run("return document.activeElement.className") == "skip")
        try await browser.press(Browser.enter)
        #expect(try await browser.run("return document.activeElement.id") == "main")
      }
    }
  }

  extension PageBench {
    /// Runs in several states, an alert, and the one that has failed and one that waits.
    func mixedRuns() async throws -> (failed: RunID, waiting: RunID) {
      try await fill(60)
      payment.isWorking = false
      let failed = try await order(12)
      payment.isWorking = true
      let paused = try await order(31)
      _ = try await engine.control(paused, .pause(reason: "until the stock is counted"))
      let waiting = try await order()
      let now = SystemWallClock().now
      for (index, severity) in AlertView.Severity.allCases.enumerated() {
        alerts.put(
          AlertView(
            id: "a-\(index)", rule: "run failed", severity: severity, state: .firing,
            message: "orders: a run failed: HTTP 503", since: now, last: now))
      }
      return (failed, waiting)
    }
  }

  /// Where pictures of the page go.
  enum Pictures {
    static func write(_ browser: Browser, _ name: String) async throws {
      guard let folder = ProcessInfo.processInfo.environment["MILLRACE_PICTURES"] else { return }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try await browser.screenshot().write(to: URL(filePath: folder).appending(path: "\(name).png"))
    }
  }
#endif
