import Synchronization

/// Starts runs by itself: at times, on events, for files, at thresholds, after other workflows.
///
/// ```swift
/// import MillraceWorkflow
/// func run(_ triggers: [TriggerDefinition], starter: any RunStarter, store: any RunStore) async throws {
///   let runner = TriggerRunner(starter: starter, store: store)
///   for trigger in triggers { try runner.add(trigger, of: "report") }
///   try await runner.run()  // until its task is cancelled
/// }
/// ```
///
/// Each occasion has a name of its own, `trigger@occasion`, which is the run's idempotency key: so there is one run for it, even if the process ends at the wrong moment, or several processes run the same triggers.
/// What they remember is in documents of the store, in collections that begin with `triggers`.
///
/// A trigger that fails is tried again, later and later, and does not keep others from working.
public final class TriggerRunner: Sendable {
  public struct Configuration: Sendable {
    public var wallClock: any WallClock = SystemWallClock()
    /// Where triggers on topics, and on other workflows, hear of them.
    public var stream: (any EventStream)?
    /// Current values, by the names that thresholds use.
    public var metrics: [String: @Sendable () async throws -> Double] = [:]
    /// How often metrics are looked at. Positive.
    public var samplePeriod = Duration.seconds(15)
    /// A metric that has crossed a threshold must come back by this fraction of it before it can cross again.
    public var hysteresis = 0.05
    /// How often folders are looked through, even if nothing is heard of a change. Positive.
    public var folderPeriod = Duration.seconds(30)
    /// A file that was not seen to be closed is taken when it has not changed for so long.
    public var settlingTime = Duration.seconds(2)
    /// What connects to sources of events outside, each with a name that no other has in the store.
    ///
    /// Throws ``WorkflowError/Code/invalidDefinition`` for a kind that it has nothing for; does not reach out yet.
    public var connect: (@Sendable (ConnectorDefinition, _ name: String) throws(WorkflowError) -> any EventSource)?
    /// What payloads of dead letters become on their way to the store.
    public var codec: (any PayloadCodec)?
    /// Told what triggers do.
    public var report: (@Sendable (TriggerReport) -> Void)?

    public init() {}
  }

  struct Place: Sendable, Hashable, CustomStringConvertible {
    let workflow: String
    let trigger: String

    /// It is the only one of a group of its own.
    var consumer: StreamConsumer { StreamConsumer("trigger \(self)") }

    var description: String { "\(workflow)/\(trigger)" }
  }

  let starter: any RunStarter
  let store: any RunStore
  let configuration: Configuration
  private let triggers = Mutex<[(place: Place, trigger: TriggerDefinition)]>([])
  let connectorsAtWork = Mutex<[Place: ConnectorRunner]>([:])

  public init(starter: any RunStarter, store: any RunStore, configuration: Configuration = Configuration()) {
    self.starter = starter
    self.store = store
    self.configuration = configuration
  }

  /// Adds a trigger. Those that are added before ``run()`` run.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``: what is wrong with its source, or missing in the configuration for it; a second one of the workflow by its name; workflows that would start each other by their ends in a circle, which is named.
  public func add(_ trigger: TriggerDefinition, of workflow: String) throws(WorkflowError) {
    let place = Place(workflow: workflow, trigger: trigger.name)
    try check(trigger, of: workflow)
    let complaint = triggers.withLock { triggers -> String? in
      guard !triggers.contains(where: { $0.place == place }) else { return "there are two triggers of this name" }
      triggers.append((place, trigger))
      guard let circle = Self.circle(through: workflow, triggers.map { ($0.place.workflow, $0.trigger) }) else {
        return nil
      }
      triggers.removeLast()
      return "workflows that start each other by their ends would never come to rest: "
        + circle.joined(separator: " → ")
    }
    if let complaint { throw Self.fault(complaint, place) }
  }

  /// Those that have been added, in that order.
  package var added: [(workflow: String, trigger: TriggerDefinition)] {
    triggers.withLock { $0.map { ($0.place.workflow, $0.trigger) } }
  }

