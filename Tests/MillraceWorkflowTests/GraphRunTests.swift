import MillraceWorkflow
import Synchronization
import Testing

@Suite struct GraphRunTests {
  @Test func valuesGoFromTaskToTask() async throws {
    let bench = Bench([
      "add": { input, _ in
        guard case .int(let a)? = input["a"], case .int(let b)? = input["b"] else {
          throw TaskFailure(code: "input", "\(input)", isRetryable: false)
        }
        return ["sum": .int(a + b)]
      }
    ])
    try bench.register([
      Bench.task("first", "add", ["a": "${parameters.n}", "b": 1]),
      Bench.task("second", "add", ["a": "${tasks.first.sum}", "b": "${parameters.n}"]),
    ]) {
      $0.parameters = [ParameterDefinition(name: "n", type: .integer, default: 20)]
      $0.outputs = ["total": "${tasks.second.sum}", "text": "n is ${parameters.n}"]
    }
    let record = try await bench.run()
    #expect(record.state == .completed)
    #expect(try record.result.value() == ["total": 41, "text": "n is 20"])
    #expect(try await bench.run(["n": 1]).result.value() == ["total": 3, "text": "n is 1"])
    await #expect(throws: WorkflowError.self) { try await bench.run(["m": 1]) }
    await #expect(throws: WorkflowError.self) { try await bench.run(["n": "one"]) }
    await bench.engine.shutdown()
  }

