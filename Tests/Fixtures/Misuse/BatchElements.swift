// expected-error: requires the types
import Millrace

func misuse(_ x: [Float], _ y: inout [Double]) {
  Batch.exp(x, into: &y)
}
