// expected-error: type 'Counter' does not conform to the 'Sendable' protocol
import Millrace

final class Counter {
  var value = 0
}

func misuse(_ counters: inout [Counter]) {
  Parallel.forEach(in: &counters) { _, counter in counter.value += 1 }
}
