import MillracePrimitives
import Synchronization

/// What fork-join code runs under: whether it has been cancelled. (A Swift task's own flag is not enough: a stolen closure has no current task.)
///
/// Records form a chain from inner to outer, across workers: a stolen job's chain goes on with the record that its fork was under.
@safe
@usableFromInline
struct ScopeRecord: ~Copyable {
  /// Set by a sibling's error or by whoever submitted the work.
  @usableFromInline let cancelled: Atomic<Bool>
  /// First fork cell that belongs to this scope, in the deque of the worker that holds the record.
  @usableFromInline let floor: Atomic<UInt>
  @usableFromInline var parent: UnsafeMutablePointer<ScopeRecord>?
  /// A token that cancels this scope; kept alive by whoever opened it.
  @usableFromInline var token: Unmanaged<CancellationToken>?
  /// The Swift task that opened this scope; it is alive for as long as the scope is open, because the scope is synchronous.
  @usableFromInline var task: LiveTask
  /// The earliest deadline of this scope and those it lies in, in nanoseconds; 0: none.
  @usableFromInline var deadline: UInt64
}

/// A worker's scope records, like a stack, at places that are never freed while thieves may look.
///
/// ## How a thief finds the scope of what it stole, without the fork having written it
/// `floor` never falls from one record to the next. While a job at cell `c` waits, the records with `floor <= c` stay as they are: they were opened before the fork and
/// cannot be closed before its join. Records above come and go, but each is opened after the fork, so its `floor` is above `c`. So "`floor <= c`" is
/// true for a prefix that stands still and false beyond it, whatever the owner does meanwhile, and the last of the prefix is the scope.
/// A count read while the job is held covers only records that were written before that count was.
@safe
@usableFromInline
struct ScopeStack: ~Copyable {
  private let records: ReservedArray<ScopeRecord>
  /// Written by the owner only.
  @usableFromInline let count = Atomic<Int>(0)

  init(capacity: Int) { records = ReservedArray(capacity: capacity) }

  /// Owner only. The pages are zero at first, which is a valid record.
  func push(
    floor: UInt, parent: UnsafeMutablePointer<ScopeRecord>?, token: Unmanaged<CancellationToken>? = nil,
    task: LiveTask = .none, deadline: UInt64 = 0
  ) -> UnsafeMutablePointer<ScopeRecord> {
    // Relaxed: only the owner writes it.
    let index = count.load(ordering: .relaxed)
    precondition(index < records.capacity, "fork-join scopes are nested more than \(records.capacity) deep")
    let place = unsafe records.base + index
    // Relaxed: a thief may look at `floor` of a record that comes and goes, see above; C1 publishes the rest.
    unsafe place.pointee.floor.store(floor, ordering: .relaxed)
    unsafe place.pointee.cancelled.store(false, ordering: .relaxed)
    unsafe place.pointee.parent = parent
    unsafe place.pointee.token = token
    unsafe place.pointee.task = task
    unsafe place.pointee.deadline = deadline != 0 ? deadline : parent?.pointee.deadline ?? 0
    // C1: pairs with `find`; the record travels.
    count.store(index + 1, ordering: .releasing)
    return unsafe place
  }

  /// Owner only.
  func pop() {
    // Relaxed: a stale record above the count is never looked at.
    count.store(count.load(ordering: .relaxed) - 1, ordering: .relaxed)
  }

  /// The scope that the fork at `cell` was under. For the thief that holds that job.
  func find(cell: UInt) -> UnsafeMutablePointer<ScopeRecord>? {
    // C1: pairs with `push`.
    var high = count.load(ordering: .acquiring)
    var low = 0
    while low < high {
      let middle = (low + high) / 2
      // Relaxed: see above.
      if unsafe records.base[middle].floor.load(ordering: .relaxed) <= cell { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : unsafe records.base + (low - 1)
  }
}

extension ScopeRecord {
  @usableFromInline
  static func cancel(_ scope: UnsafeMutablePointer<ScopeRecord>?) {
    // Relaxed: a request to stop.
    unsafe scope?.pointee.cancelled.store(true, ordering: .relaxed)
  }

  /// Whether this very scope has been cancelled.
  @usableFromInline
  static func isCancelledHere(_ scope: UnsafeMutablePointer<ScopeRecord>?) -> Bool {
    // Relaxed: a request to stop.
    unsafe scope?.pointee.cancelled.load(ordering: .relaxed) ?? false
  }

  /// Whether this scope or one that it lies in has been cancelled. O(nesting).
  static func isCancelled(_ scope: UnsafeMutablePointer<ScopeRecord>?) -> Bool {
    var scope = unsafe scope
    while let record = unsafe scope {
      // Relaxed: a request to stop; what it is about travels by the join.
      if unsafe record.pointee.cancelled.load(ordering: .relaxed) { return true }
      if let token = unsafe record.pointee.token, unsafe token._withUnsafeGuaranteedRef({ $0.isCancelled }) {
        return true
      }
      // SAFETY: the scope is open, so its task is alive.
      if unsafe record.pointee.task.isCancelled { return true }
      unsafe scope = record.pointee.parent
    }
    return false
  }
}