  @Test func conditionsAndSwitchesSkipWhatIsNotChosen() async throws {
    let bench = Bench()
    try bench.register([
      Bench.task("look", ["size": "${parameters.size}"]),
      Bench.task("pick", kind: .switch, needs: ["look"]) {
        $0.cases = [
          SwitchCase(when: "tasks.look.size > 10", tasks: ["large"]), SwitchCase(when: nil, tasks: ["small"]),
        ]
      },
      Bench.task("large"), Bench.task("small"), Bench.task("after-large", needs: ["large"]),
      Bench.task("join", needs: ["large", "small"]) { $0.skipPolicy = .any },
      Bench.task("never", needs: ["look"]) { $0.when = "tasks.look.size < 0" },
    ]) { $0.parameters = [ParameterDefinition(name: "size", type: .integer)] }
    let small = try await bench.run(["size": 3])
    #expect(
      try await bench.states(small.id) == [
        "look": .succeeded, "pick": .succeeded, "large": .skipped, "small": .succeeded, "after-large": .skipped,
        "join": .succeeded, "never": .skipped,
      ])
    let large = try await bench.run(["size": 30])
    #expect(try await bench.states(large.id)["after-large"] == .succeeded)
    #expect(try await bench.states(large.id)["small"] == .skipped)
    await bench.engine.shutdown()
  }

  @Test func aFanOutKeepsOrderAndItsLimits() async throws {
    let running = Mutex((now: 0, most: 0))
    let bench = Bench([
      "square": { input, _ in
        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        await Task.yield()
        defer { running.withLock { $0.now -= 1 } }
        guard case .int(let n)? = input["n"] else { throw TaskFailure(code: "input", "no n") }
        return .int(n * n)
      }
    ])
    try bench.register([
      Bench.task("squares", "square", ["n": "${item}"]) {
        $0.foreach = ForeachDefinition(elements: "parameters.numbers")
        $0.foreach!.parallel = 3
        $0.foreach!.limit = 20
      }
    ]) {
      $0.parameters = [ParameterDefinition(name: "numbers", type: .array(.integer))]
      $0.outputs = ["squares": "${tasks.squares}"]
    }
    let numbers = (0..<20).map { JSONValue.int(Int64($0)) }
    let record = try await bench.run(["numbers": .array(numbers)])
    #expect(try record.result.value()["squares"] == .array((0..<20).map { .int($0 * $0) }))
    #expect(running.withLock { $0.most } <= 3)
    #expect(try await bench.run(["numbers": []]).result.value()["squares"] == [])
    let tooMany = try await bench.run(["numbers": .array(numbers + [20])])
    #expect(tooMany.state == .failed)
    #expect(tooMany.reason.contains("21 elements, more than its limit of 20"))
    await bench.engine.shutdown()
  }

  @Test func aFallbackRunsInPlaceOfWhatHasFailed() async throws {
    let bench = Bench([
      "count": { input, context in ["from": "fallback", "given": input, "attempt": .int(Int64(context.attempt))] }
    ])
    try bench.register([
      Bench.task("risky", "fail", ["x": 1]) {
        $0.fallback = "safe"
        $0.retry.attempts = 2
      },
      Bench.task("safe", "count"),
      Bench.task("next", ["seen": "${tasks.risky.from}"]),
    ]) { $0.outputs = ["seen": "${tasks.next.seen}"] }
    let record = try await bench.run()
    #expect(record.state == .completed)
    #expect(try record.result.value() == ["seen": "fallback"])
    let steps = try await bench.steps(record.id)
    #expect(steps["risky"]?.attempt == 2)
    #expect(steps["risky#fallback"]?.state == .succeeded)
    await bench.engine.shutdown()
  }

  @Test func aFailureCompensatesTheLatestFirstAndCallsHooks() async throws {
    let calls = Mutex<[String]>([])
    let bench = Bench([
      "undo": { input, _ in
        calls.withLock { $0.append("undo \(input["what"]?.text ?? "?")") }
        return .null
      },
      "tell": { input, _ in
        calls.withLock { $0.append("tell \(input["reason"]?.text ?? "?")") }
        return .null
      },
    ])
    try bench.register([
      Bench.task("a", ["name": "A"]) { $0.compensation = "undo-a" },
      Bench.task("b", needs: ["a"], ["name": "B"]) { $0.compensation = "undo-b" },
      Bench.task("c", "fail", needs: ["b"]),
      Bench.task("undo-a", "undo", ["what": "${event.output.name}"]),
      Bench.task("undo-b", "undo", ["what": "${event.output.name}"]),
      Bench.task("tell", "tell", ["reason": "${event.name}: ${event.reason}"]),
    ]) { $0.hooks = [.failed: "tell"] }
    let record = try await bench.run()
    #expect(record.state == .failed)
    #expect(record.reason == "task c: broken: as asked")
    #expect(calls.withLock { $0 } == ["undo B", "undo A", "tell failed: task c: broken: as asked"])
    #expect(try await bench.states(record.id)["a"] == .compensated)
    await bench.engine.shutdown()
  }

  @Test func aFailedRunIsRetriedWhereItFailed() async throws {
    let isBroken = Mutex(true)
    let calls = Mutex<[String]>([])
    let bench = Bench([
      "note": { input, context in
        calls.withLock { $0.append(context.step) }
        if context.step == "b[1]", isBroken.withLock({ $0 }) { throw TaskFailure(code: "broken", "still") }
        return input
      }
    ])
    try bench.register([
      Bench.task("a", "note"),
      Bench.task("b", "note", needs: ["a"]) {
        $0.foreach = ForeachDefinition(elements: "[1, 2, 3]")
        $0.foreach!.parallel = 1
        $0.foreach!.limit = 3
      },
      Bench.task("c", "note", needs: ["b"]),
    ])
    let record = try await bench.run()
    #expect(record.state == .failed)
    #expect(calls.withLock { $0 } == ["a", "b[0]", "b[1]"])
    isBroken.withLock { $0 = false }
    try await bench.engine.control(record.id, .retry(reason: "repaired"))
    #expect(try await bench.engine.wait(for: record.id).state == .completed)
    #expect(calls.withLock { $0 } == ["a", "b[0]", "b[1]", "b[1]", "b[2]", "c"])
    try await bench.engine.control(record.id, .restart(from: "b", reason: "again"))
    #expect(try await bench.engine.wait(for: record.id).state == .completed)
    #expect(calls.withLock { $0.suffix(4) } == ["b[0]", "b[1]", "b[2]", "c"])
    await bench.engine.shutdown()
  }

  @Test func aRunWaitsForAnApprovalAndForTime() async throws {
    let bench = Bench()
    try bench.register([
      Bench.task("ask", kind: .wait, ["approval": "manager"]) { $0.outputs = ["approved": .bool] },
      Bench.task("rest", kind: .wait, needs: ["ask"], ["duration": "1ms"]),
      Bench.task("done", needs: ["rest"], ["approved": "${tasks.ask.approved}"]),
    ]) { $0.outputs = ["approved": "${tasks.done.approved}"] }
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    try await bench.engine.wait(for: run) { $0.state == .waiting }
    #expect(try await bench.engine.send(InboxEvent(id: "0", name: "boss"), to: run) == .unknownEvent)
    // Not what was declared: refused, and the wait goes on.
    #expect(
      try await bench.engine.send(InboxEvent(id: "1", name: "manager", payload: Payload("yes")), to: run) == .accepted)
    #expect(
      try await bench.engine.send(InboxEvent(id: "2", name: "manager", payload: Payload(["approved": true])), to: run)
        == .accepted)
    #expect(try await bench.engine.wait(for: run).result.value() == ["approved": true])
    #expect(try await bench.store.history(of: run).contains { $0.kind == "event refused" })
    await bench.engine.shutdown()
  }

  @Test func aWaitWithoutItsEventTimesOut() async throws {
    let bench = Bench()
    try bench.register([Bench.task("ask", kind: .wait, ["event": "answer"]) { $0.timeout = .milliseconds(1) }])
    let record = try await bench.run()
    #expect(record.state == .failed)
    #expect(try await bench.states(record.id) == ["ask": .timedOut])
    await bench.engine.shutdown()
  }

  @Test func aTaskIsARunOfAnotherWorkflow() async throws {
    let bench = Bench()
    try bench.register([Bench.task("double", ["twice": "${parameters.n + parameters.n}"])], name: "child") {
      $0.parameters = [ParameterDefinition(name: "n", type: .integer)]
      $0.outputs = ["twice": "${tasks.double.twice}"]
    }
    try bench.register([
      Bench.task("part", kind: .workflow, ["workflow": "child", "parameters": ["n": "${item}"]]) {
        $0.foreach = ForeachDefinition(elements: "[1, 2, 3]")
      }
    ]) { $0.outputs = ["parts": "${tasks.part}"] }
    let record = try await bench.run()
    #expect(record.state == .completed)
    #expect(try record.result.value() == ["parts": [["twice": 2], ["twice": 4], ["twice": 6]]])
    var query = RunQuery()
    query.parent = record.id
    #expect(try await bench.store.count(query) == 3)

    try bench.register([
      Bench.task("part", kind: .workflow, ["workflow": "child", "parameters": ["n": "x"]])
    ])
    let failed = try await bench.run()
    #expect(failed.state == .failed)
    #expect(failed.reason.contains("parameters.n"))
    await bench.engine.shutdown()
  }

  @Test func aCancelledRunCancelsItsParts() async throws {
    let bench = Bench()
    try bench.register([Bench.task("ask", kind: .wait, ["event": "never"])], name: "child")
    try bench.register([Bench.task("part", kind: .workflow, ["workflow": "child"])])
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    var query = RunQuery()
    query.parent = run
    while try await bench.store.count(query) == 0 { await Task.yield() }
    let child = try await bench.store.runs(query)[0].id
    try await bench.engine.control(run, .cancel(reason: "enough"))
    #expect(try await bench.engine.wait(for: run).state == .cancelled)
    #expect(try await bench.engine.wait(for: child).state == .cancelled)
    await bench.engine.shutdown()
  }

  @Test func secretsReachTheTaskAndNothingElse() async throws {
    let seen = Mutex("")
    let bench = Bench(
      vault: Vault([FixedSecrets(["token": Secret("s3cr3t-token")])]),
      [
        "call": { input, context in
          seen.withLock { $0 = input["header"]?.text ?? "" }
          throw TaskFailure(code: "refused", "the server said: \(input["header"]?.text ?? "")", isRetryable: false)
        }
      ])
    try bench.register([Bench.task("call", "call", ["header": "Bearer ${secrets.token}"])])
    let record = try await bench.run()
    #expect(seen.withLock { $0 } == "Bearer s3cr3t-token")
    #expect(record.reason.contains("the server said: Bearer •••"))
    let everything = "\(try await bench.store.load(record.id)!) \(try await bench.store.history(of: record.id))"
    #expect(!everything.contains("s3cr3t"))
    await bench.engine.shutdown()
  }

  @Test func aResultIsUsedAgain() async throws {
    let calls = Mutex(0)
    let bench = Bench([
      "dear": { input, _ in
        calls.withLock { $0 += 1 }
        return input
      }
    ])
    try bench.register([Bench.task("dear", "dear", ["n": "${parameters.n}"]) { $0.cache = CachePolicy() }]) {
      $0.parameters = [ParameterDefinition(name: "n", type: .integer)]
      $0.outputs = ["n": "${tasks.dear.n}"]
    }
    for n: JSONValue in [1, 1, 2, 1] { #expect(try await bench.run(["n": n]).result.value()["n"] == n) }
    #expect(calls.withLock { $0 } == 2)
    await bench.engine.shutdown()
  }

  @Test func triggersAndKeysStartOneRun() async throws {
    let bench = Bench()
    try bench.register([Bench.task("ask", kind: .wait, ["event": "go"])]) {
      $0.parameters = [ParameterDefinition(name: "customer", type: .string)]
      $0.exclusiveKey = "${parameters.customer}"
    }
    var request = StartRequest(workflow: "flow", input: ["customer": "Ada"])
    request.idempotencyKey = "monday"
    let run = try await bench.engine.start(request).run
    #expect(try await bench.engine.start(request) == .duplicate(run))
    request.idempotencyKey = "tuesday"
    #expect(try await bench.engine.start(request) == .keyHeld(run))
    try await bench.engine.control(run, .cancel(reason: "done"))
    try await bench.engine.wait(for: run)
    let next = try await bench.engine.start(request)
    #expect(next == .started(next.run))
    await bench.engine.shutdown()
  }

  @Test func queuesResourcesAndBreakersHoldAttemptsBack() async throws {
    let running = Mutex((now: 0, most: 0))
    let bench = Bench([
      "work": { input, _ in
        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        await Task.yield()
        running.withLock { $0.now -= 1 }
        return input
      }
    ])
    try bench.register([
      Bench.task("queued", "work") {
        $0.foreach = ForeachDefinition(elements: "[1, 2, 3, 4, 5]")
        $0.queue = "narrow"
      },
      Bench.task("licensed", "work", needs: ["queued"]) {
        $0.foreach = ForeachDefinition(elements: "[1, 2, 3, 4, 5]")
        $0.resources = ["licence": 1]
      },
    ]) {
      var narrow = QueuePolicy()
      narrow.concurrency = 1
      $0.queues = ["narrow": narrow]
      $0.resources = ["licence": 1]
      $0.deadline = .seconds(30 * 86_400)
    }
    #expect(try await bench.run().state == .completed)
    #expect(running.withLock { $0.most } == 1)

    try bench.register([
      Bench.task("call", "fail") {
        $0.circuit = "server"
        $0.retry.attempts = 5
      }
    ]) {
      var server = CircuitPolicy()
      server.failures = 2
      $0.circuits = ["server": server]
      $0.deadline = .seconds(30 * 86_400)
    }
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    while try await bench.store.history(of: run).filter({ $0.kind == "attempt failed" }).count < 3 {
      await Task.yield()
    }
    let failures = try await bench.store.history(of: run).filter { $0.kind == "attempt failed" }.map(\.reason)
    #expect(failures[..<2].allSatisfy { $0.hasPrefix("broken") })
    #expect(failures[2].hasPrefix("circuit open"))
    await bench.engine.shutdown()
  }
}
