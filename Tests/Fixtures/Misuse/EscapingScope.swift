// expected-error: requires that 'Scope' conform to 'Copyable'
import Millrace

func misuse() throws {
  let kept: Scope = try withScope { scope in scope }
  kept.spawn {}
}
