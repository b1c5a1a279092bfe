import MillracePrimitives
import MillraceWorkflow

/// A store under test, and what was wrong with it.
final class Trial {
  /// Small, so that they are easily exceeded.
  static let limits: StoreLimits = {
    var limits = StoreLimits()
    limits.payloadBytes = 10_000
    limits.changeBytes = 40_000
    limits.unreadEvents = 8
    return limits
  }()

  private(set) var store: any RunStore
  let clock: ManualWallClock
  let seed: UInt64
  var random: SplitMix64
  private let openAgain: RunStoreConformance.Reopen?
  private(set) var complaints: [String] = []
  private var idCount: UInt64 = 0

  init(store: any RunStore, clock: ManualWallClock, seed: UInt64, reopen: RunStoreConformance.Reopen?) {
    self.store = store
    self.clock = clock
    self.seed = seed
    random = SplitMix64(seed: seed)
    openAgain = reopen
  }

  var canReopen: Bool { openAgain != nil }

  /// Closes the store and opens it again; nothing where that is not possible.
  func reopen() async throws {
    if let openAgain { store = try await openAgain(store, clock, Self.limits) }
  }

  // MARK: Expectations

  func expect(_ holds: Bool, _ expected: @autoclosure () -> String) {
    if !holds { complaints.append(expected()) }
  }

  func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) {
    if found != expected { complaints.append("\(what()): expected \(expected), found \(found)") }
  }

  func expectThrows<Value>(
    _ codes: [WorkflowError.Code], _ what: String, _ body: () async throws -> Value
  ) async {
    do {
      _ = try await body()
      complaints.append("\(what): expected an error, found none")
    } catch let error as WorkflowError where codes.contains(error.code) {
    } catch {
      complaints.append("\(what): expected \(codes.map(\.description)), found \(error)")
    }
  }

  // MARK: Material

  /// Ascending, unless `number` says otherwise.
  func makeID() -> RunID {
    idCount += 1
    return RunID(high: idCount << 16 | random.next() & 0xFFFF, low: random.next())
  }

  func record(
    _ workflow: String = "orders", id: RunID? = nil, key: String = "", holdsKey: Bool = false,
    idempotencyKey: String? = nil, state: RunState = .running
  ) -> RunRecord {
    RunRecord(
      id: id ?? makeID(), workflow: workflow, definition: ContentHash(of: workflow.utf8), key: key,
      holdsKey: holdsKey, idempotencyKey: idempotencyKey, state: state, payload: Payload(["for": .string(key)]),
      createdAt: clock.now, deadline: clock.now.advanced(by: .seconds(3600)))
  }

  // MARK: Steps that must succeed

  /// Stores a new run.
  @discardableResult
  func start(_ record: RunRecord, _ more: (inout RunChange) -> Void = { _ in }) async throws -> RunRecord {
    var change = RunChange(record: record, expected: nil)
    more(&change)
    expectEqual(try await commit(change), .committed, "verdict of the start of \(record.id)")
    return record
  }

  /// The next change of a run, not committed.
  func change(_ record: RunRecord, to state: RunState? = nil, _ more: (inout RunChange) -> Void = { _ in }) -> RunChange
  {
    var next = record
    next.revision = record.revision.next
    next.updatedAt = clock.now
    if let state {
      next.state = state
      next.finishedAt = state.isFinal ? clock.now : nil
    }
    var change = RunChange(record: next, expected: record.revision)
    more(&change)
    return change
  }

  /// Changes a run.
  @discardableResult
  func advance(
    _ record: RunRecord, to state: RunState? = nil, _ more: (inout RunChange) -> Void = { _ in }
  ) async throws -> RunRecord {
    let change = change(record, to: state, more)
    expectEqual(try await commit(change), .committed, "verdict of a change of \(record.id)")
    return change.record
  }

  func commit(_ change: RunChange) async throws -> CommitVerdict {
    let verdicts = try await store.commit([change])
    expectEqual(verdicts.count, 1, "number of verdicts for one change")
    return verdicts.first ?? .unknownRun
  }

  func deliver(_ event: InboxEvent, to run: RunID) async throws -> DeliveryVerdict {
    let verdicts = try await store.deliver([(run, event)], durability: .processCrash)
    expectEqual(verdicts.count, 1, "number of verdicts for one event")
    return verdicts.first ?? .unknownRun
  }

  // MARK: Looking

  /// A run as it is stored, in an order that can be compared.
  func look(_ id: RunID) async throws -> StoredRun? { try await store.load(id).map { $0.sorted } }
}

extension StoredRun {
  /// Steps and timers come in no particular order; events do.
  var sorted: StoredRun {
    var run = self
    run.steps.sort { $0.name < $1.name }
    run.timers.sort { $0.name < $1.name }
    return run
  }
}

extension CommitVerdict {
  /// The same for all reasons why something is too large.
  var kind: CommitVerdict { if case .tooLarge = self { .tooLarge("") } else { self } }
}

extension DeliveryVerdict {
  /// The same for all reasons why something is too large.
  var kind: DeliveryVerdict { if case .tooLarge = self { .tooLarge("") } else { self } }
}
