// expected-error: capture of 'counter' with non-Sendable type 'Counter' in a '@Sendable' closure
import Millrace

final class Counter {
  var value = 0
}

func misuse(_ counter: Counter) {
  _ = join({ counter.value += 1 }, { counter.value += 1 })
}
