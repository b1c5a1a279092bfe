import CBodies
import Foundation
import Millrace

/// A kernel over many elements, by the case's means: `sse2`, `avx2`, `avx512` (the library's kernels at that level; reductions in the fastest order), `strict` (reductions in
/// the order that is the same everywhere), `program`, `closure`; `closure-native` is `closure` of `contender-native`.
///
/// With one worker the caller computes; with more, a worker of that executor calls and the others take part.
func batch(_ options: Options) -> Plan? {
  let kernel = String(options.workload.dropFirst("batch-".count))
  guard body_batch_begin(kernel, Int64(options.size)) else { fail("there is no kernel \(kernel)") }
  let data = BatchData(options.size)
  if kernel == "limits" { return limits(options, data) }
  if ["sse2", "avx2", "avx512"].contains(options.variant) {
    setenv("MILLRACE_SIMD", options.variant, 1)
    if Batch.levelComplaint != nil { return nil }
  }
  if kernel == "call" { return call(options, data) }
  let isAlone = options.workers == 1
  let loop: ((Int) -> Void)?
  switch (options.contender, options.variant) {
  case ("millrace", "sse2"), ("millrace", "avx2"), ("millrace", "avx512"):
    loop = isAlone ? data.kernel(kernel, .relaxed, .caller) : data.kernel(kernel, .relaxed, .workers)
  case ("millrace", "strict"):
    guard ["sum", "dot"].contains(kernel) else { return nil }
    loop = isAlone ? data.kernel(kernel, .strict, .caller) : data.kernel(kernel, .strict, .workers)
  case ("millrace", "program"): loop = isAlone ? data.program(kernel, .caller) : data.program(kernel, .workers)
  case ("millrace", "closure"), ("millrace", "closure-native"):
    loop = isAlone ? data.closure(kernel, .caller) : data.closure(kernel, .workers)
  case ("naive", ""), ("naive", "native"): loop = data.naive(kernel)
  case ("map", ""): loop = data.map(kernel)
  default: return nil
  }
  guard let loop else { return nil }
  return .sampled(
    Int(body_batch_operations()), enter: isAlone ? { $0() } : entrance(options), loop,
    verify: { body_batch_is_right(data.first.value, data.second.value) })
}

/// The inputs and outputs, and what reductions returned.
struct BatchData {
  let size: Int
  let elements: Int
  let x: UnsafeBufferPointer<Float>
  let y: UnsafeBufferPointer<Float>
  let z: UnsafeMutableBufferPointer<Float>
  let first = Place(0.0)
  let second = Place(0.0)

  init(_ size: Int) {
    self.size = size
    let isSquare = body_batch_operations() != Int64(size)
    elements = isSquare ? size * size : size
    x = UnsafeBufferPointer(start: body_batch_x(), count: elements)
    y = UnsafeBufferPointer(start: body_batch_y(), count: elements)
    z = UnsafeMutableBufferPointer(start: body_batch_z(), count: elements)
  }

  var integers: UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(start: body_batch_integers(), count: elements)
  }
  var places: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: body_batch_places(), count: elements) }
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: body_batch_bytes(), count: elements) }
  var counts: UnsafeMutableBufferPointer<UInt64> { UnsafeMutableBufferPointer(start: body_batch_counts(), count: 256) }
  /// `x` with one more at either end.
  var ring: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: body_batch_x() - 1, count: elements + 2) }
  var rows: Int { Int(body_batch_rows()) }

  static let factor: Float = 1.5
  static let coefficients: [Float] = [0.5, -1.25, 0.75, 0.375]
  static let limit = Int32(BODY_MANDELBROT_LIMIT)
}

