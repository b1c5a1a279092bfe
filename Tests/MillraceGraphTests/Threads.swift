import Dispatch

/// Calls `body` on `count` threads at once, and waits for them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    DispatchQueue(label: "thread \(index)").async {
      body(index)
      group.leave()
    }
  }
  group.wait()
}
