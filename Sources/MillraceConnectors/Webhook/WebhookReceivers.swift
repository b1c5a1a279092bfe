#if Workflow
  import MillraceWorkflow

  /// The receivers of all webhooks that workflows' triggers name, for a server that has them at `/hooks/` and the name.
  public struct WebhookReceivers: Sendable {
    private let receivers: [String: WebhookReceiver]

    /// - Parameter stream: where the triggers' ``ConnectorDefinition/source(named:store:stream:vault:)`` reads.
    /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a name that is used with two secrets or keys; what the vault says when it does not have a secret.
    public init(of definitions: [WorkflowDefinition], vault: Vault, stream: any EventStream) async throws {
      var named: [String: (secret: String, key: String?)] = [:]
      for definition in definitions {
        for trigger in definition.triggers {
          guard case .connector(.webhook(let name, let secret, let key)) = trigger.source else { continue }
          if let other = named[name], other != (secret, key) {
            throw WorkflowError(
              .invalidDefinition, "the webhook \"\(name)\" is used elsewhere with another secret or key",
              at: "\(definition.name).triggers.\(trigger.name)")
          }
          named[name] = (secret, key)
        }
      }
      var receivers: [String: WebhookReceiver] = [:]
      for (name, (secret, key)) in named {
        var configuration = WebhookReceiver.Configuration()
        configuration.key = key
        receivers[name] = WebhookReceiver(
          name, secret: try await vault.secret(named: secret), stream: stream, configuration: configuration)
      }
      self.receivers = receivers
    }

    /// In alphabetical order.
    public var names: [String] { receivers.keys.sorted() }

    /// As the receiver of this name answers; 404 without one.
    public func handle(_ name: String, headers: [String: String], body: [UInt8]) async -> WebhookReceiver.Answer {
      guard let receiver = receivers[name] else { return WebhookReceiver.answer(404, "there is no such webhook") }
      return await receiver.handle(headers: headers, body: body)
    }
  }
#endif
