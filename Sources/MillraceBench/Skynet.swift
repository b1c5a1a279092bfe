import Millrace

/// Ten children at every level; the leaves' numbers are added up.
public enum Skynet {
  public static func serial(_ first: Int, _ leaves: Int) -> Int {
    if leaves == 1 { return first }
    return (0..<10).reduce(0) { $0 + serial(first + $1 * (leaves / 10), leaves / 10) }
  }

  public static func millrace(_ first: Int, _ leaves: Int) -> Int {
    if leaves == 1 { return first }
    return Parallel.reduce(
      0..<10, identity: 0, { millrace(first + $0 * (leaves / 10), leaves / 10) }, combine: +)
  }

  public static func taskGroup(_ first: Int, _ leaves: Int) async -> Int {
    if leaves == 1 { return first }
    return await withTaskGroup(of: Int.self) { group in
      for child in 0..<10 { group.addTask { await taskGroup(first + child * (leaves / 10), leaves / 10) } }
      return await group.reduce(0, +)
    }
  }
}
