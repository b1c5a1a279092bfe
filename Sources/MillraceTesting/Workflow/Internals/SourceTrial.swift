import MillraceWorkflow
import Synchronization

/// A source that is tried, and what was found.
final class SourceTrial: FaultFinding {
  let bench: any EventSourceBench
  let faults = Faults()

  init(_ bench: any EventSourceBench) {
    self.bench = bench
  }

  var source: any EventSource { bench.source }

  /// Events with keys of every kind, each of them several times.
  func append(_ numbers: Range<Int>) async throws {
    try await bench.append(numbers.map { ($0, Self.key($0)) })
  }

  static func key(_ number: Int) -> String { "\(number / 3 &* 7_919)-é" }

  func numbers(_ events: [SourceEvent]) -> [Int] {
    for event in events where bench.number(of: event) == nil {
      faults.add("an event that nobody has brought: \(event)")
    }
    return events.compactMap { bench.number(of: $0) }
  }

  /// Takes and acknowledges events until there are so many.
  func take(_ count: Int, _ subscription: any EventSubscription, limit: Int = 3) async throws -> [SourceEvent] {
    var events: [SourceEvent] = []
    while events.count < count {
      let page = try await subscription.next(limit: min(limit, count - events.count))
      expect(!page.isEmpty && page.count <= limit, "a page has at least one event, and at most \(limit)")
      if try await acknowledge(page, subscription) { events += page }
    }
    return events
  }

  /// - Returns: false: they come again, to whomever.
  private func acknowledge(_ page: [SourceEvent], _ subscription: any EventSubscription) async throws -> Bool {
    do {
      try await subscription.acknowledge(page.count)
      return true
    } catch let error as WorkflowError where error.code == .heldElsewhere {
      return false
    }
  }

  /// What the consumers of a group get, each in the order in which it came, until they have got so many events together.
  func share(
    _ count: Int, among consumers: [StreamConsumer], of source: any EventSource
  ) async throws -> [[SourceEvent]] {
    let subscriptions = try await subscribe(consumers, at: source)
    let taken = try await share(count, subscriptions)
    for subscription in subscriptions { await subscription.close() }
    return taken
  }

  func subscribe(
    _ consumers: [StreamConsumer], at source: any EventSource
  ) async throws -> [any EventSubscription] {
    var subscriptions: [any EventSubscription] = []
    for consumer in consumers { subscriptions.append(try await source.subscribe(consumer)) }
    return subscriptions
  }

  func share(_ count: Int, _ subscriptions: [any EventSubscription]) async throws -> [[SourceEvent]] {
    let tally = Tally(until: count)
    return try await withThrowingTaskGroup(of: (Int, [SourceEvent]).self) { group in
      for (index, subscription) in subscriptions.enumerated() {
        group.addTask {
          var events: [SourceEvent] = []
          do {
            while true {
              let page = try await subscription.next(limit: 3)
              guard try await self.acknowledge(page, subscription) else { continue }
              events += page
              // Who waits for more is told that there is none.
              if tally.add(page.count) { for each in subscriptions { await each.close() } }
            }
          } catch let error as WorkflowError where error.code == .shutDown {
            return (index, events)
          }
        }
      }
      var taken = [[SourceEvent]](repeating: [], count: subscriptions.count)
      for try await (index, events) in group { taken[index] = events }
      return taken
    }
  }
}

/// Counts up to a number, for several at once.
private final class Tally: Sendable {
  private let rest: Mutex<Int>

  init(until count: Int) { rest = Mutex(count) }

  /// - Returns: whether the number is reached.
  func add(_ count: Int) -> Bool {
    rest.withLock { rest in
      rest -= count
      return rest <= 0
    }
  }
}
