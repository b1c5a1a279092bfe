import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Runs that go on after they had come to an end, or to the end of what was thought to be their worst.
@Suite struct RunAgainTests {
  /// A function that fails until it is mended.
  private final class Broken: Sendable {
    private let isBroken = Mutex(true)
    func mend() { isBroken.withLock { $0 = false } }
    var function: SwiftFunctions.Function {
      { [self] input, _ in
        if isBroken.withLock({ $0 }) { throw TaskFailure(code: "broken", "still", isRetryable: false) }
        return input
      }
    }
  }

  // MARK: Parts

  /// What the first part came to is not what the second is asked for.
  @Test func aParentThatIsRetriedStartsItsPartAnew() async throws {
    let broken = Broken()
    let bench = Bench(["try": broken.function])
    try bench.register([Bench.task("a", "try", ["n": 7])], name: "child") { $0.outputs = ["n": "${tasks.a.n}"] }
    try bench.register([Bench.task("part", kind: .workflow, ["workflow": "child"])]) {
      $0.outputs = ["n": "${tasks.part.n}"]
    }
    let failed = try await bench.run()
    #expect(failed.state == .failed && failed.reason.contains("still"), "\(failed.reason)")
    broken.mend()
    try await bench.engine.control(failed.id, .retry(reason: "mended"))
    let done = try await bench.engine.wait(for: failed.id)
    #expect(try done.state == .completed && done.result.value()["n"] == 7, "\(done.reason)")
    // And after one that has completed.
    try await bench.engine.control(failed.id, .restart(from: "part", reason: "again"))
    #expect(try await bench.engine.wait(for: failed.id).state == .completed)
    var query = RunQuery()
    query.parent = failed.id
    #expect(try await bench.store.count(query) == 3)
    await bench.engine.shutdown()
  }

  /// It waits for its turn, and is not given what the holder comes to.
  @Test func aPartWhoseKeyIsHeldBeginsWhenItIsFree() async throws {
    let bench = Bench()
    try bench.register(
      [
        Bench.task("go", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(3600) },
        Bench.task("a", needs: ["go"], ["n": "${parameters.n}"]),
      ], name: "child"
    ) {
      $0.parameters = [ParameterDefinition(name: "n", type: .integer)]
      $0.exclusiveKey = "the only one"
      $0.outputs = ["n": "${tasks.a.n}"]
    }
    try bench.register([
      Bench.task("part", kind: .workflow, ["workflow": "child", "parameters": ["n": 2]]) { $0.timeout = .seconds(3600) }
    ]) { $0.outputs = ["n": "${tasks.part.n}"] }
    let holder = try await bench.engine.start(StartRequest(workflow: "child", input: ["n": 1])).run
    let parent = try await bench.engine.start(StartRequest(workflow: "flow")).run
    #expect(try await bench.engine.send(InboxEvent(id: "1", name: "go"), to: holder) == .accepted)
    #expect(try await bench.engine.wait(for: holder).state == .completed)
    // Told as soon as it is there: an event for a run that is yet to be stored is answered so.
    var query = RunQuery()
    query.parent = parent
    var part: RunID?
    while part == nil {
      part = try await bench.store.runs(query).first?.id
      await Task.yield()
    }
    #expect(try await bench.engine.send(InboxEvent(id: "2", name: "go"), to: part!) == .accepted)
    #expect(try await bench.engine.wait(for: parent).result.value()["n"] == 2)
    await bench.engine.shutdown()
  }

  // MARK: Steps

  /// Of two that fail together the second is not to be tried again, while the run ends: or a retry of the run would never come to it.
  @Test func whatFailsWhileTheRunEndsIsTriedAgainWithTheRun() async throws {
    let broken = Broken()
    let begun = Gate()
    let bench = Bench([
      "a": { input, context in
        await begun.wait()
        return try await broken.function(input, context)
      },
      "b": { input, context in
        begun.open()
        do { return try await broken.function(input, context) } catch {
          // Until it is told to end, because the other one has failed.
          while !Task.isCancelled { await Task.yield() }
          throw TaskFailure(code: "broken", "in its own words")
        }
      },
    ])
    try bench.register([
      Bench.task("a", "a") { $0.retry.attempts = 1 },
      Bench.task("b", "b") {
        $0.retry.attempts = 3
        $0.retry.backoff = .seconds(3600)
      },
    ])
    let failed = try await bench.run()
    #expect(failed.state == .failed)
    #expect(try await bench.states(failed.id) == ["a": .failed, "b": .failed])
    broken.mend()
    try await bench.engine.control(failed.id, .retry(reason: "mended"))
    #expect(try await bench.engine.wait(for: failed.id).state == .completed)
    await bench.engine.shutdown()
  }

