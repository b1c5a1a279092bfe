import Millrace

// Every kind of memory, in any combination.
func memory(_ array: [Float], _ slice: ArraySlice<Float>, _ span: Span<Float>, _ output: inout MutableSpan<Float>) {
  var buffer = AlignedBuffer<Float>(repeating: 0, count: array.count)
  Batch.exp(array, into: &buffer)
  Batch.add(buffer, slice, into: &output)
  Batch.multiply(&output, span)
  Batch.exp(buffer.span, into: &output)
  var half = output.extracting(first: 2)
  Batch.exp(&half)
  var numbers = array
  numbers.withUnsafeMutableBufferPointer { Batch.sqrt(&$0) }
}

// What cannot be cancelled does not throw; what can, throws that alone.
func errors(_ x: [Double]) throws(CancellationError) -> Double {
  let here = Batch.sum(x)
  return try Batch.sum(x, on: .workers) - here
}

// A place is a value.
func generic<E: Batch.Failure>(_ x: inout [Float], on place: Batch.Place<E>) throws(E) {
  try Batch.tanh(&x, on: place)
  try Batch.softmax(&x, on: place)
}

struct Model: Sendable {
  let activation = Batch.program { x, bias in (x + bias).greater(0) }
  let loss: Batch.Program<Double, Batch.Two, Batch.Sum> = Batch.program(of: Double.self) { x, y in
    ((x - y) * (x - y)).sum()
  }
}
