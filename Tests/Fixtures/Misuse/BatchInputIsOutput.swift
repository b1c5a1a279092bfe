// expected-error: overlapping accesses to 'numbers'
import Millrace

func misuse(_ numbers: inout AlignedBuffer<Float>) {
  Batch.exp(numbers, into: &numbers)
}
