import CMillrace
import MillracePrimitives
import Synchronization

/// Lets code start any number of children that run in parallel, and waits for them all.
///
/// ```swift
/// try withScope { scope in
///   for url in urls { scope.spawn { try index(url) } }
/// }
/// ```
///
/// For two to four closures ``join(_:_:)`` is cheaper, and may borrow; for ranges and arrays use ``Parallel``.
///
/// - Throws: What `body` throws, or else the first error of a child. Either cancels what the others have not started, and their parallel work.
/// - Returns: What `body` returns, when all children have ended.
public func withScope<R: Sendable>(_ body: @Sendable (borrowing Scope) throws -> R) throws -> R {
  guard let worker = unsafe Worker.withStack else {
    return try elsewhere { () throws(any Error) -> R in try withScope(body) }
  }
  unsafe worker.openThrowingScope()
  defer { unsafe worker.closeScope() }
  let scope = unsafe worker.scope
  let queue = unsafe SpawnQueue(scope: scope!)
  let result = Result { try body(Scope(queue: queue)) }
  if case .failure = result { unsafe ScopeRecord.cancel(scope) }
  unsafe queue.wait(on: worker)
  let value = try result.get()
  if let error = queue.firstError { throw error }
  return value
}

/// Where children are started, inside ``withScope(_:)``. It cannot leave its closure.
public struct Scope: ~Copyable {
  let queue: SpawnQueue

  /// Starts a child. It may begin at once, on another worker.
  ///
  /// - Parameter body: owns its captures. An error cancels its siblings.
  /// - Complexity: one allocation beside the closure's own.
  public func spawn(_ body: @escaping @Sendable () throws -> Void) { queue.push(body) }
}

/// The children of one scope. Each is announced in its worker's ready jobs by a word that points here, and is run by whoever is first: a worker that finds the
/// word, or the scope's owner while it waits. A word that finds the queue empty does nothing.
// SAFETY: `scope` is used only while children run, and the owner, whose record it is, waits for them; all else is made for sharing.
@safe
final class SpawnQueue: @unchecked Sendable {
  private final class Child: Sendable {
    let body: @Sendable () throws -> Void
    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
  }

  private let children = Injector()
  /// Children that have not ended, and 1 for the owner until it waits.
  private let pending = Atomic<Int>(1)
  private let done = Parker()
  private let error = Lock<(any Error)?>(nil)
  private let scope: UnsafeMutablePointer<ScopeRecord>
  /// Where children run, so that the owner can take part in what they fork: a ``ForkState`` word each, 0 when free.
  private let helpers: [8 of Atomic<UInt>] = .init { _ in Atomic(0) }

  init(scope: UnsafeMutablePointer<ScopeRecord>) { unsafe self.scope = scope }

  deinit {
    while let bits = children.pop() { _ = unsafe Self.child(bits).takeRetainedValue() }
  }

  var firstError: (any Error)? { error.withLock { $0 } }

  private static func child(_ bits: UInt) -> Unmanaged<Child> {
    unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: bits & ~1)!)
  }

  func push(_ body: @escaping @Sendable () throws -> Void) {
    // Relaxed: only the owner's wait looks at it, after it has pushed all.
    pending.wrappingAdd(1, ordering: .relaxed)
    let worker = unsafe Worker.current!
    let child = unsafe UInt(bitPattern: Unmanaged.passRetained(Child(body)).toOpaque())
    children.push(unsafe worker.schedulerReference.submitting(child: child))
    unsafe worker.pointee.ready.push(JobWord(self), .medium)
    unsafe worker.schedulerReference.jobWasQueued()
  }

  /// Runs one child, if one is left.
  @discardableResult
  func runOne(on worker: WorkerPointer) -> Bool {
    guard let bits = children.pop() else { return false }
    let child = unsafe Self.child(bits).takeRetainedValue()
    let place = unsafe register(worker)
    unsafe worker.profilingChild(bits) {
      unsafe worker.withScope(inheriting: scope) {
        do {
          if unsafe ScopeRecord.isCancelled(scope) { throw CancellationError() }
          try child.body()
        } catch {
          unsafe ScopeRecord.cancel(scope)
          self.error.withLock { first in if first == nil || first is CancellationError { first = error } }
        }
      }
    }
    // Relaxed: a hint.
    if let place { helpers[place].store(0, ordering: .relaxed) }
    // N1: pairs with the owner's wait; what the child did travels.
    if pending.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.unpark() }
    return true
  }

  private func register(_ worker: WorkerPointer) -> Int? {
    let word = unsafe ForkState.running(on: worker.pointee.index, base: worker.pointee.forks.nextIndex).word
    for place in 0..<helpers.count {
      // Relaxed: a hint.
      if helpers[place].compareExchange(expected: 0, desired: word, ordering: .relaxed).exchanged { return place }
    }
    return nil
  }

  /// Runs what is left, helps those who run the rest, and sleeps when there is nothing to help with.
  func wait(on worker: WorkerPointer) {
    while unsafe runOne(on: worker) { unsafe worker.pointee.counters.jobsRun.bump() }
    // N1: pairs with the last child's end.
    if pending.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { return }
    let scheduler = unsafe worker.schedulerReference
    var start = millrace_ticks()
    var patience = Patience()
    // N1: pairs with the last child's end.
    while pending.load(ordering: .acquiring) > 0, millrace_ticks() &- start < scheduler.spinTicks {
      if unsafe leapfrog(worker, scheduler, &patience) { start = millrace_ticks() } else { patience.pause() }
    }
    // The last child gives exactly one token, whether or not it has ended by now.
    unsafe worker.countingWait(.scope) { done.park() }
  }

  private func leapfrog(_ worker: WorkerPointer, _ scheduler: Scheduler, _ patience: inout Patience) -> Bool {
    for place in 0..<helpers.count {
      // Relaxed: a hint.
      let state = ForkState(word: helpers[place].load(ordering: .relaxed))
      if state.isStolen, let (job, victim) = unsafe worker.leapfrog(state, scheduler, &patience) {
        unsafe worker.run(job, from: victim)
        return true
      }
    }
    return false
  }
}
