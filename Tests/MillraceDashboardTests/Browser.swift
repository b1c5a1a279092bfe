#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  /// A headless Chromium, told what to do through Debian's chromedriver, in WebDriver's words.
  struct Browser: Sendable {
    struct Trouble: Error, CustomStringConvertible {
      let description: String
      /// WebDriver's word for it; empty for what is not the driver's.
      var code = ""
    }

    /// Where the driver listens.
    private let port: Int
    /// The path of the session, without a slash at its end.
    private let session: String
    private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"
    /// How often a wait looks before it gives up. A look takes a sixth of a second when nothing else is to be done, and longer on a busy machine: that has longer, too.
    private static let looks = 300

    static let install = "the page's tests need a browser: apt-get install chromium chromium-driver"

    /// Opens a browser at a driver that listens.
    init(driver port: Int, folder: URL) async throws {
      let options: JSONValue = [
        "args": [
          // As root, and in a container, Chromium's own sandbox cannot be.
          "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
          "--window-size=1280,900", "--remote-debugging-pipe", .string("--user-data-dir=\(folder.path)"),
        ]
      ]
      let answer = try await Self.call(
        "POST", at: port, "/session",
        [
          "capabilities": [
            "alwaysMatch": [
              "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
              "timeouts": ["script": 240_000, "pageLoad": 240_000],
            ]
          ]
        ])
      guard let id = answer["sessionId"]?.text else { throw Trouble(description: "no session: \(answer)") }
      self.port = port
      session = "/session/\(id)"
    }

    /// Ends the browser, and its driver.
    func close() async throws {
      _ = try await Self.call("DELETE", at: port, session)
      _ = try await Self.call("GET", at: port, "/shutdown")
    }

    // MARK: Where it looks

    func go(to address: String) async throws { try await command("url", ["url": .string(address)]) }

    /// Reads the page anew, as somebody does with F5. What is asked for next is asked of the new one.
    func reload() async throws { try await command("refresh", [:]) }

    /// Another width, as a phone or a desk has it.
    func resize(width: Int, height: Int) async throws {
      try await tell(
        "Emulation.setDeviceMetricsOverride",
        [
          "width": .int(Int64(width)), "height": .int(Int64(height)), "deviceScaleFactor": 1,
          "mobile": .bool(width < 600),
        ])
    }

    /// What the system is said to prefer: `light` or `dark`.
    func prefer(theme: String) async throws {
      try await tell(
        "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": .string(theme)]]])
    }

    private func tell(_ method: String, _ parameters: JSONValue) async throws {
      try await command("goog/cdp/execute", ["cmd": .string(method), "params": parameters])
    }

    /// Leaves what it has looked at, and forgets it: cookies, sizes, complaints.
    func beginAnew() async throws {
      try await go(to: "about:blank")
      try await tell("Network.clearBrowserCookies", [:])
      try await resize(width: 1280, height: 900)
      try await prefer(theme: "light")
      _ = try await complaints()
    }

    /// Files that it has kept are read again.
    func forgetFiles() async throws { try await tell("Network.clearBrowserCache", [:]) }

    func screenshot() async throws -> Data {
      guard let text = try await Self.call("GET", at: port, "\(session)/screenshot").text,
        let data = Data(base64Encoded: text)
      else { throw Trouble(description: "no picture") }
      return data
    }

    /// What the page and the browser have complained about since the last call.
    func complaints() async throws -> [String] {
      let entries = try await command("se/log", ["type": "browser"]).elements ?? []
      return entries.filter { $0["level"]?.text == "SEVERE" }.map { $0["message"]?.text ?? "\($0)" }
    }

    // MARK: What it does

    /// The body of a function; `arguments[0]` and on are what is given.
    @discardableResult
    func run(_ script: String, _ arguments: JSONValue...) async throws -> JSONValue {
      try await command("execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    /// Waits until an expression is true. An expression that asks about what is not there yet is not true.
    func wait(
      until condition: String, _ arguments: JSONValue..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      // Timers, for a browser draws no frame of a page that nobody sees.
      let script = """
        const done = arguments[arguments.length - 1];
        let left = 10;
        const look = () => {
          try { if (\(condition)) return done(true); } catch { /* What it asks about is not there yet. */ }
          left -= 1;
          if (left === 0) { done(false); } else { setTimeout(look, 16); }
        };
        look();
        """
      try await look(for: "\(condition)\(arguments.isEmpty ? "" : " of \(arguments)")", sourceLocation) {
        try await command("execute/async", ["script": .string(script), "args": .array(arguments)]) == true
      }
    }

    /// Looks again and again. What goes away under a look is looked for again.
    ///
    /// - Throws: ``Trouble``, with what was not seen, and what was.
    private func look(
      for what: String, _ sourceLocation: SourceLocation, _ isThere: () async throws -> Bool
    ) async throws {
      var last = ""
      for _ in 0..<Self.looks {
        do {
          if try await isThere() { return }
        } catch let trouble as Trouble where Self.passes(trouble) {
          last = "\n\(trouble)"
        }
      }
      let page = try? await run("return location.href + '\\n' + document.body.innerText").text
      let trouble = Trouble(
        description: "not seen in \(Self.looks) looks: \(what)\(last)\nThe page: \((page ?? "unknown").prefix(3000))")
      Issue.record(trouble, sourceLocation: sourceLocation)
      throw trouble
    }

    /// Whether it may go well the next time: the page was changing.
    private static func passes(_ trouble: Trouble) -> Bool {
      [
        "stale element reference", "no such element", "element not interactable", "element click intercepted",
        "javascript error",
      ].contains(trouble.code)
    }

    /// Clicks as somebody with a mouse does: scrolls there; what is hidden or covered cannot be clicked.
    func click(_ selector: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
      try await look(for: "\(selector), to be clicked", sourceLocation) {
        try await command("element/\(try await element(selector))/click", [:])
        return true
      }
    }

    func type(_ text: String, into selector: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
      try await wait(until: "document.querySelector(arguments[0])", .string(selector), sourceLocation: sourceLocation)
      try await command("element/\(try await element(selector))/value", ["text": .string(text)])
    }

    /// Presses keys where the focus is; WebDriver's private characters stand for keys without a character.
    func press(_ keys: String) async throws {
      let strokes = keys.flatMap { key -> [JSONValue] in
        ["keyDown", "keyUp"].map { ["type": .string($0), "value": .string(String(key))] }
      }
      try await command("actions", ["actions": [["type": "key", "id": "keyboard", "actions": .array(strokes)]]])
    }

    private func element(_ selector: String) async throws -> String {
      let answer = try await command("element", ["using": "css selector", "value": .string(selector)])
      guard let id = answer[Self.elementKey]?.text else { throw Trouble(description: "no element \(selector)") }
      return id
    }

    // MARK: The protocol

    @discardableResult
    private func command(_ path: String, _ body: JSONValue) async throws -> JSONValue {
      try await Self.call("POST", at: port, "\(session)/\(path)", body)
    }

    /// Not with Foundation's own client, for which the driver writes its headers too tightly.
    private static func call(
      _ method: String, at port: Int, _ path: String, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
      let response = try await onThread {
        do {
          // The driver answers when its own limits are over: this one is for a driver that does not.
          return try RawConnection(port: port, patience: 180).ask(
            method, path, body: body.map { String(decoding: $0.json, as: UTF8.self) })
        } catch {
          throw Trouble(description: "the driver has not answered \(method) \(path)")
        }
      }
      let value = response.json["value"] ?? .null
      if let error = value["error"]?.text {
        throw Trouble(
          description: "\(error): \(value["message"]?.text ?? "")".prefix(600).description, code: error)
      }
      return value
    }
  }

  /// Does on a thread of its own what blocks: no thread of the tests' pool waits with it.
  func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
  }

  extension Browser {
    static let tab = "\u{E004}"
    static let enter = "\u{E007}"
    static let escape = "\u{E00C}"
    static let left = "\u{E012}"
    static let right = "\u{E014}"
    static let down = "\u{E015}"
  }
#endif
