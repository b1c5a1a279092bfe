/// What an engine has under way at a moment, and in which state its queues, breakers and leases are.
public struct EngineLoad: Sendable {
  public struct Queue: Sendable, Hashable {
    public var policy: QueuePolicy
    /// Attempts that wait, in the queue and outside of it.
    public var waiting: Int
    public var running: Int

    public init(policy: QueuePolicy, waiting: Int, running: Int) {
      (self.policy, self.waiting, self.running) = (policy, waiting, running)
    }
  }

  public struct HeldLease: Sendable, Hashable {
    public var role: LeaseRole
    /// When it was asked for last, by the engine's clock.
    public var renewed: Timestamp
    /// Until when it may be relied upon, by the engine's clock.
    public var ends: Timestamp
  }

  /// In memory: those with an attempt, or a commit, under way.
  public var runs = 0
  /// By name.
  public var queues: [String: Queue] = [:]
  /// By the name of the dependency.
  public var circuits: [String: CircuitBreaker.Snapshot] = [:]
  /// In order of their roles; empty without leases.
  public var leases: [HeldLease] = []
  /// nil: the engine shares its store with nobody.
  public var owner: String?

  public init() {}
}

extension WorkflowEngine {
  /// What the engine has under way now. Asks no store.
  public var load: EngineLoad {
    var load = EngineLoad()
    load.runs = state.withLock { $0.drivers.count }
    load.queues = gatekeeper.inspectedQueues.mapValues {
      EngineLoad.Queue(policy: $0.policy, waiting: $0.waiting, running: $0.running)
    }
    load.circuits = gatekeeper.circuits
    if let keeper {
      load.owner = keeper.leasing.owner
      load.leases = keeper.held
    }
    return load
  }
}
