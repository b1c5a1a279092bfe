// What the misuse beside this folder looks like when it is done right.
import Millrace

func fibonacci(_ n: Int) -> Int {
  if n < 2 { return n }
  let (a, b) = join({ fibonacci(n - 1) }, { fibonacci(n - 2) })
  return a + b
}

/// Borrowed, not copied: a parameter of either closure.
func extremes(_ numbers: borrowing [Int]) -> (Int?, Int?) {
  let numbers = copy numbers
  return join({ numbers.min() }, { numbers.max() })
}

enum Odd: Error { case number(Int) }

func half(_ n: Int) throws(Odd) -> Int {
  if n % 2 == 1 { throw .number(n) }
  return n / 2
}

func halves(_ n: Int, _ m: Int) throws(Odd) -> Int {
  let (a, b) = try join({ () throws(Odd) in try half(n) }, { () throws(Odd) in try half(m) })
  return a + b
}

func several() -> Int {
  let (a, b, c, d) = join({ 1 }, { 2 }, { 3 }, { 4 })
  return a + b + c + d
}
