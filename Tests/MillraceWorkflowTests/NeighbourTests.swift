import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// What is wrong with one run, one event or one record is not felt by the others.
@Suite struct NeighbourTests {
  /// Told of what is wrong.
  private final class Troubles: RunObserver {
    let found = Mutex<[String]>([])

    func observe(_ observation: RunObservation) {
      if case .entry(let entry) = observation.kind, entry.kind.hasSuffix("trouble") {
        found.withLock { $0.append("\(entry.kind): \(entry.reason)") }
      }
    }

    func count(_ text: String) -> Int { found.withLock { $0.count { $0.contains(text) } } }
  }

  /// Its key is lost for payloads that say so.
  private struct LostKey: PayloadCodec {
    struct Lost: Error {}
    let text: String

    func encode(_ payload: Payload) throws -> Payload { payload }

    func decode(_ payload: Payload) throws -> Payload {
      if String(decoding: payload.bytes, as: UTF8.self).contains(text) { throw Lost() }
      return payload
    }
  }

  private static func flow(_ name: String, _ tasks: TaskDefinition...) -> WorkflowDefinition {
    var flow = WorkflowDefinition(name: name)
    flow.parameters = [ParameterDefinition(name: "n", type: .string, default: "")]
    flow.tasks = tasks
    flow.deadline = .seconds(30 * 86_400)
    return flow
  }

