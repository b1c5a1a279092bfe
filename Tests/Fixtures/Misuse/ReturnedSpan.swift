// expected-error: 'MutableSpan<Int>' conform to 'Escapable'
import Millrace

func misuse(_ numbers: inout [Int]) {
  var span = numbers.mutableSpan
  let (left, _): (MutableSpan<Int>, Void) = join(splitting: &span, at: 1, { half in half }, { _ in })
  _ = left.count
}
