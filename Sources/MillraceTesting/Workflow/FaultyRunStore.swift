import MillraceWorkflow
import Synchronization

/// A store at one of whose writes something goes wrong: to see what becomes of workflows when their process ends there, or the disk fails.
///
/// ```swift
/// let base = MemoryRunStore()
/// for point in 0... {
///   let store = FaultyRunStore(base, at: point, .endAfter)
///   let engine = WorkflowEngine(store: store)   // until store.hasHappened; then another on `base` goes on
///   …
///   if !store.hasHappened { break }   // every point has been tried
/// }
/// ```
///
/// Any thread may call.
public final class FaultyRunStore: ForwardingRunStore {
  public enum Fault: Sendable, Hashable, CaseIterable {
    /// The write throws, and nothing is stored.
    case refuse
    /// The write is stored, and throws.
    case lose
    /// The process ends before the write: it, and all that follow, throw and store nothing.
    case endBefore
    /// The process ends after the write: it is stored, and throws, as do all that follow.
    case endAfter
  }

  public let base: any RunStore
  private let point: Int
  private let fault: Fault
  private let state = Mutex((writes: 0, waiters: [CheckedContinuation<Void, Never>]()))

  /// - Parameter point: the write at which it happens, from 0.
  public init(_ base: any RunStore, at point: Int, _ fault: Fault) {
    self.base = base
    self.point = point
    self.fault = fault
  }

  /// Writes begun so far.
  public var writeCount: Int { state.withLock { $0.writes } }

  public var hasHappened: Bool { writeCount > point }

  /// Returns when it has happened.
  public func waitForFault() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.writes <= point { state.waiters.append(continuation) }
        return state.writes > point
      }
      if isOver { continuation.resume() }
    }
  }

  private static var trouble: WorkflowError {
    WorkflowError(.storeUnavailable, "a fault was asked for: try again, or start again")
  }

  public func write<R>(_ body: () async throws -> R) async throws -> R {
    let (number, waiters) = state.withLock { state in
      defer {
        state.writes += 1
        if state.writes > point { state.waiters = [] }
      }
      return (state.writes, state.writes >= point ? state.waiters : [])
    }
    defer { for waiter in waiters { waiter.resume() } }
    if number < point { return try await body() }
    let isNow = number == point
    switch fault {
    case .refuse where isNow, .endBefore: throw Self.trouble
    case .lose where isNow, .endAfter where isNow:
      _ = try await body()
      throw Self.trouble
    case .endAfter: throw Self.trouble
    case .refuse, .lose: return try await body()
    }
  }

  public func read<R>(_ body: () async throws -> R) async throws -> R {
    let hasEnded = hasHappened && (fault == .endBefore || fault == .endAfter)
    if hasEnded { throw Self.trouble }
    return try await body()
  }
}
