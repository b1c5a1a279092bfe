import Dispatch
import Millrace

/// Runs an asynchronous body as the contender does: on the default executor, under a preference for Millrace, or with Millrace as the global executor.
private func asynchronous(
  _ options: Options, _ defaultName: String, _ operations: Int, _ body: @escaping @Sendable () async -> Bool
) -> Plan? {
  let isRight = Place(true)
  let run: @Sendable () async -> Void
  switch options.contender {
  case defaultName: run = { isRight.value = await body() && isRight.value }
  case "millrace":
    let executor = options.makeExecutor()
    run = { await withTaskExecutorPreference(executor) { isRight.value = await body() && isRight.value } }
  case "millrace-global":
    let executor = options.makeExecutor()
    try! executor.installAsGlobal()
    run = { isRight.value = await body() && isRight.value }
  default: return nil
  }
  return .repeated(operations, enter: { $0() }, { awaitHere(run) }, verify: { isRight.value })
}

/// Children of a task group that do nothing: `64` of them in flight, or `20000` at once.
func taskGroup(_ options: Options) -> Plan? {
  let inFlight = Int(options.variant) ?? 64
  let count = options.size > 0 ? options.size : max(inFlight, 100_000)
  return asynchronous(options, "taskgroup", count) {
    var sum = 0
    for _ in 0..<(inFlight == 64 ? 1 : count / inFlight) {
      sum += await withTaskGroup(of: Int.self) { group in
        var sum = 0
        for child in 0..<(inFlight == 64 ? count : inFlight) {
          if child >= inFlight { sum += await group.next()! }
          group.addTask { 1 }
        }
        return await group.reduce(sum, +)
      }
    }
    return sum == (inFlight == 64 ? count : count / inFlight * inFlight)
  }
}

func asyncLet(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 100_000
  return asynchronous(options, "asynclet", count) {
    var sum = 0
    for number in 0..<count {
      async let child = number
      sum += await child
    }
    return sum == count * (count - 1) / 2
  }
}

private actor Cell {
  private var value = 0
  func add() -> Int {
    value += 1
    return value
  }
}

/// From a task to an actor and back.
func actorHop(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 200_000
  return asynchronous(options, "default", count) {
    let cell = Cell()
    var last = 0
    for _ in 0..<count { last = await cell.add() }
    return last == count
  }
}
