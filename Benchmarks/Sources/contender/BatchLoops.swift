import CBodies
import Foundation

/// The kernels as one writes them without knowing better: loops over arrays.
extension BatchData {
  func naive(_ name: String) -> ((Int) -> Void)? {
    let (x, y) = (Array(x), Array(y))
    let result = Place([Float](repeating: 0, count: elements))
    let (size, first, second, target) = (size, first, second, z)
    /// Runs a body, and gives what it wrote to the check.
    func storing(_ body: @escaping (inout [Float]) -> Void) -> (Int) -> Void {
      { times in
        for _ in 0..<times { body(&result.value) }
        _ = target.update(fromContentsOf: result.value)
      }
    }
    switch name {
    case "axpy": return storing { axpy(Self.factor, x, y, &$0) }
    case "polynomial": return storing { polynomial(x, Self.coefficients, &$0) }
    case "sum": return { for _ in 0..<$0 { first.value = Double(sum(x)) } }
    case "dot": return { for _ in 0..<$0 { first.value = Double(dot(x, y)) } }
    case "minmax":
      return {
        for _ in 0..<$0 {
          let ends = minAndMax(x)
          (first.value, second.value) = (Double(ends.0), Double(ends.1))
        }
      }
    case "exp": return storing { each(x, &$0, exp) }
    case "log": return storing { each(x, &$0, log) }
    case "softmax": return storing { softmax(x, &$0) }
    case "normalise": return storing { normalise(x, &$0) }
    case "filter": return storing { first.value = Double(filter(x, &$0)) }
    case "prefixsum": return storing { prefixSum(x, &$0) }
    case "gather":
      let places = Array(places)
      return storing { gather(x, places, &$0) }
    case "histogram":
      let bytes = Array(bytes)
      let (counted, counts) = (Place([UInt64](repeating: 0, count: 256)), counts)
      return {
        for _ in 0..<$0 { histogram(bytes, &counted.value) }
        _ = counts.update(fromContentsOf: counted.value)
      }
    case "transpose":
      let rows = rows
      return storing { transpose(x, rows, size / rows, &$0) }
    case "stencil":
      let ring = Array(ring)
      return storing { stencil(ring, &$0) }
    case "matmul": return storing { multiply(x, y, size, &$0) }
    case "mandelbrot", "skewed":
      let (left, low, step) = (body_mandelbrot_left(), body_mandelbrot_low(), body_mandelbrot_step())
      let (counts, integers) = (Place([Int32](repeating: 0, count: elements)), integers)
      return {
        for _ in 0..<$0 { mandelbrot(left, low, step, size, &counts.value) }
        _ = integers.update(fromContentsOf: counts.value)
      }
    default: return nil
    }
  }

  /// The same with the standard library's functions of collections.
  func map(_ name: String) -> ((Int) -> Void)? {
    let (x, y) = (Array(x), Array(y))
    let (first, second, target) = (first, second, z)
    func storing(_ body: @escaping () -> [Float]) -> (Int) -> Void {
      { times in
        var result: [Float] = []
        for _ in 0..<times { result = body() }
        _ = target.update(fromContentsOf: result)
      }
    }
    let c = Self.coefficients
    switch name {
    case "axpy": return storing { zip(x, y).map { $0 * Self.factor + $1 } }
    case "polynomial": return storing { x.map { c[0] + $0 * (c[1] + $0 * (c[2] + $0 * c[3])) } }
    case "sum": return { for _ in 0..<$0 { first.value = Double(x.reduce(0, +)) } }
    case "dot": return { for _ in 0..<$0 { first.value = Double(zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }) } }
    case "minmax":
      return { for _ in 0..<$0 { (first.value, second.value) = (Double(x.min()!), Double(x.max()!)) } }
    case "exp": return storing { x.map { exp($0) } }
    case "log": return storing { x.map { log($0) } }
    case "filter":
      return storing {
        let kept = x.filter { $0 > 0 }
        first.value = Double(kept.count)
        return kept
      }
    case "gather":
      let places = Array(places)
      return storing { places.map { x[Int($0)] } }
    default: return nil
    }
  }
}

