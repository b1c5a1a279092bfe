#if Workflow
  import Foundation
  import MillraceExecutor
  import MillraceWorkflow

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// Asks a server for what its API gives: for the command line, and for tests.
  package struct ServerClient: Sendable {
    package let url: String
    private let base: URL
    private let token: String?
    private let session: URLSession

    /// - Throws: `WorkflowError/Code/invalidInput` for what is no URL of a server.
    package init(url: String, token: String?) throws(WorkflowError) {
      var text = url
      while text.hasSuffix("/") { text.removeLast() }
      guard text.wholeMatch(of: /https?:\/\/[^\/\s?#@]+(\/[^\s?#]*)?/) != nil, let base = URL(string: text) else {
        throw WorkflowError(.invalidInput, "expected http://host:port or https://host; found \(url)")
      }
      (self.url, self.base, self.token) = (text, base, token)
      let configuration = URLSessionConfiguration.ephemeral
      configuration.timeoutIntervalForRequest = 90
      configuration.httpShouldSetCookies = false
      session = URLSession(configuration: configuration, delegate: RedirectRefusal(), delegateQueue: nil)
    }

    /// The token goes in clear to another machine.
    package var isExposed: Bool {
      token != nil && base.scheme == "http" && !["localhost", "127.0.0.1", "[::1]", "::1"].contains(base.host() ?? "")
    }

    // MARK: Asking

    /// - Parameters:
    ///   - path: under `/api/v1`, each part as it is.
    ///   - accepted: statuses that are no refusal, besides 200 to 299.
    /// - Throws: ``WorkflowError``: what the server says, or why it could not be asked.
    package func ask(
      _ method: String = "GET", at path: [String], query: [(String, String)] = [], body: JSONValue? = nil,
      accepting accepted: Set<Int> = []
    ) async throws -> JSONValue {
      let encoded = (["api", "v1"] + path).map { PercentEncoding.encode($0) }.joined(separator: "/")
      let parameters = query.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }
      let text = "\(url)/\(encoded)" + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
      var request = URLRequest(url: URL(string: text)!)
      request.httpMethod = method
      if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
      if let body {
        request.httpBody = Data(JSONText.bytes(body))
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
      }
      let (data, response): (Data, URLResponse)
      do {
        (data, response) = try await session.data(for: request)
      } catch let error as URLError {
        throw WorkflowError(.storeUnavailable, "the server does not answer: \(error.localizedDescription)", at: url)
      }
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      let value = try? JSONValue(json: data)
      if (200..<300).contains(status) || accepted.contains(status) {
        guard let value else { throw WorkflowError(.storeDamaged, "the answer is not JSON", at: text) }
        return value
      }
      throw Self.error(status, value, at: url)
    }

    private static func error(_ status: Int, _ value: JSONValue?, at url: String) -> WorkflowError {
      guard let text = value?["message"]?.text, let code = value?["code"]?.text.flatMap(Problem.Code.init) else {
        return WorkflowError(.storeUnavailable, "answers \(status): is it a server of millrace?", at: url)
      }
      let message = value?["place"]?.text.map { "\($0): \(text)" } ?? text
      switch code {
      case .notFound: return WorkflowError(.unknownRun, message)
      case .tooLarge: return WorkflowError(.tooLarge, message)
      case .tooManyRequests: return WorkflowError(.full, message)
      case .unavailable, .timeout: return WorkflowError(.storeUnavailable, message, at: url)
      case .internal: return WorkflowError(.storeDamaged, message, at: url)
      case .unauthorized, .forbidden: return WorkflowError(.invalidInput, message, at: url)
      default: return WorkflowError(.impossible, message)
      }
    }

    private static func read<Value>(_ value: Value?) throws(WorkflowError) -> Value {
      guard let value else { throw WorkflowError(.storeDamaged, "the server's answer is not what is expected of it") }
      return value
    }

    // MARK: Runs

    package func runs(_ query: RunQuery) async throws -> (runs: [RunRecord], total: Int) {
      var found: [RunRecord] = []
      var cursor = query.before.map { "\($0)" }
      var total = 0
      while true {
        var parameters = [("limit", "\(min(500, query.limit - found.count))")]
        if let workflow = query.workflow { parameters.append(("workflow", workflow)) }
        if let text = query.text { parameters.append(("text", text)) }
        if let key = query.key { parameters.append(("key", key)) }
        parameters += query.states.map(\.rawValue).sorted().map { ("state", $0) }
        if let cursor { parameters.append(("cursor", cursor)) }
        let page = try await ask(at: ["runs"], query: parameters)
        found += try Self.read(page["runs"]?.elements).map { try Self.read(RunRecord($0)) }
        total = max(total, page["total"]?.integer ?? 0)
        cursor = page["next_cursor"]?.text
        if cursor == nil || found.count >= query.limit { return (found, total) }
      }
    }

    /// All about a run, also values that the server leaves out because they are large.
    package func run(_ id: RunID) async throws -> (run: StoredRun, history: [HistoryEntry]) {
      let value = try await ask(at: ["runs", "\(id)"])
      var record = try Self.read(RunRecord(value))
      if value["parameters_bytes"] != nil { record.payload = try await self.value(id, [("of", "parameters")]) }
      if value["result_bytes"] != nil { record.result = try await self.value(id, [("of", "result")]) }
      var steps: [StepRecord] = []
      for element in value["steps"]?.elements ?? [] {
        var step = try Self.read(StepRecord(element))
        if element["output_bytes"] != nil {
          step.output = try await self.value(id, [("of", "step"), ("step", step.name)])
        }
        steps.append(step)
      }
      let timers = try (value["timers"]?.elements ?? []).map { timer in
        TimerRecord(
          name: try Self.read(timer["name"]?.text),
          due: try Self.read(timer["due"]?.text.flatMap { Timestamp(written: $0) }))
      }
      let inbox = try (value["inbox"]?.elements ?? []).map { event in
        InboxEvent(id: try Self.read(event["id"]?.text), name: try Self.read(event["name"]?.text))
      }
      let history = try (value["history"]?.elements ?? []).map { try Self.read(HistoryEntry($0)) }
      return (StoredRun(record: record, steps: steps, timers: timers, inbox: inbox), history)
    }

    private func value(_ id: RunID, _ query: [(String, String)]) async throws -> Payload {
      Payload(try await ask(at: ["runs", "\(id)", "value"], query: query))
    }

    /// Waits until it has ended, or is paused.
    package func settledRun(_ id: RunID) async throws -> RunRecord {
      var value = try await ask(at: ["runs", "\(id)"])
      while true {
        let record = try Self.read(RunRecord(value))
        if record.state.isFinal || record.state == .paused { return try await run(id).run.record }
        value = try Self.read(
          try await ask(
            at: ["runs", "\(id)", "await"], query: [("timeout", "30"), ("after_revision", "\(record.revision.number)")])[
              "run"])
      }
    }

    // MARK: Changing them

    package func start(_ request: StartRequest) async throws -> (verdict: StartVerdict, record: RunRecord) {
      var body: [String: JSONValue] = [
        "workflow": .string(request.workflow), "input": request.input, "key": .string(request.key),
        "priority": .int(Int64(request.priority)),
      ]
      if let key = request.idempotencyKey { body["idempotency_key"] = .string(key) }
      return try Self.verdict(try await ask("POST", at: ["runs"], body: .object(body), accepting: [409]))
    }

    private static func verdict(_ value: JSONValue) throws -> (verdict: StartVerdict, record: RunRecord) {
      if value["verdict"] == nil, value["code"] != nil { throw error(409, value, at: "") }
      let record = try read(value["run"].flatMap { RunRecord($0) })
      switch value["verdict"]?.text {
      case "started": return (.started(record.id), record)
      case "duplicate": return (.duplicate(record.id), record)
      case "key_held": return (.keyHeld(record.id), record)
      default: throw WorkflowError(.storeDamaged, "the server's answer is not what is expected of it")
      }
    }

    package func send(_ event: InboxEvent, payload: JSONValue, to id: RunID) async throws {
      _ = try await ask(
        "POST", at: ["runs", "\(id)", "events"],
        body: ["id": .string(event.id), "name": .string(event.name), "payload": payload])
    }

    package func control(_ id: RunID, _ control: RunControl) async throws {
      var body: [String: JSONValue] = [:]
      switch control {
      case .pause(let reason), .resume(let reason), .cancel(let reason), .retry(let reason):
        body["reason"] = .string(reason)
      case .restart(let step, let reason): (body["from"], body["reason"]) = (.string(step), .string(reason))
      }
      _ = try await ask("POST", at: ["runs", "\(id)", control.action.rawValue], body: .object(body))
    }

    package func fork(_ id: RunID, from step: String, reason: String) async throws -> StartVerdict {
      let body: JSONValue = ["from": .string(step), "reason": .string(reason)]
      return try Self.verdict(try await ask("POST", at: ["runs", "\(id)", "fork"], body: body, accepting: [409]))
        .verdict
    }

    /// - Returns: as `Erasure` of the API's description.
    package func erase(_ id: RunID, includingParts: Bool) async throws -> JSONValue {
      try await ask("POST", at: ["runs", "\(id)", "erase"], body: ["with_parts": .bool(includingParts)])
    }

    /// Names of a workflow's parameters that are texts.
    package func textParameters(of workflow: String) async throws -> Set<String> {
      let parameters = try await ask(at: ["workflows", workflow])["parameters"]?.elements ?? []
      return Set(parameters.filter { $0["type"]?["type"]?.text == "string" }.compactMap { $0["name"]?.text })
    }

    /// - Returns: each as `Breaker` of the API's description.
    package func breakers() async throws -> [JSONValue] {
      try Self.read(try await ask(at: ["breakers"])["breakers"]?.elements)
    }
  }

  /// A token is for the server that was named, wherever that would send who asks.
  private final class RedirectRefusal: NSObject, URLSessionTaskDelegate {
    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
      completionHandler(nil)
    }
  }
#endif