extension BatchData {
  /// The library's kernels. The loop is within, so that a call is all that is measured.
  @inline(__always)
  func kernel<E: Batch.Failure>(_ name: String, _ order: Batch.Order, _ place: Batch.Place<E>) -> ((Int) -> Void)? {
    let (x, y, first, second) = (x, y, first, second)
    var z = z
    switch name {
    case "axpy": return { for _ in 0..<$0 { try! Batch.axpy(Self.factor, x, y, into: &z, on: place) } }
    case "polynomial":
      let coefficients = Self.coefficients
      return { for _ in 0..<$0 { try! Batch.polynomial(x, coefficients: coefficients, into: &z, on: place) } }
    case "sum": return { for _ in 0..<$0 { first.value = Double(try! Batch.sum(x, order, on: place)) } }
    case "dot": return { for _ in 0..<$0 { first.value = Double(try! Batch.dot(x, y, order, on: place)) } }
    case "minmax":
      return {
        for _ in 0..<$0 {
          let ends = try! Batch.minAndMax(x, on: place)!
          (first.value, second.value) = (Double(ends.min), Double(ends.max))
        }
      }
    case "exp": return { for _ in 0..<$0 { try! Batch.exp(x, into: &z, on: place) } }
    case "log": return { for _ in 0..<$0 { try! Batch.log(x, into: &z, on: place) } }
    case "softmax": return { for _ in 0..<$0 { try! Batch.softmax(x, into: &z, on: place) } }
    case "normalise": return { for _ in 0..<$0 { try! Batch.normalise(x, into: &z, on: place) } }
    case "filter":
      return { for _ in 0..<$0 { first.value = Double(try! Batch.filter(x, .greater, 0, into: &z, on: place)) } }
    case "prefixsum": return { for _ in 0..<$0 { try! Batch.prefixSum(x, into: &z, on: place) } }
    case "histogram":
      let bytes = bytes
      var counts = counts
      return { for _ in 0..<$0 { try! Batch.histogram(bytes, into: &counts, on: place) } }
    case "gather":
      let places = places
      return { for _ in 0..<$0 { try! Batch.gather(x, at: places, into: &z, on: place) } }
    case "transpose":
      let (rows, columns) = (rows, size / rows)
      return { for _ in 0..<$0 { try! Batch.transpose(x, rows: rows, columns: columns, into: &z, on: place) } }
    case "stencil":
      let ring = ring
      return {
        for _ in 0..<$0 { try! Batch.stencil(ring, left: 0.25, centre: 0.5, right: 0.25, into: &z, on: place) }
      }
    case "matmul":
      let size = size
      return {
        for _ in 0..<$0 { try! Batch.matmul(x, y, rows: size, columns: size, depth: size, into: &z, on: place) }
      }
    case "mandelbrot", "skewed":
      let (size, integers, isAlone) = (size, integers, E.self == Never.self)
      let (left, low, step) = (body_mandelbrot_left(), body_mandelbrot_low(), body_mandelbrot_step())
      @Sendable func row(_ number: Int, _ counts: UnsafeMutableBufferPointer<Int32>) {
        var counts = UnsafeMutableBufferPointer(rebasing: counts[number * size..<(number + 1) * size])
        Batch.mandelbrot(x: left, step: step, y: low + step * Float(number), limit: Self.limit, into: &counts)
      }
      return {
        for _ in 0..<$0 {
          if isAlone {
            for number in 0..<size { row(number, integers) }
          } else {
            let all = Place(integers)
            Parallel.forEach(0..<size) { row($0, all.value) }
          }
        }
      }
    default: return nil
    }
  }

  /// Of what can be said as an expression.
  @inline(__always)
  func program<E: Batch.Failure>(_ name: String, _ place: Batch.Place<E>) -> ((Int) -> Void)? {
    let (x, y, first) = (x, y, first)
    var z = z
    switch name {
    case "axpy":
      let program = Batch.program { x, y in x * Self.factor + y }
      return { for _ in 0..<$0 { try! program.run(x, y, into: &z, on: place) } }
    case "polynomial":
      let c = Self.coefficients
      let program = Batch.program { x in ((x * c[3] + c[2]) * x + c[1]) * x + c[0] }
      return { for _ in 0..<$0 { try! program.run(x, into: &z, on: place) } }
    case "sum":
      let program = Batch.program { x in x.sum() }
      return { for _ in 0..<$0 { first.value = Double(try! program.run(x, on: place)) } }
    case "dot":
      let program = Batch.program { x, y in (x * y).sum() }
      return { for _ in 0..<$0 { first.value = Double(try! program.run(x, y, on: place)) } }
    case "exp":
      let program = Batch.program { x in x.exp() }
      return { for _ in 0..<$0 { try! program.run(x, into: &z, on: place) } }
    case "log":
      let program = Batch.program { x in x.log() }
      return { for _ in 0..<$0 { try! program.run(x, into: &z, on: place) } }
    default: return nil
    }
  }

