import Millrace
import MillraceBench

/// Forks at every level: fib(n) makes F(n + 1) - 1 forks and does next to nothing else. Millrace's own count of them is part of its answer.
func fib(_ options: Options) -> Plan? {
  let n = options.size > 0 ? options.size : 37
  let answer = Place(0)
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = Fib.serial(n) }
  case "millrace":
    let executor = options.makeExecutor()
    let runs = Place(0)
    let forks = Fib.serial(n + 1) - 1
    return .repeated(
      forks, enter: entrance(executor),
      {
        answer.value = Fib.millrace(n)
        runs.value += 1
      }, verify: { answer.value == Fib.serial(n) && executor.metrics().forks == UInt64(forks * runs.value) })
  case "asynclet": body = { awaitHere { answer.value = await Fib.asyncLet(n) } }
  case "taskgroup": body = { awaitHere { answer.value = await Fib.taskGroup(n) } }
  case "dispatch": body = { answer.value = Fib.dispatch(n) }
  default: return nil
  }
  return .repeated(Fib.serial(n + 1) - 1, enter: entrance(options), body) { answer.value == Fib.serial(n) }
}
