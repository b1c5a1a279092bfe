import MillracePrimitives
import Synchronization

/// A named number of units of something, of which nodes hold one while they run: connections, licences, memory. Any number of graphs and runs may share it.
///
/// Nodes that wait for a unit hold no worker, and get it in the order in which they asked.
public final class ResourceLimit: Sendable, CustomStringConvertible {
  public let name: String
  public let count: Int
  /// In the order of making, which is also that of taking: see `SpecialNode.orderLimits`.
  let number: Int
  private let state: Lock<(available: Int, waiting: [(run: GraphRun, node: UInt32)])>

  private static let numbers = Atomic<Int>(0)

  /// - Precondition: `count` is positive.
  public init(_ name: String, count: Int) {
    precondition(count > 0, "resource \"\(name)\" has at least one unit; found \(count)")
    self.name = name
    self.count = count
    // Relaxed: a number.
    number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
    state = Lock((count, []))
  }

  public var description: String { "\(name) (\(count))" }

  /// True: a unit is the node's. False: it waits, and `run` is told when the unit is the node's.
  func acquire(_ run: GraphRun, _ node: UInt32) -> Bool {
    state.withLock { state in
      if state.available > 0 {
        state.available -= 1
        return true
      }
      state.waiting.append((run, node))
      return false
    }
  }

  func release() {
    let next = state.withLock { state -> (run: GraphRun, node: UInt32)? in
      if state.waiting.isEmpty {
        state.available += 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    if let next { next.run.resume(next.node, .hasUnit) }
  }

  /// The node waits no more. False: it did not, and has been, or is being, told that the unit is its own.
  func giveUp(_ run: GraphRun, _ node: UInt32) -> Bool {
    state.withLock { state in
      guard let place = state.waiting.firstIndex(where: { $0.run === run && $0.node == node }) else { return false }
      state.waiting.remove(at: place)
      return true
    }
  }
}
