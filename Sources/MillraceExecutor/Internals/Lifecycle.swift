import MillracePrimitives

/// How many workers there are to be, as a state machine behind the scheduler's lock: events return what to do after it.
///
/// Workers are wanted by index: those below ``wanted`` work, those above rest. Blocked workers raise the number, so that as many as
/// configured go on working.
struct Lifecycle: Sendable {
  private(set) var workerCount: Int
  let maximumExtra: Int
  private(set) var blocked = 0
  /// Whoever waits for the last worker's end.
  var waiters: [CheckedContinuation<Void, Never>] = []
  /// Threads to be joined, once.
  var threads: [UInt] = []
  var live = 0
  /// Threads that sleep until the last worker's end.
  var sleepers: [Sleeper] = []
  /// The process's tasks run here.
  var isKeptOpen = false

  init(workerCount: Int, maximumExtra: Int) {
    self.workerCount = workerCount
    self.maximumExtra = maximumExtra
  }

  var wanted: Int { min(workerCount + min(blocked, maximumExtra), WorkStealingExecutor.Configuration.maximumWorkers) }

  mutating func resize(to count: Int) { workerCount = count }
  mutating func enterBlocking() { blocked += 1 }
  mutating func leaveBlocking() { blocked -= 1 }
}

/// A thread that sleeps until the last worker's end.
final class Sleeper: Sendable {
  let parker = Parker()
}
