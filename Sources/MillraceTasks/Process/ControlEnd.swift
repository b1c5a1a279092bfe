#if Workflow
  import Synchronization

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// The end of a supervisor's control pipe, which any thread may close, once, also before it is there.
  final class ControlEnd: Sendable {
    private enum State {
      case notYet
      case open(Int32)
      case hungUp
    }

    private let state = Mutex(State.notYet)

    func open(_ descriptor: Int32) {
      let isLate = state.withLock { state in
        if case .hungUp = state { return true }
        state = .open(descriptor)
        return false
      }
      if isLate { close(descriptor) }
    }

    func hangUp() {
      let descriptor: Int32? = state.withLock { state in
        defer { state = .hungUp }
        if case .open(let descriptor) = state { return descriptor }
        return nil
      }
      if let descriptor { close(descriptor) }
    }
  }
#endif
