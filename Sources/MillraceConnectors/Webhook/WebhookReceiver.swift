#if Workflow
  import Foundation
  import MillraceWorkflow

  /// What others send by HTTP becomes events of a topic: verified, not older than a window, each once.
  ///
  /// ```swift
  /// import MillraceConnectors
  /// import MillraceWorkflow
  /// func shop(_ stream: any EventStream, _ vault: Vault) async throws -> WebhookReceiver {
  ///   WebhookReceiver("shop", secret: try await vault.secret(named: "shop"), stream: stream)
  /// }
  /// ```
  ///
  /// Has nothing of a server: whoever has one gives it headers and body, and answers what it says. Senders sign as the Standard Webhooks specification says (``WebhookSink`` does).
  ///
  /// | answer | when |
  /// |---|---|
  /// | 202 | the event is in the stream for good, now or since it came before |
  /// | 400 | an id, a timestamp or JSON is missing |
  /// | 401 | the signature is wrong, or the timestamp outside of the window |
  /// | 413 | the body is too large |
  /// | 503 | the stream cannot take it now: send it again |
  public struct WebhookReceiver: Sendable {
    public struct Configuration: Sendable {
      /// How far a timestamp may be from now, before or after.
      public var window = Duration.seconds(300)
      public var bodyBytes = 1 << 20
      /// The member of a body whose text, or integer, is the event's key; nil: all have the same, so that they stay in order.
      public var key: String?
      public var wallClock: any WallClock = SystemWallClock()

      public init() {}
    }

    /// A status of HTTP, and JSON.
    public typealias Answer = (status: Int, body: [UInt8])

    public let name: String
    private let signature: WebhookSignature
    private let stream: any EventStream
    private let configuration: Configuration

    public init(
      _ name: String, secret: Secret, stream: any EventStream, configuration: Configuration = Configuration()
    ) {
      self.name = name
      signature = WebhookSignature(secret)
      self.stream = stream
      self.configuration = configuration
    }

    /// Where its events are.
    public var topic: String { Self.topic(of: name) }

    /// Where the events of the receiver of a name are.
    public static func topic(of name: String) -> String { "hooks.\(name)" }

    /// The most bytes that it looks at: a server need not read more.
    public var bodyBytes: Int { configuration.bodyBytes }

    /// Any task, at any time.
    ///
    /// - Parameter headers: names in letters of either case.
    public func handle(headers: [String: String], body: [UInt8]) async -> Answer {
      guard body.count <= configuration.bodyBytes else {
        return Self.answer(413, "the body has more than \(configuration.bodyBytes) bytes")
      }
      let headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
      guard let id = headers[WebhookSignature.idHeader], (1...256).contains(id.utf8.count) else {
        return Self.answer(400, "expected \(WebhookSignature.idHeader): 1 to 256 bytes that name the event")
      }
      guard let text = headers[WebhookSignature.timestampHeader], let seconds = Int64(text) else {
        return Self.answer(400, "expected \(WebhookSignature.timestampHeader): seconds since 1970")
      }
      // Before anything is said about what else is wrong: only who knows the secret is told.
      guard
        signature.isValid(headers[WebhookSignature.signatureHeader] ?? "", id: id, seconds: seconds, body)
      else { return Self.answer(401, "the signature is not that of this body") }
      let now = configuration.wallClock.now.microseconds / 1_000_000
      let window = configuration.window.components.seconds
      guard seconds >= now - window, seconds <= now + window else {
        return Self.answer(401, "the timestamp is more than \(window) s from now")
      }
      let payload = Payload(body)
      var event = OutboxEvent(id: id, topic: topic, key: name, payload: payload)
      do {
        let value = try payload.value()
        if let key = configuration.key {
          switch value[key] {
          case .string(let text)?: event.key = text
          case .int(let number)?: event.key = "\(number)"
          default: return Self.answer(400, "expected a member \"\(key)\" with a text or an integer")
          }
        }
      } catch {
        return Self.answer(400, "expected JSON: \(error.message)")
      }
      do {
        // Not waiting: the sender comes again, and a full topic must not fill the server.
        _ = try await stream.append([event], whenFull: .error)
        return (202, Payload(["id": .string(id)]).bytes)
      } catch {
        return Self.answer(503, "the event cannot be stored at the moment: send it again")
      }
    }

    static func answer(_ status: Int, _ error: String) -> Answer {
      (status, Payload(["error": .string(error)]).bytes)
    }
  }
#endif
