import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization

/// Several engines on one store, and a clock that only the test moves.
final class Fleet: Sendable {
  let clock = ManualWallClock()
  let store: MemoryRunStore
  private let engines = Mutex<[WorkflowEngine]>([])

  init() { store = MemoryRunStore(clock: clock) }

  func leasing(_ owner: String) -> Leasing {
    var leasing = Leasing(owner: owner)
    leasing.duration = .seconds(9)
    return leasing
  }

  /// An engine that looks when ``step(_:)`` says so.
  func add(_ engine: WorkflowEngine) async throws {
    try await engine.resumeRuns()
    engines.withLock { $0.append(engine) }
  }

  /// It looks no more: it has ended, or stands still.
  func remove(_ engine: WorkflowEngine) { engines.withLock { $0.removeAll { $0 === engine } } }

  /// Time passes in steps in which leases are renewed, then every engine looks.
  func pass(_ duration: Duration = .zero) async {
    var rest = duration
    repeat {
      let step = min(rest, .seconds(3))
      clock.advance(by: step)
      rest -= step
      for engine in engines.withLock({ $0 }) { await engine.look() }
    } while rest > .zero
  }

  /// Lets time pass until something is so: a little, and if that is not enough, faster. On a slow machine that may be hours: what has a timeout needs a long one.
  func settle(until condition: () async throws -> Bool) async rethrows {
    var rounds = 0
    while try await !condition() {
      rounds += 1
      await pass(rounds < 50 ? .milliseconds(10) : .milliseconds(200))
      await Task.yield()
    }
  }

  func finish(_ run: RunID) async throws { try await settle { try await store.load(run)!.record.state.isFinal } }

  func shutdown() async {
    let all = engines.withLock { engines in
      defer { engines = [] }
      return engines
    }
    for engine in all { await engine.shutdown() }
  }

  /// How many shards of a workflow each engine has.
  func shares(of workflow: String) async throws -> [String: Int] {
    let roles = try await store.leases().compactMap { lease in LeaseRole(lease.role).map { ($0, lease.owner) } }
    return Dictionary(grouping: roles.filter { $0.0.workflow == workflow && $0.0.process == LeaseRole.drive }) { $0.1 }
      .mapValues(\.count)
  }
}

/// A store whose calls stand still from one of its writes on, until they may go on: a process that is stopped, a disk that is slow.
final class StandingRunStore: ForwardingRunStore {
  enum Place: CaseIterable { case before, after }

  let base: any RunStore
  private let place: Place
  private let state: Mutex<State>

  private struct State {
    var point: Int
    var writes = 0
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var watchers: [CheckedContinuation<Void, Never>] = []
  }

  init(_ base: any RunStore, at point: Int = .max, _ place: Place = .before) {
    (self.base, self.place) = (base, place)
    state = Mutex(State(point: point))
  }

  var hasHappened: Bool { state.withLock { $0.writes > $0.point } }

  /// From now on.
  func standStill() { state.withLock { $0.point = $0.writes - 1 } }

  func waitForStandstill() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.writes <= state.point { state.watchers.append(continuation) }
        return state.writes > state.point
      }
      if isOver { continuation.resume() }
    }
  }

  /// All goes on.
  func goOn() {
    let all = state.withLock { state in
      defer { (state.waiting, state.watchers) = ([], []) }
      state.isOpen = true
      return state.waiting + state.watchers
    }
    for continuation in all { continuation.resume() }
  }

  private func stand() async {
    await withCheckedContinuation { continuation in
      let passes = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if passes { continuation.resume() }
    }
  }

  func write<R>(_ body: () async throws -> R) async throws -> R {
    let (number, point, watchers) = state.withLock { state in
      defer {
        state.writes += 1
        if state.writes > state.point { state.watchers = [] }
      }
      return (state.writes, state.point, state.writes >= state.point ? state.watchers : [])
    }
    for watcher in watchers { watcher.resume() }
    if number < point { return try await body() }
    // Others' calls that come after it do nothing before it goes on, either.
    if number > point || place == .before { await stand() }
    let result = try await body()
    await stand()
    return result
  }

  func read<R>(_ body: () async throws -> R) async throws -> R {
    if hasHappened { await stand() }
    return try await body()
  }
}
