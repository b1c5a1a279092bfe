// expected-error: capture of 'scope' with non-Sendable type 'Scope' in a '@Sendable' closure
import Millrace

func misuse() throws {
  try withScope { scope in
    scope.spawn { scope.spawn {} }
  }
}
