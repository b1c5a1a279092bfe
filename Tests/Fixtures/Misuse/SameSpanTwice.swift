// expected-error: overlapping accesses to 'span'
import Millrace

func misuse(_ numbers: inout [Int]) {
  var span = numbers.mutableSpan
  join(splitting: &span, at: 1, and: &span, at: 1, { _, _ in }, { _, _ in })
}
