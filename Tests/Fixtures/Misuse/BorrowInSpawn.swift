// expected-error: mutable capture of 'inout' parameter 'numbers' is not allowed in concurrently-executing code
import Millrace

func misuse(_ numbers: inout [Int]) throws {
  try withScope { scope in
    scope.spawn { numbers.append(1) }
  }
}