  private static func engine(
    _ store: any RunStore, _ change: (inout WorkflowEngine.Configuration) -> Void = { _ in }
  ) -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    change(&configuration)
    return WorkflowEngine(store: store, configuration: configuration)
  }

  // MARK: Runs that cannot go on

  /// An older definition with other limits goes on; one that needs a kind of task that is gone, and one whose data cannot be read, are told of and stay.
  @Test func aRunThatCannotGoOnKeepsNoOtherFromIt() async throws {
    let store = MemoryRunStore()
    let first = Self.engine(store) {
      $0.beginsAttempts = false
      $0.handlers.append(AnyHandler(kind: "csv"))
    }
    var limited = Self.flow("limited", Bench.task("a") { ($0.queue, $0.resources) = ("q", ["memory": 4]) })
    var policy = QueuePolicy()
    policy.concurrency = 2
    limited.queues = ["q": policy]
    limited.resources = ["memory": 4]
    var gone = TaskDefinition(name: "a", kind: "csv")
    gone.timeout = .seconds(60)
    let plain = Self.flow("plain", Bench.task("a"))
    for definition in [Self.flow("gone", gone), limited, plain] { try first.register(definition) }
    var runs: [String: RunID] = [:]
    for workflow in ["gone", "limited", "plain"] {
      runs[workflow] = try await first.start(StartRequest(workflow: workflow)).run
    }
    let lost = try await first.start(StartRequest(workflow: "plain", input: ["n": "unreadable"])).run
    await first.shutdown()

    let troubles = Troubles()
    let second = Self.engine(store) {
      $0.observers = [troubles]
      $0.codec = LostKey(text: "unreadable")
    }
    policy.concurrency = 4
    limited.queues = ["q": policy]
    limited.resources = ["memory": 2]
    limited.tasks[0].resources = ["memory": 2]
    try second.register(limited)
    try second.register(plain)
    let (resumed, unregistered) = try await second.resumeRuns()
    #expect(resumed == 2)
    #expect(unregistered == ["gone": 1, "plain": 1])
    #expect(troubles.count("run trouble") == 2)
    for workflow in ["limited", "plain"] {
      #expect(try await second.wait(for: runs[workflow]!).state == .completed)
    }
    #expect(try await store.load(lost)?.record.state == .running)
    await second.shutdown()
  }

  // MARK: Timers

  /// Runs of workflows that nobody has registered stay due: one, or more than are read at once.
  @Test(arguments: [1, 1001]) func timersOfRunsThatNobodyKnowsDelayNoOthers(_ count: Int) throws {
    try SimulatedExecutor.run(seed: 1, stepLimit: 5_000_000) { simulator in
      let clock = SimulatedWallClock(simulator)
      let store = MemoryRunStore(clock: clock)
      let changes = (0..<count).map { number in
        var record = RunRecord(
          id: RunID(high: 1, low: UInt64(number)), workflow: "gone", definition: ContentHash(of: []),
          createdAt: clock.now, deadline: .distantFuture)
        record.state = .waiting
        var change = RunChange(record: record, expected: nil, durability: .memory)
        change.timers = [TimerRecord(name: "wait:a", due: clock.now.advanced(by: .seconds(-3600)))]
        return change
      }
      _ = try await store.commit(changes)
      let engine = Self.engine(store) {
        $0.executor = simulator
        $0.wallClock = clock
        $0.random = clock.random
        $0.retention.period = nil
      }
      for seconds in [1, 2] {
        var flow = Self.flow("\(seconds)", Bench.task("a", kind: .wait, ["duration": .string("\(seconds)s")]))
        flow.durability = .memory
        try engine.register(flow)
      }
      try await engine.resumeRuns()
      let begin = simulator.clock.now
      var runs: [RunID] = []
      for seconds in [1, 2] { runs.append(try await engine.start(StartRequest(workflow: "\(seconds)")).run) }
      for (place, run) in runs.enumerated() {
        try await engine.wait(for: run)
        let took = begin.duration(to: simulator.clock.now)
        #expect(took >= .seconds(place + 1) && took < .seconds(place + 1) + .milliseconds(500), "\(took)")
      }
      await engine.shutdown()
    }
  }

  // MARK: The outbox

  /// The end of one part cannot be read any more: it is told once, and the ends of others reach their parents.
  @Test func anEventThatCannotBeReadHoldsUpNoParent() async throws {
    let troubles = Troubles()
    let engine = Self.engine(MemoryRunStore()) {
      $0.codec = LostKey(text: "\"result\":{\"n\":\"unreadable\"}")
      $0.observers = [troubles]
    }
    var child = Self.flow("child", Bench.task("a", ["n": "${parameters.n}"]))
    child.outputs = ["n": "${tasks.a.n}"]
    try engine.register(child)
    try engine.register(
      Self.flow(
        "parent",
        Bench.task("part", kind: .workflow, ["workflow": "child", "parameters": ["n": "${parameters.n}"]]) {
          $0.timeout = .seconds(86_400)
        }))
    try await engine.resumeRuns()
    _ = try await engine.start(StartRequest(workflow: "parent", input: ["n": "unreadable"]))
    while troubles.count("cannot be handed on") == 0 { await Task.yield() }
    for _ in 0..<3 {
      let run = try await engine.start(StartRequest(workflow: "parent", input: ["n": "x"])).run
      #expect(try await engine.wait(for: run).state == .completed)
    }
    #expect(troubles.count("cannot be handed on") == 1)
    await engine.shutdown()
  }

  // MARK: Looking

  private static func member(
    _ name: String, _ fleet: Fleet, store: (any RunStore)? = nil, knows: Bool = true,
    _ change: (inout WorkflowEngine.Configuration) -> Void = { _ in }
  ) throws -> WorkflowEngine {
    let engine = Self.engine(store ?? fleet.store) {
      $0.wallClock = fleet.clock
      $0.leasing = fleet.leasing(name)
      change(&$0)
    }
    if knows {
      try engine.register(
        Self.flow(
          "work", Bench.task("wait", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(86_400) },
          Bench.task("a", needs: ["wait"])))
    }
    return engine
  }

  /// Refuses the first lease of a role whose name contains a text.
  private final class RefusingStore: ForwardingRunStore {
    let base: any RunStore
    private let text: String
    private let left: Mutex<Int>

    init(_ base: any RunStore, _ text: String, times: Int) {
      (self.base, self.text) = (base, text)
      left = Mutex(times)
    }

    func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
      let isRefused =
        role.contains(text)
        && left.withLock { left in
          left -= 1
          return left >= 0
        }
      if isRefused { throw WorkflowError(.storeUnavailable, "not now") }
      return try await base.acquireLease(role: role, owner: owner, duration: duration)
    }
  }

  /// A workflow of which an engine has heard from others is joined in the end, also if that fails at first.
  @Test func aWorkflowOfOthersIsJoinedAfterTrouble() async throws {
    let fleet = Fleet()
    let a = try Self.member("a", fleet)
    let b = try Self.member("b", fleet, store: RefusingStore(fleet.store, "work", times: 1), knows: false)
    try await fleet.add(b)
    try await fleet.add(a)
    let run = try await a.start(StartRequest(workflow: "work")).run
    try await a.wait(for: run) { $0.state == .waiting }
    // The first look meets the trouble.
    for _ in 0..<3 { await fleet.pass() }
    fleet.remove(a)
    await a.shutdown()
    await fleet.pass()
    #expect(try await fleet.shares(of: "work") == ["b": 8])
    #expect(try await b.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    try await fleet.finish(run)
    #expect(try await fleet.store.load(run)?.record.state == .completed)
    await fleet.shutdown()
  }

  /// Somebody waits for a run of another engine that cannot be read here, and somebody has left a letter of another version: leases are renewed, and other letters read.
  @Test func whatCannotBeReadKeepsNoLeaseFromBeingRenewed() async throws {
    let fleet = Fleet()
    let isLost = Mutex(false)
    struct Late: PayloadCodec {
      let isLost: @Sendable () -> Bool
      func encode(_ payload: Payload) throws -> Payload { payload }
      func decode(_ payload: Payload) throws -> Payload {
        if isLost() { throw WorkflowError(.storeDamaged, "no such key") }
        return payload
      }
    }
    let a = try Self.member("a", fleet)
    let b = try Self.member("b", fleet) { $0.codec = Late { isLost.withLock { $0 } } }
    try await fleet.add(a)
    try await fleet.add(b)
    for _ in 0..<3 { await fleet.pass() }
    #expect(try await fleet.shares(of: "work") == ["a": 4, "b": 4])
    let run = try await a.start(StartRequest(workflow: "work")).run
    try await a.wait(for: run) { $0.state == .waiting }
    let looked = Gate()
    let waiting = Task {
      try await b.wait(for: run) {
        looked.open()
        return $0.state.isFinal
      }
    }
    await looked.wait()
    isLost.withLock { $0 = true }
    _ = try await fleet.store.setDocument(
      DocumentName("engine-letters", "a letter of the future"), to: Payload(["to": "whom it may concern"]),
      expected: nil, durability: .memory)
    let tokens = try await fleet.store.leases().map(\.token)
    await fleet.pass(.seconds(30))
    #expect(try await fleet.shares(of: "work") == ["a": 4, "b": 4])
    #expect(try await fleet.store.leases().map(\.token) == tokens)
    // By a letter to the other one.
    isLost.withLock { $0 = false }
    #expect(try await b.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    try await fleet.finish(run)
    await fleet.pass()
    #expect(try await waiting.value.state == .completed)
    await fleet.shutdown()
  }
}
