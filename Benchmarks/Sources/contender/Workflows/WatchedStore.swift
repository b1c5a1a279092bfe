import MillraceWorkflow
import Synchronization

/// A store that counts commits, and keeps the first changes of each, so that a loop without an engine can make the same ones.
final class WatchedStore: ForwardingRunStore {
  let base: any RunStore
  /// How many changes are kept.
  private let limit: Int
  private let seen = Mutex(Seen())

  struct Seen {
    var commits = 0
    var changes = 0
    /// What was committed together.
    var batches: [[RunChange]] = []
    fileprivate var kept = 0
  }

  init(_ base: any RunStore, keeping limit: Int) {
    self.base = base
    self.limit = limit
  }

  var counts: Seen { seen.withLock { $0 } }

  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    seen.withLock { seen in
      seen.commits += 1
      seen.changes += changes.count
      guard seen.kept < limit else { return }
      seen.kept += changes.count
      seen.batches.append(changes)
    }
    return try await base.commit(changes)
  }
}
