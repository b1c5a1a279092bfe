// expected-error: type 'Counter' does not conform to the 'Sendable' protocol
import Millrace

final class Counter {
  var value = 0
}

func misuse() -> Counter {
  join({ Counter() }, { 1 }).0
}
