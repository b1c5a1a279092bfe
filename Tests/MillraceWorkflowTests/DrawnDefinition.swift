import MillraceWorkflow

/// Random definitions, with everything that a definition can have. They can be read and written; most do not pass the checks.
enum DrawnDefinition {
  static func draw(_ seed: UInt64) -> WorkflowDefinition {
    var pen = Pen(random: SeededNumbers(seed: seed))
    return pen.definition()
  }

  private struct Pen {
    var random: SeededNumbers

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
    mutating func maybe<Value>(_ draw: (inout Pen) -> Value) -> Value? { oneIn(2) ? draw(&self) : nil }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
    mutating func name() -> String { pick(["a", "b-c", "_d", "Load2", "x_y", "on", "null", "true", "n1", "yes"]) }
    mutating func duration() -> Duration {
      .milliseconds(pick([1, 500, 1000, 61_001, 3_600_000, 90_061_001, 315_360_000_000]))
    }
    mutating func text() -> String {
      pick([
        "", " ", "plain", "two words", "yes", "null", "~", "12", "0x1F", "1e3", "- a", "a: b", "# c", "'q'", "\"dq\"",
        "ü€𝄞", "line\nbreak\n", "\ttab", "$${x}", "$5", "{a}", "*alias", "&anchor", "!tag", "%dir", "@at", "`b", "a\\b",
        "\u{1}\u{7f}", "trailing ", "2026-01-01", "on", "<<", ".inf", "0o17",
      ])
    }
    mutating func expression() -> Expression {
      pick(["true", "tasks.a.rows > 3", "parameters.x in [1, 'two']", "length(event.name) == 0 or not has(run.key)"])
    }
    mutating func value(_ depth: Int = 3) -> JSONValue {
      switch below(depth > 0 ? 9 : 7) {
      case 0: .null
      case 1: .bool(oneIn(2))
      case 2: .int(pick([0, -1, 7, .max, .min]))
      case 3: .double(pick([0.5, -1e-9, 1e300, 3.25]))
      case 4: .string("\(pick(["", "n = "]))${\(expression())}")
      case 5, 6: .string(text())
      case 7: .array((0..<below(4)).map { _ in value(depth - 1) })
      default: .object(dictionary { $0.value(depth - 1) })
      }
    }
    mutating func dictionary<Value>(_ draw: (inout Pen) -> Value) -> [String: Value] {
      var members: [String: Value] = [:]
      for _ in 0..<below(4) { members[name()] = draw(&self) }
      return members
    }
    mutating func named<Value>(_ draw: (inout Pen, String) -> Value) -> [Value] {
      var names: [String] = []
      for _ in 0..<below(5) {
        let name = name()
        if !names.contains(name) { names.append(name) }
      }
      return names.map { draw(&self, $0) }
    }
    mutating func type(_ depth: Int = 2) -> ValueType {
      switch below(depth > 0 ? 8 : 6) {
      case 0: .any
      case 1: .bool
      case 2: .integer
      case 3: .number
      case 4: .string
      case 5: .oneOf(["yes", text() + "x"])
      case 6: .array(type(depth - 1))
      default: .object(dictionary { $0.type(depth - 1) })
      }
    }
    mutating func parameter(_ name: String) -> ParameterDefinition {
      var parameter = ParameterDefinition(name: name, type: type())
      if oneIn(2) { parameter.defaultValue = .some(value()) }
      parameter.summary = text()
      return parameter
    }
    mutating func retry() -> RetryPolicy {
      var retry = RetryPolicy()
      retry.attempts = 1 + below(10_000)
      retry.backoff = duration()
      retry.factor = pick([1, 1.5, 2, 1000])
      retry.cap = duration()
      retry.deadline = maybe { $0.duration() }
      if oneIn(2) { retry.nonRetryable = [text(), text()] }
      retry.interrupted = pick(InterruptionPolicy.allCases)
      return retry
    }
    mutating func task(_ name: String) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: pick(["http", "process", "switch", "call", "wait"]))
      if oneIn(2) { task.summary = text() }
      if oneIn(2) { task.needs = [self.name(), self.name()] }
      if oneIn(2) { task.input = Template(value()) }
      if oneIn(3) { task.outputs = dictionary { $0.type() } }
      task.when = maybe { $0.expression() }
      task.skipPolicy = pick(SkipPolicy.allCases)
      if oneIn(4) {
        task.cases = [SwitchCase(when: expression(), tasks: [self.name()]), SwitchCase(when: nil, tasks: [])]
      }
      if oneIn(3) {
        var foreach = ForeachDefinition(elements: expression())
        foreach.variable = self.name()
        foreach.limit = 1 + below(1_000_000)
        foreach.parallel = 1 + below(100_000)
        task.foreach = foreach
      }
      task.fallback = maybe { $0.name() }
      task.compensation = maybe { $0.name() }
      task.timeout = duration()
      if oneIn(2) { task.retry = retry() }
      task.circuit = maybe { $0.name() }
      task.queue = maybe { $0.name() }
      if oneIn(3) { task.resources = dictionary { 1 + $0.below(5) } }
      if oneIn(3) {
        var cache = CachePolicy()
        cache.lifetime = duration()
        task.cache = cache
      }
      task.heartbeat = maybe { $0.duration() }
      task.limits.memoryBytes = maybe { Int64(1 + $0.below(1 << 40)) }
      task.limits.cpuSeconds = maybe { Int64(1 + $0.below(1000)) }
      return task
    }
    mutating func connector() -> ConnectorDefinition {
      switch below(6) {
      case 0: .lines(path: "/in/a.jsonl", json: oneIn(2), key: maybe { $0.text() }, id: maybe { $0.text() })
      case 1: .table(database: "a.db", table: text(), column: pick(["id", "n"]), key: maybe { $0.text() })
      case 2: .queue(database: "a.db", table: text())
      case 3: .webhook(name: self.name(), secret: text(), key: maybe { $0.text() })
      case 4: .nats(url: "nats://localhost", stream: "S", subject: "s.*", secret: maybe { $0.text() })
      default: .kafka(brokers: "localhost:9092", topic: text())
      }
    }
    mutating func trigger(_ name: String) -> TriggerDefinition {
      let source: TriggerDefinition.Source =
        switch below(7) {
        case 0: .cron(expression: "0 3 * * *", timeZone: pick(["UTC", "Europe/Berlin"]))
        case 1: .interval(duration())
        case 2: .event(topic: text(), when: maybe { $0.expression() })
        case 3: .file(folder: "/in", pattern: "*.csv")
        case 4: .threshold(metric: "m", above: 0.5, below: maybe { _ in -2.25 })
        case 5: .connector(connector())
        default: .workflow(name: "other", states: [pick(RunState.allCases), .failed])
        }
      var trigger = TriggerDefinition(name: name, source: source)
      if oneIn(2) { trigger.input = Template(value()) }
      trigger.catchUp = pick(CatchUpPolicy.allCases)
      trigger.catchUpWindow = duration()
      return trigger
    }
    mutating func definition() -> WorkflowDefinition {
      var definition = WorkflowDefinition(name: name())
      if oneIn(2) { definition.summary = text() }
      definition.durability = pick(Durability.allCases)
      definition.parameters = named { $0.parameter($1) }
      definition.deadline = duration()
      definition.tasks = named { $0.task($1) }
      definition.functions = named { pen, name in
        var function = FunctionDefinition(name: name)
        function.parameters = pen.named { $0.parameter($1) }
        function.tasks = pen.named { $0.task($1) }
        function.outputs = pen.dictionary { Template($0.value()) }
        return function
      }
      definition.resources = dictionary { 1 + $0.below(9) }
      definition.circuits = dictionary { pen in
        var circuit = CircuitPolicy()
        circuit.failures = 1 + pen.below(9)
        circuit.window = pen.duration()
        circuit.retryBudget = pen.pick([0, 0.25, 1])
        return circuit
      }
      definition.queues = dictionary { pen in
        var queue = QueuePolicy()
        queue.rate = pen.maybe { 1 + $0.below(100) }
        queue.whenFull = pen.pick(FullPolicy.allCases)
        queue.isFair = pen.oneIn(2)
        queue.timeout = pen.duration()
        return queue
      }
      definition.triggers = named { $0.trigger($1) }
      definition.outputs = dictionary { Template($0.value()) }
      if oneIn(2) { definition.hooks = [pick(HookEvent.allCases): name()] }
      definition.pauseAfterErrors = maybe { 1 + $0.below(9) }
      definition.resumeAfter = maybe { $0.duration() }
      definition.exclusiveKey = maybe { Template($0.value()) }
      return definition
    }
  }
}
