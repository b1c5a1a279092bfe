import Dispatch
import Millrace
import Synchronization

/// Forks at every level and does next to nothing else: fib(n) makes F(n + 1) - 1 forks.
public enum Fib {
  @inline(never) public static func serial(_ n: Int) -> Int { n < 2 ? n : serial(n - 1) + serial(n - 2) }

  public static func millrace(_ n: Int) -> Int {
    if n < 2 { return n }
    let (a, b) = join({ millrace(n - 1) }, { millrace(n - 2) })
    return a + b
  }

  public static func asyncLet(_ n: Int) async -> Int {
    if n < 2 { return n }
    async let a = asyncLet(n - 1)
    let b = await asyncLet(n - 2)
    return await a + b
  }

  public static func taskGroup(_ n: Int) async -> Int {
    if n < 2 { return n }
    return await withTaskGroup(of: Int.self) { group in
      group.addTask { await taskGroup(n - 1) }
      let b = await taskGroup(n - 2)
      return await group.next()! + b
    }
  }

  public static func dispatch(_ n: Int) -> Int {
    if n < 2 { return n }
    let results = Halves()
    DispatchQueue.concurrentPerform(iterations: 2) { half in
      if half == 0 { results.first = dispatch(n - 1) } else { results.second = dispatch(n - 2) }
    }
    return results.first + results.second
  }

  // SAFETY: each half is written by its own iteration, and both are read when all iterations have ended.
  private final class Halves: @unchecked Sendable {
    var first = 0
    var second = 0
  }
}
