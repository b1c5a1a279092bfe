#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// Kind `http`: asks a server.
  ///
  /// ```yaml
  /// announce:
  ///   kind: http
  ///   input:
  ///     method: POST
  ///     url: https://example.org/reports
  ///     headers: { Authorization: "Bearer ${secrets.token}" }
  ///     body: { rows: "${tasks.clean.kept}" }
  /// ```
  ///
  /// | input | type | meaning |
  /// |---|---|---|
  /// | `url` | text | `http` or `https`. |
  /// | `method` | text | `GET`. |
  /// | `query` | object | Added to the URL; texts, numbers, `true` and `false`. |
  /// | `headers` | object of texts | |
  /// | `body` | any | What is sent, |
  /// | `bodyFormat` | `json`, `text`, `form` | as JSON (the default), as it is, or an object as a form. |
  /// | `outputFormat` | `auto`, `json`, `text`, `none` | What the answer's body is taken for; `auto`, the default: as its `Content-Type` says, JSON or text. |
  /// | `expect` | list of integers | Statuses that are no failure; without it 200 … 299. |
  /// | `redirects` | integer | The most that are followed; 5. Credentials are not sent on to another host. |
  /// | `limit` | bytes | The most of the answer; 16 MiB. |
  /// | `timeout` | seconds | For the whole exchange; 60. |
  /// | `idempotencyHeader` | text | `Idempotency-Key`; sent with methods other than GET, HEAD and OPTIONS, the same for all attempts of the step. |
  ///
  /// `traceparent` is sent when the run has one. Output: `status`, `headers` (names in small letters), `body`.
  ///
  /// **Failures.** `HTTP 503`, after the status: another attempt may help for 408, 425, 429 and from 500 (but not 501 and 505), not before the time that `Retry-After` asks for; all others are final. `timeout`, `connection`, `too large` (final),
  /// `too many redirects` (final), `invalid answer`, `invalid input` (final).
  public struct HTTPTask: TaskHandler {
    public let kind = "http"
    private let executor: WorkStealingExecutor

    /// - Parameter executor: its timers end what takes too long.
    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let fields = InputFields(
      .required("url", .string), .optional("method", .string), .optional("query", .object([:])),
      .optional("headers", .object([:])), .optional("body", .any),
      .optional("bodyFormat", .oneOf(["json", "text", "form"])),
      .optional("outputFormat", .oneOf(["auto", "json", "text", "none"])), .optional("expect", .array(.integer)),
      .optional("redirects", .integer), .optional("limit", .integer), .optional("timeout", .number),
      .optional("idempotencyHeader", .string))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      if let url = task.input.source["url"]?.text, !url.contains("${"), Self.url(url, nil) == nil {
        throw WorkflowError(
          .invalidDefinition, "a URL of http or https is expected, not \"\(url)\"", at: place + ".url")
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      let request = try Self.request(input, context)
      let answer = try await Self.exchange(
        request, timeout: try input.seconds("timeout") ?? .seconds(60),
        limit: try input.byteLimit("limit", default: 16 << 20), redirects: input.integer("redirects") ?? 5, executor)
      let isExpected =
        input.list("expect").map { $0.contains(.int(Int64(answer.status))) } ?? (200..<300).contains(answer.status)
      guard isExpected else { throw Self.failure(answer, request) }
      return [
        "status": .int(Int64(answer.status)), "headers": .object(answer.headers.mapValues { .string($0) }),
        "body": try Self.body(answer, input.text("outputFormat") ?? "auto"),
      ]
    }

    private static func exchange(
      _ request: URLRequest, timeout: Duration, limit: Int, redirects: Int, _ executor: WorkStealingExecutor
    ) async throws -> HTTPExchange.Answer {
      let exchange = HTTPExchange(limit: limit, redirectLimit: redirects)
      let timer = executor.schedule(after: timeout) {
        exchange.end(TaskFailure(code: "timeout", "there was no whole answer within \(timeout) (timeout)"))
      }
      defer { timer.cancel() }
      return try await exchange.run(request)
    }

    /// Sends something to a server that need not say more than that it has it.
    ///
    /// - Throws: a ``TaskFailure`` as of the kind `http`, for every status but 200 … 299, redirects included.
    package static func post(
      _ body: [UInt8], to url: String, headers: [String: String], timeout: Duration,
      executor: WorkStealingExecutor = .shared
    ) async throws {
      guard let url = self.url(url, nil) else { throw TaskFailure.invalidInput("a URL of http or https is expected") }
      var request = URLRequest(url: url)
      request.httpMethod = "POST"
      request.httpBody = Data(body)
      for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
      let answer = try await exchange(request, timeout: timeout, limit: 1 << 20, redirects: 0, executor)
      guard (200..<300).contains(answer.status) else { throw failure(answer, request) }
    }

    /// Whether a text is one that ``post(_:to:headers:timeout:executor:)`` takes.
    package static func isURL(_ text: String) -> Bool { url(text, nil) != nil }

    // MARK: What is asked

    private static func request(_ input: TaskInput, _ context: TaskContext) throws(TaskFailure) -> URLRequest {
      guard let url = url(input.text("url")!, input.object("query")) else {
        throw .invalidInput("url: a URL of http or https, and a query of texts and numbers, are expected")
      }
      var request = URLRequest(url: url)
      let method = (input.text("method") ?? "GET").uppercased()
      guard !method.isEmpty, method.allSatisfy({ $0.isASCII && $0.isLetter }) else {
        throw .invalidInput("method: a method's name is expected")
      }
      request.httpMethod = method
      if let traceparent = context.traceparent { request.setValue(traceparent, forHTTPHeaderField: "traceparent") }
      if !["GET", "HEAD", "OPTIONS"].contains(method) {
        request.setValue(
          context.idempotencyKey, forHTTPHeaderField: input.text("idempotencyHeader") ?? "Idempotency-Key")
      }
      if let body = input["body"] {
        let (bytes, type) = try Self.bytes(body, input.text("bodyFormat") ?? "json")
        request.httpBody = Data(bytes)
        request.setValue(type, forHTTPHeaderField: "Content-Type")
      }
      for (name, value) in input.object("headers") ?? [:] {
        guard let text = value.text, !(name + text).contains(where: { $0.isNewline || $0 == "\0" }) else {
          throw .invalidInput("headers.\(name): a text of one line is expected")
        }
        request.setValue(text, forHTTPHeaderField: name)
      }
      return request
    }

    private static func url(_ text: String, _ query: [String: JSONValue]?) -> URL? {
      guard var parts = URLComponents(string: text), parts.host?.isEmpty == false,
        ["http", "https"].contains(parts.scheme?.lowercased())
      else { return nil }
      if let query {
        guard let pairs = pairs(query) else { return nil }
        let encoded = parts.percentEncodedQuery.map { $0 + "&" } ?? ""
        parts.percentEncodedQuery = encoded + pairs
      }
      return parts.url
    }

    /// `a=1&b=x%20y`, by name; nil if a value is a list or an object.
    private static func pairs(_ members: [String: JSONValue]) -> String? {
      var allowed = CharacterSet.alphanumerics
      allowed.formIntersection(CharacterSet(charactersIn: Unicode.Scalar(0)...Unicode.Scalar(127)))
      allowed.insert(charactersIn: "-._~")
      func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: allowed)! }
      var pairs: [String] = []
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .null: continue
        case .array, .object: return nil
        default: pairs.append("\(encoded(name))=\(encoded(value.text ?? value.description))")
        }
      }
      return pairs.joined(separator: "&")
    }

    private static func bytes(
      _ body: JSONValue, _ format: String
    ) throws(TaskFailure) -> (bytes: [UInt8], type: String) {
      switch (format, body) {
      case ("json", _): return (body.json, "application/json")
      case ("text", .string(let text)): return (Array(text.utf8), "text/plain; charset=utf-8")
      case ("form", .object(let members)):
        if let pairs = pairs(members) { return (Array(pairs.utf8), "application/x-www-form-urlencoded") }
        throw .invalidInput("body: an object of texts and numbers is expected for form")
      default:
        throw .invalidInput(
          "body: \(format == "text" ? "a text" : "an object") is expected for \(format), not \(body.kindOfValue)")
      }
    }

    // MARK: What is answered

    private static func body(_ answer: HTTPExchange.Answer, _ format: String) throws(TaskFailure) -> JSONValue {
      let isJSON =
        answer.headers["content-type"]?.lowercased().split(separator: ";").first?.hasSuffix("json") ?? false
      if format == "none" || answer.body.isEmpty { return .null }
      if format == "json" || format == "auto" && isJSON {
        do {
          return try JSONValue(json: answer.body)
        } catch {
          throw TaskFailure(code: "invalid answer", "the answer is \(error.message)")
        }
      }
      guard let text = String(validating: answer.body, as: UTF8.self) else {
        throw TaskFailure(code: "invalid answer", "the answer is not UTF-8 text")
      }
      return .string(text)
    }

    private static func failure(_ answer: HTTPExchange.Answer, _ request: URLRequest) -> TaskFailure {
      let status = answer.status
      let mayPass = [408, 425, 429].contains(status) || status >= 500 && status != 501 && status != 505
      let host = request.url?.host ?? ""
      let start = String(decoding: answer.body.prefix(300), as: UTF8.self)
      return TaskFailure(
        code: "HTTP \(status)", "\(host) answered \(status)\(start.isEmpty ? "" : ": \(start)")", isRetryable: mayPass,
        retryAfter: mayPass ? answer.headers["retry-after"].flatMap { retryAfter($0, now: Date()) } : nil)
    }

    /// Seconds, or a date as HTTP writes it.
    static func retryAfter(_ text: String, now: Date) -> Duration? {
      if let seconds = Int64(text) { return seconds >= 0 ? .seconds(seconds) : nil }
      let format = DateFormatter()
      format.locale = Locale(identifier: "en_US_POSIX")
      format.timeZone = TimeZone(identifier: "GMT")
      format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
      return format.date(from: text).map { .seconds(max(0, $0.timeIntervalSince(now))) }
    }
  }
#endif
