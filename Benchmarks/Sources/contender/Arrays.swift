import CBodies
import Dispatch
import Millrace

/// c = a * b for square matrices, the rows of c split in halves down to leaves of a few rows.
func matmul(_ options: Options) -> Plan? {
  let n = options.size > 0 ? options.size : 1024
  let a = (0..<n * n).map { Float($0 % 7) }
  let b = (0..<n * n).map { Float($0 % 5) }
  let c = Place([Float](repeating: 0, count: n * n))
  let body: () -> Void
  switch options.contender {
  case "serial":
    body = {
      for first in stride(from: 0, to: n, by: Int(BODY_MATRIX_ROWS)) {
        c.value.withUnsafeMutableBufferPointer {
          body_multiply_rows(a, b, $0.baseAddress! + first * n, Int32(first), BODY_MATRIX_ROWS, Int32(n))
        }
      }
    }
  case "millrace":
    body = { multiply(a, b, &c.value, n) }
  default: return nil
  }
  return .repeated(n / Int(BODY_MATRIX_ROWS), enter: entrance(options), body) {
    [0, n / 3, n - 1].allSatisfy { row in
      [0, n / 2, n - 1].allSatisfy { column in
        c.value[row * n + column] == (0..<n).reduce(Float(0)) { $0 + a[row * n + $1] * b[$1 * n + column] }
      }
    }
  }
}

func multiply(_ a: [Float], _ b: [Float], _ c: inout [Float], _ n: Int) {
  var rows = c.mutableSpan
  multiply(a, b, &rows, from: 0, n)
}

func multiply(_ a: [Float], _ b: [Float], _ c: inout MutableSpan<Float>, from first: Int, _ n: Int) {
  let rows = c.count / n
  if rows <= Int(BODY_MATRIX_ROWS) {
    c.withUnsafeMutableBufferPointer { body_multiply_rows(a, b, $0.baseAddress!, Int32(first), Int32(rows), Int32(n)) }
    return
  }
  join(
    splitting: &c, at: rows / 2 * n, { multiply(a, b, &$0, from: first, n) },
    { multiply(a, b, &$0, from: first + rows / 2, n) })
}

/// Merge sort of ten million integers.
func cilksort(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 10_000_000
  var state: UInt64 = 1
  let source = (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 20)
  }
  let result = Place(source)
  let body: () -> Void
  switch options.contender {
  case "serial":
    body = {
      result.value = source
      result.value.sort()
    }
  case "millrace":
    body = {
      result.value = source
      Parallel.sort(&result.value)
    }
  default: return nil
  }
  return .repeated(count, enter: entrance(options), body) {
    zip(result.value, result.value.dropFirst()).allSatisfy { $0 <= $1 }
      && result.value.reduce(0, &+) == source.reduce(0, &+)
  }
}

/// A loop over ten million indices. `flat`: each stores a computed value; `flat10ns`: about ten nanoseconds of work each; `skewed`: none for most, a hundred times
/// ten nanoseconds for one in a hundred, all of those at the end.
func forEach(_ options: Options) -> Plan? {
  let count =
    options.size > 0 ? options.size : options.variant == "flat" || options.variant.isEmpty ? 10_000_000 : 1_000_000
  let result = Place([UInt64](repeating: 0, count: count))
  let heavy = count - count / 100
  @Sendable func value(_ index: Int) -> UInt64 {
    if index < heavy { return UInt64(index) }
    var seed = UInt64(index)
    for _ in 0..<100 { seed = body_ten_nanoseconds(seed) }
    return seed
  }
  let body: () -> Void
  switch (options.contender, options.variant) {
  case ("serial", ""), ("serial", "flat"):
    body = { for index in 0..<count { result.value[index] = UInt64(index) &* 3 &+ 1 } }
  case ("serial", "flat10ns"):
    body = { for index in 0..<count { result.value[index] = body_ten_nanoseconds(UInt64(index)) } }
  case ("serial", "skewed"): body = { for index in 0..<count { result.value[index] = value(index) } }
  case ("millrace", ""), ("millrace", "flat"):
    body = { Parallel.forEach(in: &result.value) { index, element in element = UInt64(index) &* 3 &+ 1 } }
  case ("millrace", "flat10ns"):
    body = { Parallel.forEach(in: &result.value) { index, element in element = body_ten_nanoseconds(UInt64(index)) } }
  case ("millrace", "skewed"):
    body = { Parallel.forEach(in: &result.value) { index, element in element = value(index) } }
  case ("dispatch", "flat10ns"):
    body = {
      result.value.withUnsafeMutableBufferPointer { buffer in
        let base = Place(buffer.baseAddress!)
        let part = count / 64
        DispatchQueue.concurrentPerform(iterations: 64) { number in
          for index in number * part..<(number == 63 ? count : (number + 1) * part) {
            base.value[index] = body_ten_nanoseconds(UInt64(index))
          }
        }
      }
    }
  default: return nil
  }
  return .repeated(count, enter: entrance(options), body) {
    [0, 1, count / 2, count - 1].allSatisfy { index in
      switch options.variant {
      case "flat10ns": result.value[index] == body_ten_nanoseconds(UInt64(index))
      case "skewed": result.value[index] == value(index)
      default: result.value[index] == UInt64(index) &* 3 &+ 1
      }
    }
  }
}

/// Ten million forks that are joined at once, in a loop.
func forksFlat(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 10_000_000
  let answer = Place(0)
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = (0..<count).reduce(0) { $0 &+ flatLeaf($1) &+ flatLeaf($1 + 1) } }
  case "millrace":
    body = {
      var sum = 0
      for index in 0..<count {
        let (a, b) = join({ flatLeaf(index) }, { flatLeaf(index + 1) })
        sum &+= a &+ b
      }
      answer.value = sum
    }
  default: return nil
  }
  let expected = (0..<count).reduce(0) { $0 &+ flatLeaf($1) &+ flatLeaf($1 + 1) }
  return .repeated(count, enter: entrance(options), body) { answer.value == expected }
}

@inline(never) func flatLeaf(_ index: Int) -> Int { index ^ 5 }

/// The sum of ten million computed values.
func reduce(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 10_000_000
  let answer = Place(UInt64(0))
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = (0..<count).reduce(0) { $0 &+ body_ten_nanoseconds(UInt64($1)) } }
  case "millrace":
    body = {
      answer.value = Parallel.reduce(
        0..<count, identity: 0, { body_ten_nanoseconds(UInt64($0)) }, combine: { $0 &+ $1 })
    }
  default: return nil
  }
  let expected = (0..<count).reduce(UInt64(0)) { $0 &+ body_ten_nanoseconds(UInt64($1)) }
  return .repeated(count, enter: entrance(options), body) { answer.value == expected }
}
