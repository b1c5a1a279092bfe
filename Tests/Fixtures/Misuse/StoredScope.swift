// expected-error: implicit conversion to 'Scope?' is consuming
import Millrace

func misuse() throws {
  var kept: Scope?
  try withScope { scope in kept = scope }
  kept?.spawn {}
}
