import Millrace

/// What is known of a workflow that is registered, or that a run was started with: for pages and tools.
package struct KnownWorkflow: Sendable {
  package let name: String
  package let hash: ContentHash
  package let durability: Durability
  package let bounds: RunBounds
  package let deadline: Duration
  package let eventNames: Set<String>
  package let pauseAfterErrors: Int?
  package let queues: [String]
  package let circuits: [String]
  package let resources: [String]
  /// Of a graph of tasks; nil for a state machine.
  package let checked: CheckedDefinition?
  /// Of a state machine, as it is written down with its runs; null for a graph.
  package let machine: JSONValue

  init(_ program: any RunProgram) {
    name = program.name
    hash = program.hash
    durability = program.durability
    bounds = program.bounds
    deadline = program.deadline
    eventNames = program.eventNames
    pauseAfterErrors = program.pauseAfterErrors
    queues = program.queues.keys.sorted()
    circuits = program.circuits.keys.sorted()
    resources = program.resources.keys.sorted()
    checked = (program as? GraphProgram)?.checked
    machine = checked == nil ? (try? program.source.value()) ?? .null : .null
  }
}

extension WorkflowEngine {
  /// Those that new runs can be started of, by name.
  package var workflows: [KnownWorkflow] {
    let programs = state.withLock { state in
      state.current.compactMap { name, hash in state.programs[name]?[hash] }
    }
    return programs.map(KnownWorkflow.init).sorted { $0.name < $1.name }
  }

  /// The definition that a run runs on; nil if it is not registered, and not stored.
  package func workflow(of record: RunRecord) async throws -> KnownWorkflow? {
    for store in stores {
      if let program = try await findProgram(of: record, in: store) { return KnownWorkflow(program) }
    }
    return nil
  }

  /// A run, from whichever store has it, readable.
  package func storedRun(_ id: RunID) async throws -> (run: StoredRun, store: any RunStore)? { try await load(id) }

  /// The store, and that of runs that nothing survives if it is another.
  package var allStores: [any RunStore] { stores }

  /// Secrets must not be shown: this one knows them.
  package var redactor: Redactor { configuration.vault.redactor }

  /// On which steps run.
  package var taskExecutor: any TaskExecutor { executor }

  /// Runs that are in memory.
  package var liveRunCount: Int { state.withLock { $0.drivers.count } }

  package var inspectedQueues: [String: (policy: QueuePolicy, waiting: Int, running: Int)] {
    gatekeeper.inspectedQueues
  }

  package var inspectedCircuits: [String: CircuitBreaker] { gatekeeper.breakers }

  package var inspectedResources: [String: (units: Int, free: Int, waiting: Int)] { gatekeeper.inspectedResources }
}