@inline(never) private func axpy(_ a: Float, _ x: [Float], _ y: [Float], _ z: inout [Float]) {
  for i in 0..<x.count { z[i] = a * x[i] + y[i] }
}

@inline(never) private func polynomial(_ x: [Float], _ c: [Float], _ z: inout [Float]) {
  let (c0, c1, c2, c3) = (c[0], c[1], c[2], c[3])
  for i in 0..<x.count { z[i] = c0 + x[i] * (c1 + x[i] * (c2 + x[i] * c3)) }
}

@inline(never) private func sum(_ x: [Float]) -> Float {
  var sum: Float = 0
  for value in x { sum += value }
  return sum
}

@inline(never) private func dot(_ x: [Float], _ y: [Float]) -> Float {
  var sum: Float = 0
  for i in 0..<x.count { sum += x[i] * y[i] }
  return sum
}

@inline(never) private func minAndMax(_ x: [Float]) -> (Float, Float) {
  var (least, greatest) = (x[0], x[0])
  for value in x {
    if value < least { least = value }
    if value > greatest { greatest = value }
  }
  return (least, greatest)
}

@inline(never) private func each(_ x: [Float], _ z: inout [Float], _ function: (Float) -> Float) {
  for i in 0..<x.count { z[i] = function(x[i]) }
}

@inline(never) private func softmax(_ x: [Float], _ z: inout [Float]) {
  let greatest = x.max()!
  var sum = 0.0
  for i in 0..<x.count {
    z[i] = exp(x[i] - greatest)
    sum += Double(z[i])
  }
  for i in 0..<x.count { z[i] *= Float(1 / sum) }
}

@inline(never) private func normalise(_ x: [Float], _ z: inout [Float]) {
  var (sum, squares) = (0.0, 0.0)
  for value in x { sum += Double(value) }
  let mean = sum / Double(x.count)
  for value in x { squares += (Double(value) - mean) * (Double(value) - mean) }
  let scale = Float(1 / (squares / Double(x.count)).squareRoot())
  for i in 0..<x.count { z[i] = (x[i] - Float(mean)) * scale }
}

@inline(never) private func filter(_ x: [Float], _ z: inout [Float]) -> Int {
  var kept = 0
  for value in x where value > 0 {
    z[kept] = value
    kept += 1
  }
  return kept
}

@inline(never) private func prefixSum(_ x: [Float], _ z: inout [Float]) {
  var sum: Float = 0
  for i in 0..<x.count {
    sum += x[i]
    z[i] = sum
  }
}

@inline(never) private func gather(_ x: [Float], _ places: [Int32], _ z: inout [Float]) {
  for i in 0..<places.count { z[i] = x[Int(places[i])] }
}

@inline(never) private func histogram(_ bytes: [UInt8], _ counts: inout [UInt64]) {
  for byte in bytes { counts[Int(byte)] += 1 }
}

@inline(never) private func transpose(_ x: [Float], _ rows: Int, _ columns: Int, _ z: inout [Float]) {
  for row in 0..<rows {
    for column in 0..<columns { z[column * rows + row] = x[row * columns + column] }
  }
}

@inline(never) private func stencil(_ x: [Float], _ z: inout [Float]) {
  for i in 0..<z.count { z[i] = 0.25 * x[i] + 0.5 * x[i + 1] + 0.25 * x[i + 2] }
}

@inline(never) private func multiply(_ a: [Float], _ b: [Float], _ n: Int, _ c: inout [Float]) {
  for row in 0..<n {
    for column in 0..<n { c[row * n + column] = 0 }
    for k in 0..<n {
      let factor = a[row * n + k]
      for column in 0..<n { c[row * n + column] += factor * b[k * n + column] }
    }
  }
}

@inline(never)
private func mandelbrot(_ left: Float, _ low: Float, _ step: Float, _ size: Int, _ counts: inout [Int32]) {
  for row in 0..<size {
    for column in 0..<size {
      let (x, y) = (left + step * Float(column), low + step * Float(row))
      var (re, im) = (Float(0), Float(0))
      var count: Int32 = 0
      while count < BatchData.limit, re * re + im * im <= 4 {
        (re, im) = (re * re - im * im + x, 2 * re * im + y)
        count += 1
      }
      counts[row * size + column] = count
    }
  }
}
