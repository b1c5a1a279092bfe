import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct TriggerScheduleTests {
  private let clock = ManualWallClock()
  private let store = MemoryRunStore()
  private let starter = RecordingStarter()

  private func runner() -> TriggerRunner {
    var configuration = TriggerRunner.Configuration()
    configuration.wallClock = clock
    return TriggerRunner(starter: starter, store: store, configuration: configuration)
  }

  private func trigger(_ source: TriggerDefinition.Source, _ catchUp: CatchUpPolicy = .latest) -> TriggerDefinition {
    var trigger = TriggerDefinition(name: "t", source: source)
    trigger.catchUp = catchUp
    return trigger
  }

  private let everyTenMinutes = TriggerDefinition.Source.cron(expression: "*/10 * * * *", timeZone: "UTC")

  /// Runs a trigger until it rests, `body`, until it rests again, and no longer.
  private func running(_ trigger: TriggerDefinition, _ body: () async throws -> Void = {}) async throws {
    let runner = runner()
    try runner.add(trigger, of: "w")
    let task = Task { try await runner.run() }
    // The trigger, and the runner itself.
    await clock.waitForSleepers(2)
    try await body()
    await clock.waitForSleepers(2)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(clock.nextWake == nil)
  }

  @Test func startsAtEachTime() async throws {
    var trigger = trigger(everyTenMinutes)
    trigger.input = ["day": "${event.time}"]
    try await running(trigger) {
      #expect(await starter.occasions == [])
      for count in 1...3 {
        clock.advance(by: .seconds(600))
        await starter.wait(forCalls: count)
        await clock.waitForSleepers(2)
      }
    }
    #expect(
      await starter.occasions == [
        "t@2026-01-01T00:10:00.000000Z", "t@2026-01-01T00:20:00.000000Z", "t@2026-01-01T00:30:00.000000Z",
      ])
    #expect(await starter.requests.first?.input == ["day": "2026-01-01T00:10:00.000000Z"])
  }

  @Test(arguments: [
    (CatchUpPolicy.skip, 86_400, 0), (.latest, 86_400, 1), (.all, 86_400, 6), (.all, 1500, 3), (.latest, 60, 0),
  ])
  func catchesUpAsAsked(policy: CatchUpPolicy, window: Int, count: Int) async throws {
    var trigger = trigger(everyTenMinutes, policy)
    trigger.catchUpWindow = .seconds(window)
    try await running(trigger)
    clock.advance(by: .seconds(3600 + 120))
    try await running(trigger)
    let all = (1...6).map { "t@2026-01-01T0\($0 / 6):\($0 % 6)0:00.000000Z" }
    #expect(await starter.occasions == Array(all.suffix(count)))
    // Once, however often it begins anew.
    try await running(trigger)
    #expect(await starter.calls == count)
  }

  /// One that is a little late was not missed, whatever the policy.
  @Test func lateIsNotMissed() async throws {
    try await running(trigger(everyTenMinutes, .skip))
    clock.advance(by: .seconds(600 + 59))
    try await running(trigger(everyTenMinutes, .skip))
    #expect(await starter.occasions == ["t@2026-01-01T00:10:00.000000Z"])
  }

  @Test func twoProcessesStartOneRun() async throws {
    let runners = [runner(), runner(), runner()]
    for runner in runners { try runner.add(trigger(everyTenMinutes, .all), of: "w") }
    let tasks = runners.map { runner in Task { try await runner.run() } }
    for count in 1...5 {
      await clock.waitForSleepers(6)
      clock.advance(by: .seconds(600))
      await starter.wait(forCalls: count)
    }
    await clock.waitForSleepers(6)
    for task in tasks { task.cancel() }
    for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    #expect(await starter.occasions == (1...5).map { "t@2026-01-01T00:\($0)0:00.000000Z" })
  }

  /// The process ended after it had started the run, and before it had remembered that.
  @Test func repeatedTimeIsTheSameRun() async throws {
    let name = DocumentName("triggers", "w/t")
    try await running(trigger(everyTenMinutes))
    let before = try #require(try await store.document(name))
    clock.advance(by: .seconds(600))
    try await running(trigger(everyTenMinutes))
    let after = try #require(try await store.document(name))
    #expect(
      try await store.setDocument(name, to: before.value, expected: after.revision, durability: .memory) == true)
    try await running(trigger(everyTenMinutes))
    #expect(await starter.calls == 2)
    #expect(await starter.occasions.count == 1)
  }

  @Test func intervalKeepsItsBeatWhenTheProcessIsAway() async throws {
    let interval = trigger(.interval(.seconds(90)))
    try await running(interval)
    clock.advance(by: .seconds(100))
    try await running(interval) {
      await starter.wait(forCalls: 1)
      clock.advance(by: .seconds(80))
      await starter.wait(forCalls: 2)
    }
    #expect(await starter.occasions == ["t@2026-01-01T00:01:30.000000Z", "t@2026-01-01T00:03:00.000000Z"])
  }

  @Test func clockThatIsSetBackStartsNothingTwice() async throws {
    try await running(trigger(everyTenMinutes)) {
      clock.advance(by: .seconds(600))
      await starter.wait(forCalls: 1)
      await clock.waitForSleepers(2)
      clock.advance(by: .seconds(-900))
    }
    try await running(trigger(everyTenMinutes)) {
      clock.advance(by: .seconds(900 + 600))
      await starter.wait(forCalls: 2)
    }
    #expect(await starter.occasions == ["t@2026-01-01T00:10:00.000000Z", "t@2026-01-01T00:20:00.000000Z"])
  }

  @Test func anotherScheduleBeginsAnew() async throws {
    try await running(trigger(everyTenMinutes, .all))
    clock.advance(by: .seconds(3600))
    try await running(trigger(.cron(expression: "*/15 * * * *", timeZone: "UTC"), .all))
    #expect(await starter.calls == 0)
  }

  @Test func troubleIsTriedAgain() async throws {
    let reports = Mutex<[TriggerReport]>([])
    var configuration = TriggerRunner.Configuration()
    configuration.wallClock = clock
    configuration.report = { report in reports.withLock { $0.append(report) } }
    let runner = TriggerRunner(starter: starter, store: store, configuration: configuration)
    try runner.add(trigger(everyTenMinutes), of: "w")
    await starter.fail(with: [WorkflowError(.full, "full"), WorkflowError(.storeUnavailable, "locked")])
    let task = Task { try await runner.run() }
    await clock.waitForSleepers(2)
    for count in 1...3 {
      clock.advance(by: .seconds(600))
      await starter.wait(forCalls: count)
      await clock.waitForSleepers(2)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let kinds = reports.withLock { $0.map(\.kind) }
    #expect(kinds.count == 3 && kinds[0] == .failed("full") && kinds[1] == .failed("locked"))
    #expect(await starter.occasions == ["t@2026-01-01T00:30:00.000000Z"])
  }

  @Test func refusedInputIsPassedOver() async throws {
    await starter.fail(with: [WorkflowError(.invalidInput, "no")])
    try await running(trigger(everyTenMinutes)) {
      clock.advance(by: .seconds(600))
      await starter.wait(forCalls: 1)
      await clock.waitForSleepers(2)
      clock.advance(by: .seconds(600))
      await starter.wait(forCalls: 2)
    }
    #expect(await starter.occasions == ["t@2026-01-01T00:20:00.000000Z"])
  }

  @Test func backfillStartsWhatIsMissingAndTellsHowFarItIs() async throws {
    let runner = runner()
    let daily = trigger(.cron(expression: "@daily", timeZone: "UTC"))
    let start = clock.now
    func backfill(days: Int) async throws -> (BackfillProgress, [Int]) {
      var done: [Int] = []
      let end = start.advanced(by: .seconds(days * 86_400))
      let progress = try await runner.backfill(daily, of: "w", from: start, to: end) { done.append($0.done) }
      return (progress, done)
    }
    let (first, done) = try await backfill(days: 3)
    #expect(first.times == 3 && first.started == 3 && done == [1, 2, 3])
    let (second, _) = try await backfill(days: 5)
    #expect(second.times == 5 && second.started == 2 && second.duplicates == 3)
    #expect(second.last == start.advanced(by: .seconds(4 * 86_400)))
    #expect(await starter.occasions.last == "t@2026-01-05T00:00:00.000000Z")
    let error = await #expect(throws: WorkflowError.self) {
      try await runner.backfill(trigger(.interval(.seconds(1))), of: "w", from: start, to: .distantFuture)
    }
    #expect(error?.code == .boundExceeded)
    await #expect(throws: WorkflowError.self) {
      try await runner.backfill(
        trigger(.file(folder: "/", pattern: "*")), of: "w", from: start, to: .distantFuture)
    }
  }

  @Test(arguments: [
    TriggerDefinition.Source.cron(expression: "61 * * * *", timeZone: "UTC"), .interval(.zero),
    .interval(.seconds(-1)), .event(topic: "t", when: nil), .workflow(name: "other", states: []),
    .file(folder: "", pattern: "*"), .file(folder: "/tmp", pattern: "a/*"),
    .threshold(metric: "unknown", above: 1, below: nil),
  ])
  func faultsAreFoundWhenItIsAdded(source: TriggerDefinition.Source) {
    let error = #expect(throws: WorkflowError.self) { try runner().add(trigger(source), of: "w") }
    #expect(error?.code == .invalidDefinition)
  }

  @Test func namesAreUniqueInAWorkflow() throws {
    let runner = runner()
    try runner.add(trigger(everyTenMinutes), of: "w")
    try runner.add(trigger(everyTenMinutes), of: "v")
    #expect(throws: WorkflowError.self) { try runner.add(trigger(everyTenMinutes), of: "w") }
  }
}
