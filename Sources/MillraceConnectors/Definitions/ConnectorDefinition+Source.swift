#if Workflow
  import MillraceSQLite
  import MillraceWorkflow

  extension ConnectorDefinition {
    /// What a trigger's source names. Nothing is reached out to yet.
    ///
    /// - Parameters:
    ///   - name: the source's in the store, of which no other has the same.
    ///   - stream: where webhooks bring what they get.
    ///   - vault: asked for the secrets of servers when they are connected to.
    /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a kind that this program was built without.
    public func source(
      named name: String, store: any RunStore, stream: any EventStream, vault: Vault
    ) throws(WorkflowError) -> any EventSource {
      switch self {
      case .lines(let path, let json, let key, let id):
        return LineSource(name, path: path, format: json ? .json(key: key, id: id) : .text, store: store)
      case .table(let database, let table, let column, let key):
        return TableSource(name, database: database, table: table, column: column, key: key, store: store)
      case .queue(let database, let table): return QueueSource(table, database: database)
      case .webhook(let name, _, _): return StreamSource(stream, topic: WebhookReceiver.topic(of: name))
      case .nats(let url, let stream, let subject, let secret):
        #if NATS
          var credentials: (@Sendable () async throws -> Secret)?
          if let secret { credentials = { try await vault.secret(named: secret) } }
          return NATSSource(url: url, stream: stream, subject: subject, credentials: credentials)
        #else
          throw Self.missing("NATS")
        #endif
      case .kafka(let brokers, let topic):
        #if Kafka
          return KafkaSource(brokers: brokers, topic: topic)
        #else
          throw Self.missing("Kafka")
        #endif
      }
    }

    private static func missing(_ trait: String) -> WorkflowError {
      WorkflowError(.invalidDefinition, "this program was built without the trait \(trait)")
    }
  }

  extension TriggerRunner.Configuration {
    /// Connects triggers to all sources outside that this program was built with.
    ///
    /// - Parameters:
    ///   - stream: where webhooks bring what they get.
    ///   - vault: asked for the secrets of servers when they are connected to.
    public mutating func connectOutside(store: any RunStore, stream: any EventStream, vault: Vault) {
      connect = { definition, name throws(WorkflowError) in
        try definition.source(named: name, store: store, stream: stream, vault: vault)
      }
    }
  }
#endif
