// expected-error: capture of 'counter' with non-Sendable type 'Counter' in a '@Sendable' closure
import Millrace

final class Counter {
  var value = 0
}

func misuse(_ counter: Counter, _ executor: WorkStealingExecutor) throws {
  try executor.submit { counter.value += 1 }
}
