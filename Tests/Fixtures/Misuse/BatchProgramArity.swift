// expected-error: requires the types 'Batch.Two' and 'Batch.One' be equivalent
import Millrace

func misuse(_ x: [Float], _ y: inout [Float]) {
  let product = Batch.program { x, y in x * y }
  product.run(x, into: &y)
}
