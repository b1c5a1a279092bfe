#if Workflow
  import MillraceWorkflow

  /// What an engine and its store hold at a moment: what gauges show, and alerts are judged by.
  public struct EngineSample: Sendable {
    /// How far a group of consumers is behind the head of a topic.
    public struct Lag: Sendable, Hashable {
      public var topic: String
      public var group: String
      public var events: Int

      public init(topic: String, group: String, events: Int) {
        (self.topic, self.group, self.events) = (topic, group, events)
      }
    }

    public var at: Timestamp
    public var load: EngineLoad
    /// Runs that have not ended.
    public var runs: [RunState: Int]
    /// Events that wait in the outbox, ``EngineSampler/outboxLimit`` at most.
    public var outboxEvents: Int
    public var lags: [Lag]
  }

  /// Looks at an engine and its store.
  public struct EngineSampler: Sendable {
    private let engine: WorkflowEngine
    private let store: any RunStore
    private let stream: (any EventStream)?
    private let topics: [String]
    private let wallClock: any WallClock

    /// Counting more would cost more than it tells.
    public static let outboxLimit = 1000

    /// - Parameter topics: whose consumers are looked at; none without a stream.
    public init(
      _ engine: WorkflowEngine, store: any RunStore, stream: (any EventStream)? = nil, topics: [String] = [],
      wallClock: any WallClock = SystemWallClock()
    ) {
      (self.engine, self.store, self.stream, self.topics, self.wallClock) = (engine, store, stream, topics, wallClock)
    }

    public var load: EngineLoad { engine.load }

    /// - Throws: what the store and the stream throw.
    public func sample() async throws -> EngineSample {
      var runs: [RunState: Int] = [:]
      for state in RunState.allCases where !state.isFinal {
        var query = RunQuery()
        query.states = [state]
        runs[state] = try await store.count(query)
      }
      var lags: [EngineSample.Lag] = []
      for topic in topics {
        var groups: [String: Int] = [:]
        for position in try await stream?.consumers(of: topic) ?? [] {
          groups[position.consumer.group] = max(groups[position.consumer.group] ?? 0, position.lag)
        }
        lags += groups.sorted { $0.key < $1.key }.map {
          EngineSample.Lag(topic: topic, group: $0.key, events: $0.value)
        }
      }
      return EngineSample(
        at: wallClock.now, load: engine.load, runs: runs,
        outboxEvents: try await store.outbox(after: 0, limit: Self.outboxLimit).count, lags: lags)
    }
  }
#endif
