#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// Watches an engine by rules, tells sinks, and keeps alerts until they are over.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// func watched(_ store: any RunStore) async throws -> (WorkflowEngine, AlertBook) {
  ///   let book = AlertBook(store: store, sinks: [AlertSink("log") { print($0.line) }])
  ///   var configuration = WorkflowEngine.Configuration()
  ///   configuration.observers = [book]
  ///   let engine = WorkflowEngine(store: store, configuration: configuration)
  ///   try await book.load()
  ///   return (engine, book)
  /// }
  /// ```
  ///
  /// What happens to runs it hears as an observer; what is a state (depths, lag, deadlines, silence) it judges by ``judge(_:)``, which somebody calls now and then. One alert is told once, and again after ``Configuration/repeatPeriod`` while it goes on and nobody
  /// has acknowledged it. What a sink does not deliver is an alert itself, of which the others are told.
  ///
  /// Alerts are kept as documents of the store, ``collection``, so that they outlive the process; engines on one store share them, the later word counts. Any thread may call anything.
  public final class AlertBook: RunObserver, Sendable {
    public struct Configuration: Sendable {
      public var rules = AlertRule.standard
      /// After so long sinks are told again.
      public var repeatPeriod = Duration.seconds(3600)
      /// The most alerts that are kept; beyond it those go that are over, oldest first, and when none is, new ones are not kept.
      public var limit = 1000
      /// The most messages that wait for a sink.
      public var queueLimit = 100
      /// To deliver a message to a sink, with growing pauses between them.
      public var attempts = 3
      /// Before the second attempt; then three times as long each.
      public var pause = Duration.seconds(1)
      /// The most runs that are looked at for deadlines in one go.
      public var deadlineLimit = 10_000
      public var wallClock: any WallClock = SystemWallClock()

      public init() {}
    }

    /// Of the store's documents.
    public static let collection = "alerts"

    let configuration: Configuration
    let rules: AlertRules
    let store: any RunStore
    private let couriers: [Courier]
    private let state: Mutex<State>
    private let listeners = Mutex(Listeners())

    private struct Listeners {
      var messages: [@Sendable (AlertMessage) -> Void] = []
      var sinkFailures: [@Sendable (String) -> Void] = []
    }

    private struct State {
      var table: AlertTable
      var isSaving = false
      /// When runs last completed, by workflow; "" is any.
      var completed: [String: Timestamp] = [:]
      var watchedSince: Timestamp
      /// Where the next look for deadlines goes on.
      var deadlinesBefore: RunID?
      var savers: [CheckedContinuation<Void, Never>] = []
    }

    /// - Precondition: names of sinks are unique.
    public init(store: any RunStore, sinks: [AlertSink], configuration: Configuration = Configuration()) {
      precondition(
        Set(sinks.map(\.name)).count == sinks.count,
        "AlertBook: sinks of different names are expected; found \(sinks.map(\.name))")
      self.store = store
      self.configuration = configuration
      rules = AlertRules(configuration.rules)
      couriers = sinks.map {
        Courier(
          $0, limit: configuration.queueLimit, attempts: configuration.attempts, pause: configuration.pause,
          clock: configuration.wallClock)
      }
      state = Mutex(
        State(
          table: AlertTable(limit: configuration.limit, repeatPeriod: configuration.repeatPeriod),
          watchedSince: configuration.wallClock.now))
      for courier in couriers {
        courier.onOutcome = { [weak self] name, failure in self?.delivered(by: name, failure) }
      }
    }

    // MARK: Reading and acknowledging

    /// Those that are active first, then the latest first.
    public var alerts: [Alert] {
      state.withLock { Array($0.table.alerts.values) }.sorted { a, b in
        (a.isActive ? 1 : 0, a.lastSeen, a.id) > (b.isActive ? 1 : 0, b.lastSeen, b.id)
      }
    }

    public func alert(_ id: String) -> Alert? { state.withLock { $0.table.alerts[id] } }

    /// - Returns: whether there is such an alert, which is active and nobody has acknowledged.
    @discardableResult
    public func acknowledge(_ id: String, by person: String, comment: String = "") -> Bool {
      change { $0.table.acknowledge(id, by: person, comment, at: self.configuration.wallClock.now) }
    }

    /// Alerts that have not recovered, by rule; those of rules without any are 0.
    public var activeCounts: [String: Int] {
      var counts = Dictionary(uniqueKeysWithValues: (rules.names + [AlertRule.sink]).map { ($0, 0) })
      for alert in alerts where alert.isActive { counts[alert.rule, default: 0] += 1 }
      return counts
    }

    /// Is told what sinks are told, at once and on any thread: quickly. For as long as the book lives.
    public func onMessage(_ body: @escaping @Sendable (AlertMessage) -> Void) {
      listeners.withLock { $0.messages.append(body) }
    }

    /// Is told of each message that a sink has not delivered: its name.
    public func onSinkFailure(_ body: @escaping @Sendable (String) -> Void) {
      listeners.withLock { $0.sinkFailures.append(body) }
    }

    // MARK: Beginning and ending

    /// Reads what earlier processes have left. Once, before the engine's runs are resumed.
    ///
    /// - Throws: what the store throws.
    public func load() async throws {
      var last: String?
      while true {
        let page = try await store.documents(in: Self.collection, after: last, limit: 100)
        for document in page {
          let alert = try document.value.decoded(as: Alert.self, from: document.name)
          state.withLock { $0.table.restore(alert) }
        }
        guard let next = page.last?.name.key, page.count == 100 else { break }
        last = next
      }
      try await loadCompletions()
    }

    private func loadCompletions() async throws {
      for rule in rules.all("silence") {
        var query = RunQuery()
        query.workflow = rule.subject
        query.states = [.completed]
        query.limit = 1
        // The newest is not always the last that has completed, but near enough to it.
        guard let end = try await store.runs(query).first?.finishedAt else { continue }
        note(completion: end, of: rule.subject ?? "")
      }
    }

    /// Waits until all that is known is stored, and sinks have been told, as far as that succeeds.
    public func flush() async {
      // What one did not deliver, others are told.
      while let busy = couriers.first(where: { !$0.isIdle }) { await busy.drain() }
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isSaving { state.savers.append(continuation) }
          return !state.isSaving
        }
        if isDone { continuation.resume() }
      }
    }

    // MARK: Observing

    public func observe(_ change: RunChange, previous: RunState?) {
      let record = change.record
      guard previous != record.state else { return }
      switch record.state {
      case .failed:
        if let rule = rules.rule("failure", about: record.workflow) {
          raise(
            rule, about: record.workflow, "run \(record.id) of \(record.workflow) has failed", detail: record.reason,
            workflow: record.workflow, run: record.id)
        }
      case .completed:
        if let end = record.finishedAt {
          note(completion: end, of: record.workflow)
          note(completion: end, of: "")
        }
        recover("failure/\(record.workflow)")
      default: break
      }
      if record.state.isFinal, rules.has("deadline") { recover("deadline/\(record.id)") }
    }

    private func note(completion end: Timestamp, of workflow: String) {
      state.withLock { $0.completed[workflow] = max($0.completed[workflow] ?? end, end) }
    }

    public func observe(_ observation: RunObservation) {
      guard case .entry(let entry) = observation.kind, entry.kind.hasSuffix("trouble") else { return }
      trouble(entry.kind, detail: entry.reason)
    }

    public func observe(_ figure: EngineFigure) {
      switch figure {
      case .commitFailed: trouble("store trouble", detail: "")
      case .circuit(let circuit, let new): look(at: circuit, new)
      case .committed, .waited, .refused, .relayed: break
      }
    }

    private func trouble(_ kind: String, detail: String) {
      guard let rule = rules.rule("trouble", about: nil) else { return }
      raise(rule, about: kind, "the engine tells of \(kind), and tries again", detail: detail)
    }

    func look(at circuit: String, _ state: CircuitBreaker.State) {
      guard let rule = rules.rule("circuit", about: circuit) else { return }
      switch state {
      case .open: raise(rule, about: circuit, "circuit \(circuit) is open", isState: true)
      case .closed: recover("circuit/\(circuit)")
      case .halfOpen: break
      }
    }

    // MARK: Raising

    /// Ids of alerts of a rule that have not recovered.
    func active(of rule: String) -> [String] {
      state.withLock { state in state.table.alerts.values.filter { $0.isActive && $0.rule == rule }.map(\.id) }
    }

    func raise(
      _ rule: AlertRule, about subject: String, _ text: String, detail: String = "", workflow: String? = nil,
      run: RunID? = nil, isState: Bool = false
    ) {
      raise(
        AlertTable.Occurrence(
          id: "\(rule.name)/\(subject)", rule: rule.name, severity: rule.severity, text: text, detail: detail,
          workflow: workflow, run: run, isState: isState))
    }

    private func raise(_ occurrence: AlertTable.Occurrence, except sink: String? = nil) {
      change(except: sink) { $0.table.raise(occurrence, at: self.configuration.wallClock.now) }
    }

    func recover(_ id: String) { change { $0.table.recover(id, at: self.configuration.wallClock.now) } }

    func completion(of workflow: String) -> Timestamp {
      state.withLock { $0.completed[workflow] ?? $0.watchedSince }
    }

    func troublesBefore(_ time: Timestamp) -> [String] {
      state.withLock { state in
        state.table.alerts.values.filter { alert in
          alert.isActive && alert.rule == "trouble" && alert.lastSeen < time
        }.map(\.id)
      }
    }

    var deadlinesBefore: RunID? {
      get { state.withLock(\.deadlinesBefore) }
      set { state.withLock { $0.deadlinesBefore = newValue } }
    }

    /// Changes the table, and sees to what follows.
    @discardableResult
    private func change(except sink: String? = nil, _ body: (inout State) -> AlertMessage?) -> Bool {
      let (message, begins) = state.withLock { state -> (AlertMessage?, Bool) in
        let message = body(&state)
        let begins = !state.isSaving && !state.table.unsaved.isEmpty
        if begins { state.isSaving = true }
        // In the lock, so that messages about one alert keep their order.
        if let message { for courier in couriers where courier.sink.name != sink { courier.add(message) } }
        return (message, begins)
      }
      if begins { Task { await save() } }
      if let message { for listener in listeners.withLock(\.messages) { listener(message) } }
      return message != nil
    }

    private func delivered(by sink: String, _ failure: String?) {
      let id = "\(AlertRule.sink)/\(sink)"
      guard let failure else { return recover(id) }
      for listener in listeners.withLock(\.sinkFailures) { listener(sink) }
      raise(
        AlertTable.Occurrence(
          id: id, rule: AlertRule.sink, severity: .critical, text: "alerts cannot be told by \(sink)", detail: failure),
        except: sink)
    }

    // MARK: Saving

    /// One at a time: `isSaving`.
    private func save() async {
      while true {
        let next = state.withLock { state -> (id: String, alert: Alert?)? in
          if let next = state.table.nextUnsaved() { return next }
          state.isSaving = false
          return nil
        }
        guard let next else { break }
        do {
          try await save(next.id, next.alert)
        } catch {
          // The store is in trouble: with the next change, all that is unsaved is tried again.
          state.withLock { state in
            state.table.isUnsaved(next.id)
            state.isSaving = false
          }
          break
        }
      }
      let savers = state.withLock { state in
        defer { state.savers = [] }
        return state.savers
      }
      for saver in savers { saver.resume() }
    }

    private func save(_ id: String, _ alert: Alert?) async throws {
      // Names of workflows, queues and circuits are anybody's: keys of documents are hashes.
      let name = DocumentName(Self.collection, "\(ContentHash(of: id.utf8))")
      let durability = min(Durability.processCrash, store.durability)
      while true {
        let old = try await store.document(name)
        if alert == nil, old == nil { return }
        if try await store.setDocument(
          name, to: alert.map { Payload(encoding: $0) }, expected: old?.revision, durability: durability)
        {
          return
        }
      }
    }
  }
#endif
