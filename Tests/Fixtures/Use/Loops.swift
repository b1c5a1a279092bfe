import Millrace

func loops(_ numbers: inout [Int]) throws {
  Parallel.forEach(in: &numbers) { index, number in number += index }
  var span = numbers.mutableSpan
  Parallel.forEach(in: &span) { index, number in number -= index }
  Parallel.forEachSlice(of: &numbers, size: 16) { offset, slice in slice[0] = offset }
  let squares = Parallel.map(0..<100) { $0 * $0 }
  let total = Parallel.reduce(0..<squares.count, identity: 0, { squares[$0] }, combine: { $0 + $1 })
  let strings = Parallel.map(squares) { String($0) }
  _ = Parallel.reduce(strings, identity: 0, { $0.count }, combine: +)
  _ = Parallel.scan(squares, identity: 0, combine: +)
  _ = Parallel.first(in: strings) { $0.hasPrefix("7") }
  Parallel.sort(&numbers)
  Parallel.sort(&numbers) { $0 > $1 }
  _ = Parallel.first(in: 0..<squares.count) { squares[$0] > total }
  try Parallel.forEach(0..<10) { index in
    if index > 10 { throw CancellationError() }
  }
}
