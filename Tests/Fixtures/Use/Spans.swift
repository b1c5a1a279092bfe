import Millrace

func increment(_ numbers: inout MutableSpan<Int>) {
  if numbers.count < 1000 {
    for index in numbers.indices { numbers[index] += 1 }
  } else {
    join(splitting: &numbers, at: numbers.count / 2, { increment(&$0) }, { increment(&$0) })
  }
}

func copyHalves(_ from: inout [Int], _ to: inout [Int]) {
  var source = from.mutableSpan
  var target = to.mutableSpan
  join(
    splitting: &source, at: source.count / 2, and: &target, at: target.count / 2,
    { a, b in for index in a.indices { b[index] = a[index] } },
    { a, b in for index in a.indices { b[index] = a[index] } })
}

func swapElements(_ first: inout [Int], _ second: inout [Int]) {
  var a = first.mutableSpan
  var b = second.mutableSpan
  join(
    splitting: &a, at: 1, and: &b, at: 1,
    { a, b in swap(&a[0], &b[0]) },
    { _, _ in })
}
