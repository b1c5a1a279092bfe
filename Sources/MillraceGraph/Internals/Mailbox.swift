import MillracePrimitives
import Synchronization

/// Nodes of a run that go on: resumed from outside, or ready with a priority of their own.
///
/// Whoever posts from outside summons somebody: see ``GraphRun/summon(_:)``; a participant itself goes on to look here.
///
/// `Tests/Models/mailbox.pml` checks every interleaving of two threads that post, the caller, and a worker that is invited.
struct Mailbox: ~Copyable {
  struct State {
    var resumed: [(node: UInt32, how: Resumption)] = []
    var urgent: [UInt32] = []
    var later: [UInt32] = []
    var count: Int { resumed.count + urgent.count + later.count }
  }

  private let state = Lock(State())
  private let count = Atomic<Int>(0)

  /// Nothing is there, as far as can be told without the lock.
  @inline(__always)
  var isEmpty: Bool {
    // Relaxed: who was summoned sees it: by the token (P1), or by the invitation (G7).
    count.load(ordering: .relaxed) == 0
  }

  func post(_ node: UInt32, _ how: Resumption) { change { $0.resumed.append((node, how)) } }

  func post(ready node: UInt32, isUrgent: Bool) {
    change { if isUrgent { $0.urgent.append(node) } else { $0.later.append(node) } }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      // Relaxed: see `isEmpty`.
      count.store(state.count, ordering: .relaxed)
    }
  }

  func takeResumed() -> (node: UInt32, how: Resumption)? { take { $0.resumed.popLast() } }
  func takeUrgent() -> UInt32? { take { $0.urgent.popLast() } }
  func takeLater() -> UInt32? { take { $0.later.popLast() } }

  private func take<T>(_ body: (inout State) -> T?) -> T? {
    if isEmpty { return nil }
    return state.withLock { state in
      defer {
        // Relaxed: see `isEmpty`.
        count.store(state.count, ordering: .relaxed)
      }
      return body(&state)
    }
  }
}

/// How a node goes on that waited for something outside.
enum Resumption {
  /// It is to be tried, again or at last.
  case ready
  /// It now holds the unit that it waited for.
  case hasUnit
  /// What it has started has ended.
  case ended(Result<Void, any Error>)
}

/// What a node that waited, or was tried before, has come to in a run.
struct NodeProgress {
  /// Attempts that have failed.
  var failedAttempts = 0
  /// Units of its limits that it holds: the first so many.
  var units = 0
  /// How often its subplan has run.
  var times = 0
  /// Asks what the node waits for to end.
  var cancel: (@Sendable () -> Void)?
  /// How often it has waited: tells one wait from the next.
  var waits = 0
  /// In a simulation: by which number that knows of the wait.
  var operation: Int?
}
