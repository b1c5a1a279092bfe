// expected-error: lifetime-dependent variable 'a' escapes its scope
import Millrace

/// Each would be left with a place in the other's array.
func misuse(_ numbers: inout [Int], _ others: inout [Int]) {
  var first = numbers.mutableSpan
  var second = others.mutableSpan
  join(
    splitting: &first, at: 1, and: &second, at: 1,
    { a, b in
      let c = a
      a = b
      b = c
    },
    { _, _ in })
}
