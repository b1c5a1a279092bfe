#if Workflow
  import MillraceSQLite
  import MillraceWorkflow

  extension ConnectorDefinition {
    /// What a trigger's source names. Nothing is reached out to yet.
    ///
    /// - Parameters:
    ///   - name: the source's in the store, of which no other has the same.
    ///   - stream: where webhooks bring what they get.
    /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a kind that this program was built without.
    public func source(
      named name: String, store: any RunStore, stream: any EventStream
    ) throws(WorkflowError) -> any EventSource {
      switch self {
      case .lines(let path, let json, let key, let id):
        return LineSource(name, path: path, format: json ? .json(key: key, id: id) : .text, store: store)
      case .table(let database, let table, let column, let key):
        return TableSource(name, database: database, table: table, column: column, key: key, store: store)
      case .queue(let database, let table): return QueueSource(table, database: database)
      case .webhook(let name, _, _): return StreamSource(stream, topic: WebhookReceiver.topic(of: name))
      case .nats(let url, let stream, let subject):
        #if NATS
          return NATSSource(url: url, stream: stream, subject: subject)
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
    /// - Parameter stream: where webhooks bring what they get.
    public mutating func connectOutside(store: any RunStore, stream: any EventStream) {
      connect = { definition, name throws(WorkflowError) in
        try definition.source(named: name, store: store, stream: stream)
      }
    }
  }
#endif
