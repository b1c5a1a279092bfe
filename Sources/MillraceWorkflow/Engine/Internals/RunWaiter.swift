import Synchronization

/// Waits for a run to come to something. Told of each change that is stored.
final class RunWaiter: Sendable {
  private enum State {
    case looking
    case found(RunRecord)
    case waiting(CheckedContinuation<RunRecord, any Error>)
    case done
  }

  /// Of which workflow and shard the run is.
  struct Place {
    let workflow: String
    let shardHash: UInt32
  }

  private let found = Mutex<Place?>(nil)
  /// nil until the run has been read.
  var place: Place? { found.withLock { $0 } }

  private let condition: @Sendable (RunRecord) -> Bool
  private let state = Mutex(State.looking)

  init(_ condition: @escaping @Sendable (RunRecord) -> Bool) {
    self.condition = condition
  }

  func look(at record: RunRecord) {
    found.withLock { $0 = Place(workflow: record.workflow, shardHash: record.shardHash) }
    guard condition(record) else { return }
    let continuation = state.withLock { state -> CheckedContinuation<RunRecord, any Error>? in
      switch state {
      case .looking: state = .found(record)
      case .waiting(let continuation):
        state = .done
        return continuation
      case .found, .done: break
      }
      return nil
    }
    continuation?.resume(returning: record)
  }

  /// What it has waited for. Asked once.
  ///
  /// - Throws: `CancellationError`.
  var value: RunRecord {
    get async throws {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let found = state.withLock { state -> Result<RunRecord, any Error>? in
            switch state {
            case .looking:
              state = .waiting(continuation)
              return nil
            case .found(let record): return .success(record)
            case .waiting, .done: return .failure(CancellationError())
            }
          }
          if let found { continuation.resume(with: found) }
        }
      } onCancel: {
        let continuation = state.withLock { state -> CheckedContinuation<RunRecord, any Error>? in
          defer { state = .done }
          if case .waiting(let continuation) = state { return continuation }
          return nil
        }
        continuation?.resume(throwing: CancellationError())
      }
    }
  }
}
