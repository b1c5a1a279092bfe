// expected-error: mutation of captured var 'kept' in concurrently-executing code
import Millrace

func misuse(_ numbers: inout [Int], _ others: inout [Int]) {
  var span = numbers.mutableSpan
  var kept = others.mutableSpan
  join(splitting: &span, at: 1, { half in kept = half }, { _ in })
  kept[0] = 1
}
