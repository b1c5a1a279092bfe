extension BenchWorkload {
  static let fib: BenchWorkload = {
    // Tasks cost a hundred times as much.
    let (large, small) = (32, 20)
    func forks(_ n: Int) -> Int { Fib.serial(n + 1) - 1 }
    return BenchWorkload(
      name: "fib", operation: "a fork",
      contenders: [
        .computing("serial", operations: forks(large), expecting: 2_178_309) { Fib.serial(large) },
        .computing("millrace", operations: forks(large), expecting: 2_178_309, on: .workers) { Fib.millrace(large) },
        .computing("dispatch", operations: forks(small), expecting: 6_765) { Fib.dispatch(small) },
        .computing("asynclet", operations: forks(small), expecting: 6_765) {
          awaitedHere { await Fib.asyncLet(small) }
        },
        .computing("taskgroup", operations: forks(small), expecting: 6_765) {
          awaitedHere { await Fib.taskGroup(small) }
        },
      ])
  }()

  static let skynet: BenchWorkload = {
    let (large, small) = (1_000_000, 10_000)
    func sum(_ leaves: Int) -> Int { leaves * (leaves - 1) / 2 }
    return BenchWorkload(
      name: "skynet", operation: "a leaf",
      contenders: [
        .computing("serial", operations: large, expecting: sum(large)) { Skynet.serial(0, large) },
        .computing("millrace", operations: large, expecting: sum(large), on: .workers) { Skynet.millrace(0, large) },
        .computing("taskgroup", operations: small, expecting: sum(small)) {
          awaitedHere { await Skynet.taskGroup(0, small) }
        },
      ])
  }()
}
