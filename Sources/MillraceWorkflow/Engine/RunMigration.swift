import Foundation

/// What becomes of runs that an older definition of a workflow has begun, when a newer one is registered with ``WorkflowEngine/register(_:migrating:)``.
///
/// Without a migration they finish on the definition that they have begun with.
public struct RunMigration: Sendable {
  enum Kind: Sendable {
    case asTheyAre
    case by(@Sendable (inout MigratingRun) throws -> Void)
  }

  let kind: Kind

  /// They go on with the newer definition, as if they had begun with it. Registration is refused when that is not so for one of them: see ``CheckedDefinition/obstacles(toMovingFrom:steps:)``.
  public static let asTheyAre = RunMigration(kind: .asTheyAre)

  /// They are given what `body` makes of them.
  ///
  /// Called once at each attempt to move a run, on any thread; must depend on the run alone. A run for which it throws, or of which it makes something that the newer definition does not take, stays on its own definition, and that is observed as `migration trouble`.
  public static func by(_ body: @escaping @Sendable (inout MigratingRun) throws -> Void) -> RunMigration {
    RunMigration(kind: .by(body))
  }

  /// For state machines: the state is given and taken by its types, and the status by its name.
  ///
  /// ```swift
  /// import MillraceWorkflow
  /// struct OldOrder: Codable, Sendable { var item: String }
  /// struct Order: Codable, Sendable { var items: [String] }
  /// let migration = RunMigration.states { (old: OldOrder, status) in
  ///   if status == "placed" { status = "received" }
  ///   return Order(items: [old.item])
  /// }
  /// ```
  public static func states<Old: Decodable & Sendable, New: Encodable & Sendable>(
    _ body: @escaping @Sendable (_ old: Old, _ status: inout String) throws -> New
  ) -> RunMigration {
    .by { run in
      let old = try JSONDecoder().decode(Old.self, from: Data(run.payload.json))
      let new = try body(old, &run.status)
      run.payload = try Payload(encoding: new).value()
    }
  }
}

/// A run on its way to another definition.
public struct MigratingRun: Sendable, Hashable {
  public let id: RunID
  public let key: String
  /// The definition that it has begun with.
  public let definition: ContentHash
  /// Of a state machine. Another one is entered as by a step; at the same one the run stays as it is.
  public var status: String
  /// The state of a state machine; the parameters of a graph.
  public var payload: JSONValue
  /// What steps of a graph have given, by their names. One that is added counts as succeeded, one that is removed is done again, if the newer definition has such a task.
  public var outputs: [String: JSONValue]

  init(_ run: StoredRun) {
    id = run.record.id
    key = run.record.key
    definition = run.record.definition
    status = run.record.status
    payload = (try? run.record.payload.value()) ?? .null
    outputs = [:]
    for step in run.steps where step.state == .succeeded && !step.output.bytes.isEmpty {
      outputs[step.name] = try? step.output.value()
    }
  }
}

/// What a registration with a migration has found.
public struct MigrationReport: Sendable, Hashable {
  /// Runs that will be moved when they are woken next.
  public var runs = 0
  /// What is different in the newer definition, by the older one; only for ``RunMigration/asTheyAre``.
  public var changes: [ContentHash: [String]] = [:]

  public init() {}
}
