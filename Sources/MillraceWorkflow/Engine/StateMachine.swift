import Foundation

/// A workflow as statuses between which steps lead, over a state of yours.
///
/// ```swift
/// enum Status: String, CaseIterable { case placed, charged, shipped, expired }
///
/// var orders = StateMachine<Order, Status>("orders", initial: .placed)
/// orders.addStep(at: .placed, to: .charged) { order, context in
///   order.receipt = try await charge(order, key: context.idempotencyKey)
///   return .charged
/// }
/// orders.addCallback("shipped", at: .charged, to: .shipped) { (order, parcel: Parcel, _) in
///   order.parcel = parcel
///   return .shipped
/// }
/// orders.addTimeout(at: .charged, after: .seconds(86_400), to: .expired)
/// ```
///
/// A status without a step, callback or timeout is final: a run that reaches it has completed. What is declared is checked when the machine is registered; what a step returns, when it returns.
///
/// A step may be run again after a crash, a transition commits exactly once: what a step does to the outside should be told apart by ``TaskContext/idempotencyKey``.
public struct StateMachine<State: Codable & Sendable, Status>: Sendable
where Status: RawRepresentable & CaseIterable & Hashable & Sendable, Status.RawValue == String {
  public typealias Step = @Sendable (_ state: inout State, _ context: TaskContext) async throws -> Status

  public let name: String
  public var durability = Durability.processCrash
  /// Of a run. Never without.
  public var deadline = Duration.seconds(30 * 86_400)
  /// How often a run may enter one status, for machines whose statuses lead in a circle; nil: they must not.
  public var visitLimit: Int?
  /// A run is paused when so many attempts have failed without one between them that succeeded; nil: never.
  public var pauseAfterErrors: Int?
  /// With ``pauseAfterErrors``: the run is resumed by itself after this time; nil: by somebody.
  public var resumeAfter: Duration?
  /// Changes the identity of the definition where its steps' code has changed, but not what is declared: runs of another version finish on that one, which must be registered too, or are moved by a migration.
  public var version = 1
  public var circuits: [String: CircuitPolicy] = [:]
  public var queues: [String: QueuePolicy] = [:]
  /// Which of its runs that have ended are deleted; nil: the engine's ``Retention/standard``.
  public var retention: RetentionPolicy?

  let initial: Status
  var statuses: [String: MachineStatus] = [:]
  var hooks: [HookEvent: @Sendable (Payload, TaskContext) async throws -> Void] = [:]

  public init(_ name: String, initial: Status) {
    self.name = name
    self.initial = initial
    for status in Status.allCases { statuses[status.rawValue] = MachineStatus(name: status.rawValue) }
  }

  /// What is done at a status: it changes the state, and says where to go.
  ///
  /// - Precondition: The status has no step yet.
  public mutating func addStep(
    at status: Status, to destinations: Status..., options: StepOptions = StepOptions(), _ body: @escaping Step
  ) {
    precondition(statuses[status.rawValue]!.step == nil, "status \(status.rawValue) of \(name) has a step already")
    statuses[status.rawValue]!.step = MachineStep(destinations: destinations.map(\.rawValue), options: options) {
      payload, _, context in
      var state = try Self.decode(payload)
      let next = try await body(&state, context)
      return .moved(to: next.rawValue, state: try Self.encode(state))
    }
  }

  /// What is done when an event comes while a run is at a status, or has come before. Returning nil stays there.
  ///
  /// - Precondition: The status has no callback of that name yet.
  public mutating func addCallback<Event: Decodable & Sendable>(
    _ event: String, at status: Status, to destinations: Status..., options: StepOptions = StepOptions(),
    _ body: @escaping @Sendable (_ state: inout State, _ event: Event, _ context: TaskContext) async throws -> Status?
  ) {
    precondition(
      statuses[status.rawValue]!.callbacks[event] == nil,
      "status \(status.rawValue) of \(name) has a callback for \(event) already")
    statuses[status.rawValue]!.callbacks[event] = MachineStep(
      destinations: destinations.map(\.rawValue), options: options
    ) { payload, event, context in
      var state = try Self.decode(payload)
      let decoded: Event
      do {
        decoded = try JSONDecoder().decode(Event.self, from: Data(event.bytes))
      } catch {
        throw TaskFailure(
          code: "invalid event", "the event's payload is not a \(Event.self): \(error)", isRetryable: false)
      }
      let next = try await body(&state, decoded, context)
      return .moved(to: next?.rawValue, state: try Self.encode(state))
    }
  }

  /// Where a run goes that has been at a status for so long. A status may have several, each at its own time.
  public mutating func addTimeout(at status: Status, after delay: Duration, to destination: Status) {
    addTimeout(at: status, after: delay, to: destination) { _, _ in destination }
  }

  /// What is done when a run has been at a status for so long.
  public mutating func addTimeout(
    at status: Status, after delay: Duration, to destinations: Status..., options: StepOptions = StepOptions(),
    _ body: @escaping Step
  ) {
    let step = MachineStep(destinations: destinations.map(\.rawValue), options: options) { payload, _, context in
      var state = try Self.decode(payload)
      let next = try await body(&state, context)
      return .moved(to: next.rawValue, state: try Self.encode(state))
    }
    statuses[status.rawValue]!.timeouts.append((delay, step))
  }

  /// Called at least once for each run that has come to this, before it counts as having come to it.
  ///
  /// - Precondition: not ``HookEvent/stepFailed``: a step of a machine that fails is the failure of its run.
  public mutating func addHook(
    on event: HookEvent, _ body: @escaping @Sendable (_ state: State, _ context: TaskContext) async throws -> Void
  ) {
    precondition(
      event != .stepFailed,
      "\(name) has a hook for stepFailed: a step that fails is the failure of its run, for which there is failed")
    hooks[event] = { payload, context in try await body(Self.decode(payload), context) }
  }

  /// The state of a run.
  ///
  /// - Throws: ``WorkflowError/Code/storeDamaged`` for bytes that are not a `State`.
  public static func decode(_ payload: Payload) throws -> State {
    do {
      return try JSONDecoder().decode(State.self, from: Data(payload.bytes))
    } catch {
      throw WorkflowError(.storeDamaged, "a stored state is not a \(State.self): \(error)", underlying: error)
    }
  }

  /// What ``StartRequest/input`` should be for a run that begins with this state.
  public static func encode(_ state: State) throws -> Payload {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Payload([UInt8](try encoder.encode(state)))
  }
}

/// How a step of a state machine is run.
public struct StepOptions: Sendable {
  public var retry = RetryPolicy()
  /// Of one attempt.
  public var timeout = Duration.seconds(300)
  public var heartbeat: Duration?
  public var circuit: String?
  public var queue: String?

  public init() {}
}

/// A status without the types of its machine.
struct MachineStatus: Sendable {
  let name: String
  var step: MachineStep?
  var callbacks: [String: MachineStep] = [:]
  var timeouts: [(delay: Duration, step: MachineStep)] = []

  var isFinal: Bool { step == nil && callbacks.isEmpty && timeouts.isEmpty }

  var destinations: [String] {
    (step?.destinations ?? []) + callbacks.sorted { $0.key < $1.key }.flatMap(\.value.destinations)
      + timeouts.flatMap(\.step.destinations)
  }
}

struct MachineStep: Sendable {
  var destinations: [String]
  var options: StepOptions
  /// The state, and the event that it is about.
  var body: @Sendable (Payload, Payload, TaskContext) async throws -> AttemptOutcome
}
