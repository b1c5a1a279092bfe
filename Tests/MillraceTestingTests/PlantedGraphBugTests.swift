import Millrace
import MillraceTesting
import Synchronization
import Testing

/// Bugs in what nodes of graphs and stages of pipelines do, which the simulator must find, and their repairs, in which it must not.
@Suite struct PlantedGraphBugTests {
  // MARK: A missing edge

  @Test func missingEdgeIsFound() throws {
    let error = try PlantedBugTests.find { _ in try await Self.balance(hasEdge: false) }
    #expect((error as? NodeFailure)?.node == "withdraw")
    #expect((error as? NodeFailure)?.underlying is Overdraft)
  }

  @Test func graphWithTheEdgeIsRight() {
    PlantedBugTests.expectNothing { _ in try await Self.balance(hasEdge: true) }
  }

  /// Two nodes share an account. What comes before the withdrawal takes longer than what comes before the deposit: so it goes well nearly always.
  @Sendable private static func balance(hasEdge: Bool) async throws {
    let account = Account()
    var graph = TaskGraph()
    let deposit = graph.addAsyncNode("deposit") { await account.deposit(100) }
    let withdraw = graph.addAsyncNode("withdraw") { try await account.withdraw(80) }
    graph.precede(graph.addNode("order"), deposit)
    var before = graph.addNode("check 0") {}
    for number in 1..<8 {
      let check = graph.addNode("check \(number)") {}
      graph.precede(before, check)
      before = check
    }
    graph.precede(before, withdraw)
    if hasEdge { graph.precede(deposit, withdraw) }
    try await graph.finalize().run()
  }

  // MARK: A lost wake-up

  @Test func lostWakeupOfANodeIsFound() throws {
    let error = try #require(try PlantedBugTests.find { _ in try await Self.handOver(HastySlot()) } as? SimulationError)
    #expect(error.code == .deadlock)
    #expect(error.operations == ["body", "take"])
  }

  @Test func repairedSlotLosesNothing() {
    PlantedBugTests.expectNothing { _ in try await Self.handOver(RepairedSlot()) }
  }

  @Sendable private static func handOver(_ slot: some Slot) async throws {
    var graph = TaskGraph()
    let taken = graph.addAsyncNode("take") { await slot.take() }
    var before = graph.addNode("make 0") {}
    for number in 1..<6 {
      let make = graph.addNode("make \(number)") {}
      graph.precede(before, make)
      before = make
    }
    let put = graph.addAsyncNode("put") { await slot.put(42) }
    graph.precede(before, put)
    let results = try await graph.finalize().run()
    guard results[taken] == 42 else { throw Oops() }
  }

  // MARK: A stage that should take one at a time

  @Test func lostUpdateBetweenStagesIsFound() throws {
    let error = try PlantedBugTests.find { _ in
      let sum = Mutex(0)
      let totals = try await Pipeline.source(of: 1...4)
        .parallel("read") { ($0, sum.withLock { $0 }) }
        .parallel("write") { number, read in
          sum.withLock { $0 = read + number }
          return read + number
        }
        .collect(tokens: 2)
      guard totals.last == 10 else { throw Oops() }
    }
    #expect(error is Oops)
  }

  @Test func serialStageWithItsOwnStateIsRight() {
    PlantedBugTests.expectNothing { _ in
      let totals = try await Pipeline.source(of: 1...4)
        .parallel("read") { $0 }
        .serial("add", state: 0) { sum, number in
          sum += number
          return sum
        }
        .collect(tokens: 2)
      guard totals == [1, 3, 6, 10] else { throw Oops() }
    }
  }
}

private struct Overdraft: Error {}

private actor Account {
  private var balance = 0
  func deposit(_ amount: Int) { balance += amount }
  func withdraw(_ amount: Int) throws {
    guard balance >= amount else { throw Overdraft() }
    balance -= amount
  }
}

private protocol Slot: Actor {
  func put(_ value: Int) async
  func take() async -> Int
}

/// Between its look and its registration it suspends: what is put in between wakes nobody.
private actor HastySlot: Slot {
  private var value: Int?
  private var waiting: CheckedContinuation<Int, Never>?
  private let journal = Diary()

  func put(_ value: Int) {
    self.value = value
    waiting?.resume(returning: value)
    waiting = nil
  }

  func take() async -> Int {
    if let value { return value }
    await journal.add("waits")
    return await withCheckedContinuation { waiting = $0 }
  }
}

private actor RepairedSlot: Slot {
  private var value: Int?
  private var waiting: CheckedContinuation<Int, Never>?
  private let journal = Diary()

  func put(_ value: Int) {
    self.value = value
    waiting?.resume(returning: value)
    waiting = nil
  }

  func take() async -> Int {
    await journal.add("waits")
    if let value { return value }
    return await withCheckedContinuation { waiting = $0 }
  }
}
