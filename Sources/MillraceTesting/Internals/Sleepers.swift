/// Who sleeps on a manual clock, and who waits for sleepers. Its events return whom to resume; the clock does it after its lock.
struct Sleepers {
  struct Sleeper: Sendable {
    let identity: Int
    let deadline: ManualClock.Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  struct Watcher: Sendable {
    let identity: Int
    let count: Int
    let continuation: CheckedContinuation<Void, Never>
  }

  enum Falling {
    case cancelled
    case due
    /// These have waited for as many sleepers as there are now.
    case asleep([Watcher])
  }

  private(set) var now: ManualClock.Instant
  /// Called by each task that is about to fall asleep.
  var observer: (@Sendable () -> Void)?
  /// By deadline; equal ones in the order in which they came.
  private var sleepers: [Sleeper] = []
  private var watchers: [Watcher] = []
  private var identities = 0

  init(now: ManualClock.Instant) { self.now = now }

  var count: Int { sleepers.count }
  var nextDeadline: ManualClock.Instant? { sleepers.first?.deadline }

  mutating func makeIdentity() -> Int {
    identities += 1
    return identities
  }

  mutating func sleep(_ sleeper: Sleeper) -> Falling {
    if sleeper.deadline <= now { return .due }
    let place = sleepers.lastIndex { $0.deadline <= sleeper.deadline }.map { $0 + 1 } ?? 0
    sleepers.insert(sleeper, at: place)
    let served = watchers.filter { $0.count <= sleepers.count }
    watchers.removeAll { $0.count <= sleepers.count }
    return .asleep(served)
  }

  mutating func advance(to instant: ManualClock.Instant) -> [Sleeper] {
    if instant <= now { return [] }
    now = instant
    let due = Array(sleepers.prefix { $0.deadline <= instant })
    sleepers.removeFirst(due.count)
    return due
  }

  mutating func removeSleeper(_ identity: Int) -> CheckedContinuation<Void, any Error>? {
    sleepers.firstIndex { $0.identity == identity }.map { sleepers.remove(at: $0).continuation }
  }

  mutating func removeAll() -> [Sleeper] {
    defer { sleepers = [] }
    return sleepers
  }

  /// False when there are enough sleepers already.
  mutating func watch(_ watcher: Watcher) -> Bool {
    if sleepers.count >= watcher.count { return false }
    watchers.append(watcher)
    return true
  }

  mutating func removeWatcher(_ identity: Int) -> CheckedContinuation<Void, Never>? {
    watchers.firstIndex { $0.identity == identity }.map { watchers.remove(at: $0).continuation }
  }
}
