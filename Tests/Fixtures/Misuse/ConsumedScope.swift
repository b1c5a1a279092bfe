// expected-error: 'scope' is borrowed and cannot be consumed
import Millrace

func keep(_ scope: consuming Scope) {}

func misuse() throws {
  try withScope { scope in keep(scope) }
}