  /// Runs all triggers until the task is cancelled.
  ///
  /// When it returns, nothing of it runs any more. Call it once at a time.
  ///
  /// - Throws: `CancellationError`.
  public func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (place, trigger) in triggers.withLock({ $0 }) {
        group.addTask { try await self.keepRunning(trigger, place) }
      }
      // Without triggers as well.
      group.addTask { try await self.configuration.wallClock.sleep(until: .distantFuture) }
      try await group.waitForAll()
    }
  }

  // MARK: -

  func check(_ trigger: TriggerDefinition, of workflow: String) throws(WorkflowError) {
    let place = Place(workflow: workflow, trigger: trigger.name)
    switch trigger.source {
    case .cron(let expression, let timeZone): _ = try CronSchedule(expression, timeZone: timeZone)
    case .interval(let period):
      guard (1...Int64.max / 4).contains(period.wholeMicroseconds) else {
        throw Self.fault("expected an interval of a microsecond or more; found \(period)", place)
      }
    case .event, .workflow:
      guard configuration.stream != nil else { throw Self.fault("there is no event stream to hear of it from", place) }
    case .file(let folder, let pattern):
      guard !folder.isEmpty, !pattern.isEmpty, !pattern.contains("/") else {
        throw Self.fault(
          "expected a folder, and a pattern for names in it, without \"/\"; found \"\(folder)\", \"\(pattern)\"", place)
      }
      try checkSetting("folderPeriod", configuration.folderPeriod, least: .microseconds(1), place)
      try checkSetting("settlingTime", configuration.settlingTime, least: .zero, place)
    case .connector(let definition):
      guard let connect = configuration.connect else {
        throw Self.fault("there is nothing that connects to \(definition.kind)", place)
      }
      do {
        _ = try connect(definition, place.description)
      } catch {
        throw Self.fault(error.message, place)
      }
    case .threshold(let metric, let above, let below):
      guard configuration.metrics[metric] != nil else {
        let known = configuration.metrics.keys.sorted().joined(separator: ", ")
        throw Self.fault("there is no metric \"\(metric)\"; there are: \(known)", place)
      }
      guard above != nil || below != nil, (above ?? .infinity) > (below ?? -.infinity) else {
        throw Self.fault("expected a threshold: above, below, or both with above the greater", place)
      }
      try checkSetting("samplePeriod", configuration.samplePeriod, least: .microseconds(1), place)
      guard configuration.hysteresis >= 0, configuration.hysteresis.isFinite else {
        throw Self.fault(
          "expected the configuration's hysteresis to be a fraction of 0 or more; found \(configuration.hysteresis)",
          place)
      }
    }
  }

  /// What a trigger waits for between two looks: nothing at all would keep a worker busy for ever.
  private func checkSetting(
    _ name: String, _ value: Duration, least: Duration, _ place: Place
  ) throws(WorkflowError) {
    guard value < least else { return }
    let expected = least == .zero ? "0 or more" : "a microsecond or more"
    throw Self.fault("expected the configuration's \(name) to be \(expected); found \(value)", place)
  }

  /// The shortest circle of workflows each of which is started by the end of the one before, from `workflow` back to it; nil: there is none.
  ///
  /// Which states an end must have does not count: a run may end in any of them, one time or another.
  static func circle(
    through workflow: String, _ triggers: [(workflow: String, trigger: TriggerDefinition)]
  ) -> [String]? {
    var started: [String: [String]] = [:]
    for (target, trigger) in triggers {
      if case .workflow(let source, _) = trigger.source { started[source, default: []].append(target) }
    }
    var before: [String: String] = [:]
    var waiting = [workflow][...]
    while let source = waiting.popFirst() {
      for target in started[source] ?? [] {
        if target == workflow {
          var circle = [workflow, source]
          while circle.last != workflow { circle.append(before[circle.last!]!) }
          return circle.reversed()
        }
        if before[target] == nil {
          before[target] = source
          waiting.append(target)
        }
      }
    }
    return nil
  }

  static func fault(_ message: String, _ place: Place) -> WorkflowError {
    WorkflowError(.invalidDefinition, message, at: "\(place.workflow).triggers.\(place.trigger)")
  }

  private func keepRunning(_ trigger: TriggerDefinition, _ place: Place) async throws {
    var retry = RetryPolicy()
    retry.cap = .seconds(60)
    var generator = SystemRandomNumberGenerator()
    var failures = 0
    while true {
      try Task.checkCancellation()
      let begun = configuration.wallClock.now
      do {
        try await runOnce(trigger, place)
      } catch {
        // Somebody else's cancellation is a failure like any other.
        try Task.checkCancellation()
        report(place, .failed("\(error)"))
        // One that has worked for a while begins anew.
        failures = configuration.wallClock.now.duration(since: begun) > retry.cap ? 1 : failures + 1
        let delay = retry.delay(afterAttempt: failures, using: &generator)
        try await configuration.wallClock.sleep(for: delay)
      }
    }
  }

  /// Until the task is cancelled, or something fails.
  private func runOnce(_ trigger: TriggerDefinition, _ place: Place) async throws {
    switch trigger.source {
    case .cron, .interval: try await runSchedule(trigger, place)
    case .event(let topic, let condition):
      try await runEvents(trigger, place, topic: topic) { bindings throws(WorkflowError) in
        try condition?.holds(in: bindings) ?? true
      }
    case .workflow(let name, let states):
      try await runEvents(trigger, place, topic: RunEnd.topic) { bindings throws(WorkflowError) in
        RunEnd.matches(bindings, workflow: name, states: states)
      }
    case .connector(let definition): try await runConnector(trigger, place, definition)
    case .file(let folder, let pattern): try await runFiles(trigger, place, folder: folder, pattern: pattern)
    case .threshold(let metric, let above, let below):
      try await runThreshold(trigger, place, metric: metric, above: above, below: below)
    }
  }

  func report(_ place: Place, _ kind: TriggerReport.Kind) {
    configuration.report?(TriggerReport(workflow: place.workflow, trigger: place.trigger, kind: kind))
  }

  /// Starts a run for an occasion, once.
  ///
  /// - Parameters:
  ///   - origin: the run that has told of the occasion.
  ///   - depth: at least, of the new run.
  /// - Returns: nil: the workflow refuses the input, or runs have started each other too often, which no other attempt would change. That has been reported.
  @discardableResult
  func start(
    _ trigger: TriggerDefinition, _ place: Place, occasion: String, event: JSONValue, origin: RunID? = nil,
    depth: Int = 0
  ) async throws -> StartVerdict? {
    do {
      return try await ask(trigger, place, occasion: occasion, event: event, origin: origin, depth: depth)
    } catch let error as WorkflowError where error.code == .invalidInput || error.code == .boundExceeded {
      report(place, .refused(occasion: occasion, "\(error)"))
      return nil
    }
  }

  /// As ``start(_:_:occasion:event:origin:depth:)``, but throws what the workflow refuses.
  func ask(
    _ trigger: TriggerDefinition, _ place: Place, occasion: String, event: JSONValue, origin: RunID? = nil,
    depth: Int = 0
  ) async throws -> StartVerdict {
    var request = StartRequest(workflow: place.workflow)
    request.input = try trigger.input.resolve(in: Bindings(["event": event]))
    request.idempotencyKey = "\(trigger.name)@\(occasion)"
    request.origin = origin
    request.depth = depth
    let verdict = try await starter.start(request)
    report(place, .answered(occasion: occasion, verdict))
    return verdict
  }
}

/// What a trigger has done.
public struct TriggerReport: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// For an occasion (a time, an event's id, a file, a crossing) a run was asked for.
    case answered(occasion: String, StartVerdict)
    /// The workflow does not take what the occasion gives; it is passed over.
    case refused(occasion: String, String)
    /// It could not work, and will be tried again.
    case failed(String)
  }

  public var workflow: String
  public var trigger: String
  public var kind: Kind

  public init(workflow: String, trigger: String, kind: Kind) {
    self.workflow = workflow
    self.trigger = trigger
    self.kind = kind
  }
}
