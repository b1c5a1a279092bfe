import Millrace

extension WorkflowEngine {
  /// Makes a graph of tasks known. New runs get the definition that was registered last under its name; those under way finish on theirs, which is stored with them.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``, with all that is wrong.
  /// - Returns: the worst that a run can come to.
  @discardableResult
  public func register(_ definition: WorkflowDefinition) throws(WorkflowError) -> WorkflowBounds {
    try register(try definition.check(kinds: kinds))
  }

  /// Makes a graph known that has been checked for the kinds of this engine.
  @discardableResult
  public func register(_ checked: CheckedDefinition) throws(WorkflowError) -> WorkflowBounds {
    try register(GraphProgram(checked, handlers: kinds, vault: configuration.vault))
    return checked.bounds
  }

  /// Kinds of task that graphs may use, besides the engine's own.
  public var kinds: [String: any TaskHandler] {
    Dictionary(configuration.handlers.map { ($0.kind, $0) }) { _, last in last }
  }

  /// The program of a run: one that is registered, or the definition that the run was started with and that the store has kept.
  func findProgram(of record: RunRecord, in store: any RunStore) async throws -> (any RunProgram)? {
    try await findProgram(named: record.workflow, record.definition, in: store)
  }

  func findProgram(named workflow: String, _ hash: ContentHash, in store: any RunStore) async throws
    -> (any RunProgram)?
  {
    if let program = state.withLock({ $0.programs[workflow]?[hash] }) { return program }
    let name = DocumentName("definitions", "\(hash)")
    guard let document = try await store.document(name),
      let definition = try? WorkflowDefinition(json: document.value.bytes)
    else { return nil }
    let program = GraphProgram(try definition.check(kinds: kinds), handlers: kinds, vault: configuration.vault)
    guard program.hash == hash else {
      throw WorkflowError(
        .storeDamaged, "a stored definition of \(workflow) is not what its name says", at: name.key)
    }
    try keep(program, isStored: true)
    return program
  }

  func storeDefinition(of program: any RunProgram) async throws {
    guard !state.withLock({ $0.storedDefinitions.contains(program.hash) }) else { return }
    _ = try await store(of: program).setDocument(
      DocumentName("definitions", "\(program.hash)"), to: program.source, expected: nil,
      durability: min(program.durability, store(of: program).durability))
    try await storeName(of: program)
    state.withLock { _ = $0.storedDefinitions.insert(program.hash) }
  }
}
