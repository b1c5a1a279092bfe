import Synchronization

/// Numbers moments, so that it can be told which of two was first.
final class LookCounter: Sendable {
  private let last = Atomic(0)

  /// This moment. Greater than all that were told before.
  func next() -> Int {
    // Sequentially consistent: a total order, together with the calls of the store between.
    last.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
  }
}