  // MARK: The worst case

  @Test func aPauseByHandDoesNotCountAgainstTheWorstCase() async throws {
    let begun = Gate()
    let goes = Gate()
    let bench = Bench([
      "hold": { input, _ in
        begun.open()
        await goes.wait()
        return input
      }
    ])
    try bench.register([Bench.task("a", "hold") { $0.retry.attempts = 1 }, Bench.task("paused")]) {
      $0.hooks = [.paused: "paused"]
    }
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    await begun.wait()
    for _ in 0..<3 {
      try await bench.engine.control(run, .pause(reason: "by hand"))
      try await bench.engine.wait(for: run) { $0.state == .paused }
      try await bench.engine.control(run, .resume(reason: ""))
    }
    goes.open()
    let record = try await bench.engine.wait(for: run)
    #expect(record.state == .completed, "\(record.reason)")
    await bench.engine.shutdown()
  }

  private enum Place: String, CaseIterable { case open, done, expired }
  private struct Basket: Codable, Sendable {
    var items: [Int] = []
  }

  /// How many events come is up to those who send them.
  @Test func aCallbackThatStaysMayBeCalledAgainAndAgain() async throws {
    var machine = StateMachine<Basket, Place>("baskets", initial: .open)
    machine.addCallback("add", at: .open, to: .done) { (basket, item: Int, _) in
      basket.items.append(item)
      return basket.items.count == 10 ? .done : nil
    }
    machine.addTimeout(at: .open, after: .seconds(86_400), to: .expired)
    let engine = WorkflowEngine(store: MemoryRunStore())
    try engine.register(machine)
    let run = try await engine.start(StartRequest(workflow: "baskets", input: ["items": []])).run
    for item in 0..<10 {
      let event = InboxEvent(id: "\(item)", name: "add", payload: Payload(.int(Int64(item))))
      #expect(try await engine.send(event, to: run) == .accepted)
    }
    let record = try await engine.wait(for: run)
    #expect(record.status == "done", "\(record.reason)")
    #expect(try StateMachine<Basket, Place>.decode(record.payload).items.sorted() == Array(0..<10))
    await engine.shutdown()
  }

  /// Its hook and its compensation are made all the same.
  @Test func aRunThatHasUsedUpItsWorstCaseIsClosedInOrder() async throws {
    let store = MemoryRunStore()
    let definition = { (bench: Bench) in
      try bench.register([
        Bench.task("a") { $0.compensation = "undo" }, Bench.task("undo", "note"), Bench.task("failed", "note"),
        Bench.task("wait", kind: .wait, needs: ["a"], ["event": "go"]) { $0.timeout = .seconds(3600) },
        Bench.task("b", needs: ["wait"]),
      ]) { $0.hooks = [.failed: "failed"] }
    }
    let first = Bench(store: store, ["note": { input, _ in input }])
    try definition(first)
    let run = try await first.engine.start(StartRequest(workflow: "flow")).run
    try await first.engine.wait(for: run) { $0.state == .waiting }
    await first.engine.shutdown()
    var record = try #require(try await first.engine.record(of: run))
    let revision = record.revision
    record.revision = revision.next
    record.attemptCount = 1_000_000
    #expect(try await store.commit([RunChange(record: record, expected: revision)]) == [.committed])

    let notes = Mutex<[JSONValue]>([])
    let second = Bench(
      store: store,
      [
        "note": { input, _ in
          notes.withLock { $0.append(input) }
          return .null
        }
      ])
    try definition(second)
    try await second.engine.resumeRuns()
    #expect(try await second.engine.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    let ended = try await second.engine.wait(for: run)
    #expect(ended.state == .failed && ended.reason.contains("attempts"), "\(ended.reason)")
    #expect(notes.withLock { $0.count } == 2)
    await second.engine.shutdown()
  }
}
