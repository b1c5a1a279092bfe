// expected-error: mutation of captured var 'sum' in concurrently-executing code
import Millrace

func misuse() -> Int {
  var sum = 0
  Parallel.forEach(0..<100) { sum += $0 }
  return sum
}
