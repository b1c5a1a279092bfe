// expected-error: call can throw
import Millrace

func misuse(_ numbers: [Float]) -> Float {
  Batch.sum(numbers, on: .workers)
}
