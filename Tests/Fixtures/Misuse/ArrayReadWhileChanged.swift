// expected-error: mutable capture of 'inout' parameter 'numbers' is not allowed in concurrently-executing code
import Millrace

func misuse(_ numbers: inout [Int]) {
  Parallel.forEach(in: &numbers) { index, number in number = numbers[index] + 1 }
}
