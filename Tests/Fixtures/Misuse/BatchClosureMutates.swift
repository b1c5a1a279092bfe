// expected-error: mutation of captured var 'count' in concurrently-executing code
import Millrace

func misuse(_ x: inout [Float]) {
  var count = 0
  Batch.transform(&x) { (v: SIMD8<Float>) in
    count += 1
    return v
  }
  print(count)
}
