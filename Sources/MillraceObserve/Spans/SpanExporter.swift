#if Workflow
  import Foundation
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization
  import Tracing

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// Sends spans to a collector by OTLP over HTTP, as JSON: in batches, from a buffer that is bounded.
  ///
  /// ```swift
  /// import Foundation
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// let exporter = SpanExporter(to: URL(string: "http://127.0.0.1:4318")!)
  /// var configuration = WorkflowEngine.Configuration()
  /// configuration.tracer = RunTraces(exporter)
  /// ```
  ///
  /// A batch that the collector cannot take now is sent again, later and later; one that it refuses, and spans for which there is no room meanwhile, are thrown away and counted. Call ``shutdown(within:)`` when the engine has ended. Any thread.
  public final class SpanExporter: SpanSink {
    public struct Configuration: Sendable {
      /// `service.name` of the resource.
      public var serviceName = "millrace"
      /// Of the resource, too.
      public var resource: [String: String] = [:]
      /// Sent with each request: what a collector wants to know who sends.
      public var headers: [String: String] = [:]
      /// The most spans of a request.
      public var batchLimit = 512
      /// The most spans that wait.
      public var bufferLimit = 8192
      /// How long a span waits for others.
      public var period = Duration.seconds(1)
      /// Of one request.
      public var timeout = Duration.seconds(10)
      /// For one batch.
      public var attempts = 5
      /// Before the second attempt; then twice as long each, unless the collector says otherwise.
      public var pause = Duration.seconds(1)
      /// Hides secrets in names, attributes and errors.
      public var redactor: Redactor?
      /// Told what was thrown away, and why.
      public var report: (@Sendable (String) -> Void)?

      public init() {}
    }

    /// Spans so far.
    public struct Counts: Sendable, Hashable {
      public var exported = 0
      public var dropped = 0
      /// They wait.
      public var buffered = 0
    }

    private struct State {
      var buffer: [FinishedSpan] = []
      var counts = Counts()
      var isFull = false
      var worker: Task<Void, Never>?
      var isEnding = false
    }

    private let address: URL
    private let configuration: Configuration
    private let resource: [(key: String, value: SpanAttribute)]
    private let state = Mutex(State())
    private let changed = ChangeSignal()

    /// - Parameter endpoint: of the collector; `/v1/traces` is added.
    /// - Precondition: limits and attempts are positive.
    public init(to endpoint: URL, configuration: Configuration = Configuration()) {
      precondition(
        configuration.batchLimit > 0 && configuration.bufferLimit > 0 && configuration.attempts > 0,
        "SpanExporter: positive limits and attempts are expected; found \(configuration)")
      address = endpoint.appending(path: "v1/traces")
      self.configuration = configuration
      resource =
        [("service.name", .string(configuration.serviceName))]
        + configuration.resource.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }
    }

    public var counts: Counts {
      state.withLock { state in
        var counts = state.counts
        counts.buffered = state.buffer.count
        return counts
      }
    }

    public func add(_ span: FinishedSpan) {
      let (signals, isFull) = state.withLock { state -> (Bool, Bool) in
        if state.isEnding || state.buffer.count >= configuration.bufferLimit {
          state.counts.dropped += 1
          defer { state.isFull = true }
          return (false, !state.isFull)
        }
        state.buffer.append(span)
        if state.worker == nil {
          state.worker = Task { [weak self] in
            while let self, await self.work() {}
          }
        }
        return (state.buffer.count == configuration.batchLimit, false)
      }
      if signals { changed.raise() }
      if isFull { configuration.report?("spans are thrown away: the buffer of \(configuration.bufferLimit) is full") }
    }

    /// Sends what there is, for so long at most; what is left then, and what comes later, is thrown away.
    public func shutdown(within time: Duration = .seconds(5)) async {
      let worker = state.withLock { state in
        state.isEnding = true
        return state.worker
      }
      changed.raise()
      guard let worker else { return }
      let limit = Task {
        try await TimerClock().sleep(for: time)
        worker.cancel()
      }
      await worker.value
      limit.cancel()
      let left = state.withLock { state in
        defer { state.buffer = [] }
        state.counts.dropped += state.buffer.count
        return state.buffer.count
      }
      if left > 0 { configuration.report?("\(left) spans are thrown away: the collector did not take them in time") }
    }

    // MARK: -

    /// Waits for spans, and sends a batch. One at a time.
    ///
    /// - Returns: whether there may be more.
    private func work() async -> Bool {
      let version = changed.version
      let next = state.withLock { state -> (count: Int, isEnding: Bool)? in
        if state.buffer.isEmpty || state.isEnding && Task.isCancelled {
          // The next span begins another.
          state.worker = nil
          return nil
        }
        return (state.buffer.count, state.isEnding)
      }
      guard let (count, isEnding) = next else { return false }
      if !isEnding, count < configuration.batchLimit {
        do {
          try await changed.wait(after: version, atMost: configuration.period, by: SystemWallClock())
        } catch {
          return true
        }
      }
      let batch = state.withLock { state in
        let batch = Array(state.buffer.prefix(configuration.batchLimit))
        state.buffer.removeFirst(batch.count)
        state.isFull = false
        return batch
      }
      if !batch.isEmpty { await send(batch) }
      return true
    }

    private func send(_ batch: [FinishedSpan]) async {
      var spans = batch
      if let redactor = configuration.redactor { spans = spans.map { $0.redacted(by: redactor) } }
      var request = URLRequest(url: address, timeoutInterval: configuration.timeout / .seconds(1))
      request.httpMethod = "POST"
      for (name, value) in configuration.headers { request.setValue(value, forHTTPHeaderField: name) }
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
      request.httpBody = Data(OTLPEncoder.request(spans, resource: resource, version: "0.1.0"))
      var pause = configuration.pause
      var reason = ""
      for attempt in 1...configuration.attempts {
        do {
          let (body, response) = try await HTTPClient.send(request)
          switch response.statusCode {
          case 200..<300: return accepted(batch.count, body)
          case 429, 502, 503, 504:
            reason = "the collector has answered with status \(response.statusCode)"
            if let seconds = response.value(forHTTPHeaderField: "Retry-After").flatMap({ Int($0) }) {
              pause = max(pause, .seconds(min(seconds, 60)))
            }
          default: return drop(batch.count, "the collector has answered with status \(response.statusCode)")
          }
        } catch is CancellationError {
          return drop(batch.count, "the collector did not take them in time")
        } catch {
          reason = "\(error.localizedDescription)"
        }
        if attempt < configuration.attempts {
          do { try await TimerClock().sleep(for: pause) } catch { break }
          pause = pause * 2
        }
      }
      drop(batch.count, reason)
    }

    /// A collector may take a part, and say how much it has refused.
    private func accepted(_ count: Int, _ body: Data) {
      let partial = (try? JSONValue(json: body))?["partialSuccess"]
      // 64-bit integers are text in the mapping; some send numbers.
      let refused = partial?["rejectedSpans"].flatMap { $0.text.flatMap { Int($0) } ?? $0.integer } ?? 0
      state.withLock { state in
        state.counts.exported += count - min(count, refused)
      }
      if refused > 0 { drop(min(count, refused), partial?["errorMessage"]?.text ?? "the collector has refused them") }
    }

    private func drop(_ count: Int, _ reason: String) {
      state.withLock { $0.counts.dropped += count }
      configuration.report?("\(count) spans are thrown away: \(reason)")
    }
  }

  extension FinishedSpan {
    /// Without secrets in names, attributes and errors.
    public func redacted(by redactor: Redactor) -> FinishedSpan {
      func redact(_ attributes: [(key: String, value: SpanAttribute)]) -> [(key: String, value: SpanAttribute)] {
        attributes.map { key, value in
          switch value {
          case .string(let text): (key, .string(redactor.redact(text)))
          case .stringArray(let texts): (key, .stringArray(texts.map { redactor.redact($0) }))
          case .stringConvertible(let value): (key, .string(redactor.redact("\(value)")))
          case .stringConvertibleArray(let values): (key, .stringArray(values.map { redactor.redact("\($0)") }))
          default: (key, value)
          }
        }
      }
      var span = self
      span.name = redactor.redact(name)
      span.attributes = redact(attributes)
      for place in span.events.indices {
        span.events[place].name = redactor.redact(events[place].name)
        span.events[place].attributes = redact(events[place].attributes)
      }
      for place in span.links.indices { span.links[place].attributes = redact(links[place].attributes) }
      if case .error(let text) = status { span.status = .error(redactor.redact(text)) }
      return span
    }
  }
#endif
