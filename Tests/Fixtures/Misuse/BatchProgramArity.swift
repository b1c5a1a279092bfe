// expected-error: missing argument for parameter #2 in call
import Millrace

func misuse(_ x: [Float], _ y: inout [Float]) {
  let product = Batch.program { x, y in x * y }
  product.run(x, into: &y)
}
