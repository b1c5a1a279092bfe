#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// State behind a lock, for what is rare: threads that start and end, errors.
///
/// It is `pthread_mutex_t` and not `Synchronization.Mutex`, because ThreadSanitizer knows the former and reports everything behind the latter.
// SAFETY: `state` is used only between lock and unlock.
@safe
package struct Lock<State>: ~Copyable, @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let state: UnsafeMutablePointer<State>

  package init(_ initial: consuming sending State) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let error = unsafe pthread_mutex_init(mutex, nil)
    precondition(error == 0, "a mutex could not be made: error \(error)")
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: initial)
  }

  deinit {
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Calls `body` with the state, which nobody else can use meanwhile. Not recursive.
  package func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return unsafe try body(&state.pointee)
  }
}
