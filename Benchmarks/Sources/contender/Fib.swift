import Dispatch
import Millrace

/// Forks at every level: fib(n) makes F(n + 1) - 1 forks and does next to nothing else. Millrace's own count of them is part of its answer.
func fib(_ options: Options) -> Plan? {
  let n = options.size > 0 ? options.size : 37
  let answer = Place(0)
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = fibSerial(n) }
  case "millrace":
    let executor = options.makeExecutor()
    let runs = Place(0)
    let forks = fibSerial(n + 1) - 1
    return .repeated(
      forks, enter: entrance(executor),
      {
        answer.value = fibMillrace(n)
        runs.value += 1
      }, verify: { answer.value == fibSerial(n) && executor.metrics().forks == UInt64(forks * runs.value) })
  case "asynclet": body = { awaitHere { answer.value = await fibAsyncLet(n) } }
  case "taskgroup": body = { awaitHere { answer.value = await fibTaskGroup(n) } }
  case "dispatch": body = { answer.value = fibDispatch(n) }
  default: return nil
  }
  return .repeated(fibSerial(n + 1) - 1, enter: entrance(options), body) { answer.value == fibSerial(n) }
}

@inline(never) func fibSerial(_ n: Int) -> Int { n < 2 ? n : fibSerial(n - 1) + fibSerial(n - 2) }

func fibMillrace(_ n: Int) -> Int {
  if n < 2 { return n }
  let (a, b) = join({ fibMillrace(n - 1) }, { fibMillrace(n - 2) })
  return a + b
}

func fibAsyncLet(_ n: Int) async -> Int {
  if n < 2 { return n }
  async let a = fibAsyncLet(n - 1)
  let b = await fibAsyncLet(n - 2)
  return await a + b
}

func fibTaskGroup(_ n: Int) async -> Int {
  if n < 2 { return n }
  return await withTaskGroup(of: Int.self) { group in
    group.addTask { await fibTaskGroup(n - 1) }
    let b = await fibTaskGroup(n - 2)
    return await group.next()! + b
  }
}

func fibDispatch(_ n: Int) -> Int {
  if n < 2 { return n }
  let results = Place((0, 0))
  DispatchQueue.concurrentPerform(iterations: 2) { half in
    if half == 0 { results.value.0 = fibDispatch(n - 1) } else { results.value.1 = fibDispatch(n - 2) }
  }
  return results.value.0 + results.value.1
}