  /// Of what goes lane by lane.
  @inline(__always)
  func closure<E: Batch.Failure>(_ name: String, _ place: Batch.Place<E>) -> ((Int) -> Void)? {
    let (x, y, first) = (x, y, first)
    var z = z
    switch name {
    case "axpy":
      return {
        for _ in 0..<$0 {
          try! Batch.zip(x, y, into: &z, on: place) { (x: SIMD16<Float>, y: SIMD16<Float>) in
            Lanes.multiplyAdd(x, SIMD16(repeating: Self.factor), y)
          }
        }
      }
    case "polynomial":
      let c = Self.coefficients.map { SIMD16<Float>(repeating: $0) }
      let (c0, c1, c2, c3) = (c[0], c[1], c[2], c[3])
      return {
        for _ in 0..<$0 {
          try! Batch.transform(x, into: &z, on: place) { (x: SIMD16<Float>) in
            Lanes.multiplyAdd(Lanes.multiplyAdd(Lanes.multiplyAdd(c3, x, c2), x, c1), x, c0)
          }
        }
      }
    case "sum":
      return {
        for _ in 0..<$0 {
          let lanes = try! Batch.reduce(
            x, identity: SIMD16<Float>.zero, on: place, lanes: { (sum, x: SIMD16<Float>) in sum + x },
            combine: { $0 + $1 })
          first.value = Double(lanes.sum())
        }
      }
    case "exp":
      return {
        for _ in 0..<$0 { try! Batch.transform(x, into: &z, on: place) { (x: SIMD16<Float>) in Lanes.exp(x) } }
      }
    default: return nil
    }
  }
}

/// What the machine can do: a triad with `size` elements, and as many fused operations as there can be.
private func limits(_ options: Options, _ data: BatchData) -> Plan? {
  let executor = options.makeExecutor()
  let isAlone = options.workers == 1
  let enter = isAlone ? { $0() } : entrance(executor)
  let (x, y, z) = (Place(data.x.baseAddress!), Place(data.y.baseAddress!), Place(data.z.baseAddress!))
  let part = data.elements / options.workers
  switch options.variant {
  case "triad":
    return .sampled(data.elements, enter: enter) { times in
      for _ in 0..<times {
        inHalves(0..<options.workers) {
          body_triad(z.value + $0 * part, x.value + $0 * part, y.value + $0 * part, 1.5, Int64(part))
        }
      }
    } verify: {
      body_batch_is_right(0, 0)
    }
  case "fused":
    let rounds = 100_000
    return .sampled(Int(body_fused_peak(1)) * rounds * options.workers, enter: enter) { times in
      for _ in 0..<times {
        inHalves(0..<options.workers) { _ in _ = body_fused_peak(Int64(rounds)) }
      }
    } verify: {
      true
    }
  default: return nil
  }
}

/// Every index a job of its own, whatever it costs.
private func inHalves(_ range: Range<Int>, _ body: @Sendable (Int) -> Void) {
  if range.count == 1 { return body(range.lowerBound) }
  let middle = range.lowerBound + range.count / 2
  _ = join({ inHalves(range.lowerBound..<middle, body) }, { inHalves(middle..<range.upperBound, body) })
}

/// A call of a kernel for 16 elements (`kernel`), and of a plain function that computes as many (`function`).
private func call(_ options: Options, _ data: BatchData) -> Plan? {
  let (x, y) = (data.x, data.y)
  var z = data.z
  let loop: (Int) -> Void
  switch options.variant {
  case "kernel": loop = { for _ in 0..<$0 { Batch.axpy(BatchData.factor, x, y, into: &z) } }
  case "function":
    let function = body_axpy_vector()!
    loop = { for _ in 0..<$0 { function(z.baseAddress, BatchData.factor, x.baseAddress, y.baseAddress) } }
  default: return nil
  }
  return .sampled(1, enter: { $0() }, loop, verify: { body_batch_is_right(0, 0) })
}
