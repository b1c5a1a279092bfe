import MillraceTesting
import Testing

/// Bugs of three kinds, which the simulator must find, and their repairs, in which it must not.
@Suite struct PlantedBugTests {
  static let seeds: Range<UInt64> = 0..<1000

  /// Explores until the bug is found, replays its seed twice, and returns the error of the replay.
  static func find(_ body: @Sendable @escaping (SimulatedExecutor) async throws -> Void) throws -> any Error {
    let found = try #require(throws: SimulationError.self) {
      try SimulatedExecutor.explore(seeds: seeds, body)
    }
    #expect(found.code == .seedFailed)
    #expect(found.description.contains("SimulatedExecutor.run(seed: \(found.seed)) {"))
    let underlying = try #require(found.underlying)
    var hashes: Set<UInt64> = []
    for _ in 0..<2 {
      let simulator = SimulatedExecutor(seed: found.seed)
      let replayed = #expect(throws: (any Error).self) { try simulator.run(body) }
      // It says the step and the time, too.
      #expect("\(try #require(replayed))" == "\(underlying)")
      hashes.insert(simulator.traceHash)
    }
    #expect(hashes.count == 1)
    return underlying
  }

  static func expectNothing(_ body: @Sendable @escaping (SimulatedExecutor) async throws -> Void) {
    #expect(throws: Never.self) { try SimulatedExecutor.explore(seeds: seeds, body) }
  }

  // MARK: A lost wake-up

  @Test func lostWakeupIsFound() throws {
    let error = try #require(try Self.find { try await Self.passGate(HastyGate(), $0) } as? SimulationError)
    #expect(error.code == .deadlock)
    #expect(error.operations.contains("waiter 0") || error.operations.contains("waiter 1"))
  }

  @Test func repairedGateLosesNothing() {
    Self.expectNothing { try await Self.passGate(Gate(), $0) }
  }

  @Sendable private static func passGate(_ gate: some OneShotGate, _ simulator: SimulatedExecutor) async throws {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<2 {
        group.addTask { await simulator.named("waiter \(number)") { await gate.wait() } }
      }
      group.addTask {
        await simulator.named("opener") {
          await yield(10)
          await gate.open()
        }
      }
    }
  }

  // MARK: Check, suspend, act

  @Test func overdraftIsFound() throws {
    let error = try Self.find { try await Self.transferTwice(from: HastyAccount(on: $0)) }
    #expect((error as? Overdrawn)?.balance == -60)
  }

  @Test func repairedAccountIsNotOverdrawn() {
    Self.expectNothing { try await Self.transferTwice(from: Account(on: $0)) }
  }

  @Sendable private static func transferTwice(from account: some Withdrawing) async throws {
    async let first = account.withdraw(80)
    async let second = { @Sendable in
      await yield(10)
      return await account.withdraw(80)
    }()
    _ = await (first, second)
    let balance = await account.balance
    if balance < 0 { throw Overdrawn(balance: balance) }
  }

  // MARK: An operation and its timeout

  @Test func secondOutcomeIsFound() throws {
    let error = try Self.find { try await Self.raceTimeout(HastyCall(), $0) }
    #expect((error as? Outcomes)?.delivered.count == 2)
  }

  @Test func repairedCallDeliversOnce() {
    Self.expectNothing { try await Self.raceTimeout(Call(), $0) }
  }

  @Sendable private static func raceTimeout(_ call: some Answering, _ simulator: SimulatedExecutor) async throws {
    let log = Log()
    async let answer: Void = {
      // Three hops of 10 ms, and a deadline at 30 ms.
      for _ in 0..<3 { try await simulator.clock.wait(.milliseconds(10)) }
      await yield(8)
      await call.finish("answer", log)
    }()
    async let timeout: Void = {
      try await simulator.clock.wait(.milliseconds(30))
      await call.finish("timeout", log)
    }()
    _ = try await (answer, timeout)
    if log.entries.count != 1 { throw Outcomes(delivered: log.entries) }
  }
}

/// Takes a while, so that the bug needs a schedule that not every seed gives.
private func yield(_ count: Int) async { for _ in 0..<count { await Task.yield() } }

// MARK: - Gates

private protocol OneShotGate: Actor {
  func wait() async
  func open() async
}

/// Opens once. Between its check and its registration it suspends: an opening in between wakes nobody.
private actor HastyGate: OneShotGate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private let journal = Diary()

  func wait() async {
    if isOpen { return }
    await journal.add("waits")
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}

private actor Gate: OneShotGate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private let journal = Diary()

  func wait() async {
    await journal.add("waits")
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}

// MARK: - Accounts

private struct Overdrawn: Error { let balance: Int }

private protocol Withdrawing: Actor {
  var balance: Int { get }
  func withdraw(_ amount: Int) async -> Bool
}

private actor Bank {
  /// Without state to touch, the compiler would not go to the actor at all.
  private var questions = 0

  func approve(_ amount: Int) -> Bool {
    questions += 1
    return amount < 100
  }
}

/// Checks the balance, asks the bank, and takes the money, whatever has become of the balance meanwhile.
private actor HastyAccount: Withdrawing {
  private(set) var balance = 100
  private let bank = Bank()
  private let executor: SimulatedSerialExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(on simulator: SimulatedExecutor) { executor = SimulatedSerialExecutor(on: simulator) }

  func withdraw(_ amount: Int) async -> Bool {
    guard balance >= amount, await bank.approve(amount) else { return false }
    balance -= amount
    return true
  }
}

private actor Account: Withdrawing {
  private(set) var balance = 100
  private let bank = Bank()
  private let executor: SimulatedSerialExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(on simulator: SimulatedExecutor) { executor = SimulatedSerialExecutor(on: simulator) }

  func withdraw(_ amount: Int) async -> Bool {
    guard await bank.approve(amount), balance >= amount else { return false }
    balance -= amount
    return true
  }
}

// MARK: - Calls with a timeout

private struct Outcomes: Error { let delivered: [String] }

private protocol Answering: Actor {
  func finish(_ outcome: String, _ log: Log) async
}

/// Whoever finishes first should win; but it says so only after it has delivered.
private actor HastyCall: Answering {
  private var isDone = false
  private let journal = Diary()

  func finish(_ outcome: String, _ log: Log) async {
    if isDone { return }
    await journal.add(outcome)
    log.add(outcome)
    isDone = true
  }
}

private actor Call: Answering {
  private var isDone = false
  private let journal = Diary()

  func finish(_ outcome: String, _ log: Log) async {
    if isDone { return }
    isDone = true
    await journal.add(outcome)
    log.add(outcome)
  }
}
