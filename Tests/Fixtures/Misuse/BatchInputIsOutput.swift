// expected-error: overlapping accesses to 'numbers'
import Millrace

func misuse(_ numbers: inout [Float]) {
  Batch.exp(numbers, into: &numbers)
}
