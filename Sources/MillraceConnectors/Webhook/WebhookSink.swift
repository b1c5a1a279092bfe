#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Synchronization

  /// Sends events to a server that wants to hear of them, signed as the Standard Webhooks specification says.
  ///
  /// ```swift
  /// import MillraceConnectors
  /// import MillraceWorkflow
  /// func tellShop(_ stream: any EventStream, _ store: any RunStore, _ secret: Secret) async throws {
  ///   let sink = try WebhookSink("https://shop.example/hooks/orders", secret: secret)
  ///   let runner = ConnectorRunner(
  ///     "shop", StreamSource(stream, topic: "orders"), target: .sink(sink),
  ///     deadLetters: DeadLetters(of: "shop", store: store))
  ///   try await runner.run()  // until its task is cancelled
  /// }
  /// ```
  ///
  /// A POST for each event, with JSON: `type` (the topic), `key` and `data` (the payload). `webhook-id` is the event's id, the same whenever it is sent: the server recognises by it what comes twice.
  ///
  /// A server that does not answer, or says that it cannot now (408, 425, 429, 502, 503, 504), is waited for, at least as long as it asks; other statuses from 500 count against the event. A circuit breaker keeps both from being tried too often.
  public final class WebhookSink: EventSink {
    public struct Configuration: Sendable {
      /// Of one exchange.
      public var timeout = Duration.seconds(30)
      public var circuit = CircuitPolicy()
      /// Sent as well.
      public var headers: [String: String] = [:]
      public var wallClock: any WallClock = SystemWallClock()

      public init() {}
    }

    private struct State {
      var breaker: CircuitBreaker
      /// The server has asked not to be asked before.
      var notBefore: Timestamp?
    }

    private let url: String
    /// For errors.
    private let place: String
    private let signature: WebhookSignature
    private let configuration: Configuration
    private let state: Mutex<State>

    /// - Throws: ``WorkflowError/Code/invalidInput`` for what is no URL of http or https.
    public init(_ url: String, secret: Secret, configuration: Configuration = Configuration()) throws(WorkflowError) {
      guard HTTPTask.isURL(url) else {
        throw WorkflowError(.invalidInput, "a URL of http or https is expected, not \"\(ShownURL.text(url))\"")
      }
      self.url = url
      place = ShownURL.text(url)
      signature = WebhookSignature(secret)
      self.configuration = configuration
      state = Mutex(State(breaker: CircuitBreaker(policy: configuration.circuit)))
    }

    /// Of the breaker, for people and metrics.
    public var circuit: CircuitBreaker.State { state.withLock { $0.breaker.state } }

    public func send(_ events: [OutboxEvent]) async throws {
      for event in events { try await send(event) }
    }

    private func send(_ event: OutboxEvent) async throws {
      guard !event.id.contains(where: { $0.isNewline || $0 == "\0" }) else {
        throw TaskFailure(code: "invalid id", "an id of one line is expected", isRetryable: false)
      }
      let body = Payload([
        "type": .string(event.topic), "key": .string(event.key),
        "data": event.payload.bytes.isEmpty ? .null : try event.payload.value(),
      ]).bytes
      let pass = try pass()
      let clock = configuration.wallClock
      let seconds = clock.now.microseconds / 1_000_000
      var headers = configuration.headers
      headers["Content-Type"] = "application/json"
      headers[WebhookSignature.idHeader] = event.id
      headers[WebhookSignature.timestampHeader] = "\(seconds)"
      headers[WebhookSignature.signatureHeader] = signature.sign(id: event.id, seconds: seconds, body)
      do {
        try await HTTPTask.post(body, to: url, headers: headers, timeout: configuration.timeout)
        state.withLock { _ = $0.breaker.succeeded(pass, at: clock.now) }
      } catch let failure as TaskFailure {
        let now = clock.now
        state.withLock { state in
          // What is wrong with the event says that the server works.
          if failure.isRetryable {
            state.breaker.failed(pass, at: now)
          } else {
            state.breaker.succeeded(pass, at: now)
          }
          if let pause = failure.retryAfter { state.notBefore = now.advanced(by: pause) }
        }
        if Self.passing.contains(failure.code) {
          throw WorkflowError(.unreachable, failure.message, at: place, underlying: failure)
        }
        throw failure
      } catch {
        state.withLock { $0.breaker.abandoned(pass) }
        throw error
      }
    }

    /// - Throws: ``WorkflowError/Code/unreachable`` while the server is not to be asked.
    private func pass() throws -> CircuitBreaker.Pass {
      let now = configuration.wallClock.now
      return try state.withLock { state in
        if let until = state.notBefore {
          if now < until {
            throw WorkflowError(.unreachable, "the server has asked not to be asked before \(until)", at: place)
          }
          state.notBefore = nil
        }
        switch state.breaker.request(at: now) {
        case .passed(let pass): return pass
        case .refused: throw WorkflowError(.unreachable, "it has failed too often: its circuit is open", at: place)
        }
      }
    }

    private static let passing: Set = [
      "connection", "timeout", "HTTP 408", "HTTP 425", "HTTP 429", "HTTP 502", "HTTP 503", "HTTP 504",
    ]
  }
#endif
