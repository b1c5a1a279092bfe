import MillraceWorkflow

extension EventSourceConformance {
  /// All that is tried.
  public static let cases: [Case] =
    [1, 2, 3, 7].map { count in
      Case(clause: 1, name: "every event reaches exactly one of \(count) consumers") { try await sharing($0, count) }
    } + [
      Case(clause: 1, name: "groups know nothing of each other", body: groups),
      Case(clause: 2, name: "what is not acknowledged comes again", body: repeating),
      Case(clause: 2, name: "a consumer dies between delivery and acknowledgement", body: dying),
      Case(clause: 3, name: "events with one key come in order", body: order),
      Case(clause: 4, name: "no more events than the limit are in hand", body: bound),
      Case(clause: 5, name: "an event keeps its id", body: ids),
      Case(clause: 6, name: "a group goes on where it was", body: resuming),
      Case(clause: 6, name: "another number of consumers loses nothing", body: resharding),
      Case(clause: 7, name: "who waits is woken by an event", body: waking),
      Case(clause: 7, name: "who waits is woken by cancellation, and nothing is lost", body: cancelling),
      Case(clause: 8, name: "a closed subscription says so", body: closing),
      Case(clause: 9, name: "lag falls when events are acknowledged", body: lag),
    ]

  private static let consumer = StreamConsumer("c")

  private static func group(of count: Int) -> [StreamConsumer] {
    (0..<count).map { StreamConsumer("c", shard: $0, of: count) }
  }

  private static func sharing(_ trial: SourceTrial, _ count: Int) async throws {
    try await trial.append(0..<20)
    let subscriptions = try await trial.subscribe(group(of: count), at: trial.source)
    async let taken = trial.share(60, subscriptions)
    try await trial.append(20..<60)
    let shares = try await taken.map { trial.numbers($0) }
    trial.expectEqual(shares.flatMap { $0 }.sorted(), Array(0..<60), "events of \(count) consumers together")
  }

  private static func groups(_ trial: SourceTrial) async throws {
    guard trial.bench.hasGroups else { return }
    try await trial.append(0..<9)
    let first = try await trial.share(9, among: [consumer], of: trial.source)
    let second = try await trial.share(9, among: [StreamConsumer("d")], of: trial.source)
    trial.expectEqual(trial.numbers(first[0]).sorted(), Array(0..<9), "what the first group gets")
    trial.expectEqual(trial.numbers(second[0]).sorted(), Array(0..<9), "what the second group gets")
  }

  private static func repeating(_ trial: SourceTrial) async throws {
    try await trial.append(0..<5)
    let subscription = try await trial.source.subscribe(consumer)
    let first = try await subscription.next(limit: 3)
    let again = try await subscription.next(limit: first.count)
    trial.expectEqual(again, first, "what comes when nothing was acknowledged")
    try await subscription.acknowledge(1)
    await subscription.close()
    let next = try await trial.source.subscribe(consumer)
    let rest = trial.numbers(try await trial.take(4, next))
    trial.expectEqual(
      (trial.numbers([first[0]]) + rest).sorted(), Array(0..<5), "with what was acknowledged, all events")
    await next.close()
  }

  private static func dying(_ trial: SourceTrial) async throws {
    try await trial.append(0..<9)
    let dead = try await trial.source.subscribe(consumer)
    let done = try await trial.take(2, dead)
    let lost = try await dead.next(limit: 3)
    let source = try await trial.bench.sourceAfterDeath(of: dead)
    let heir = try await source.subscribe(consumer)
    let rest = trial.numbers(try await trial.take(7, heir))
    trial.expectEqual(
      (trial.numbers(done) + rest).sorted(), Array(0..<9), "what was acknowledged, and what came after the death")
    trial.expect(
      Set(trial.numbers(lost)).isSubset(of: rest), "what was in hand, \(trial.numbers(lost)), came again")
    await heir.close()
  }

  private static func order(_ trial: SourceTrial) async throws {
    guard trial.bench.hasKeys else { return }
    let consumers = group(of: trial.source.keepsOrder ? 3 : 1)
    try await trial.append(0..<60)
    let shares = try await trial.share(60, among: consumers, of: trial.source)
    for share in shares {
      for (key, events) in Dictionary(grouping: share, by: \.event.key) {
        let numbers = trial.numbers(events)
        trial.expectEqual(numbers, numbers.sorted(), "the order of events with the key \(key)")
        trial.expectEqual(numbers.count, 3, "events with the key \(key) at one consumer")
        trial.expectEqual(key, SourceTrial.key(numbers[0]), "the key of event \(numbers[0])")
      }
    }
  }

  private static func bound(_ trial: SourceTrial) async throws {
    try await trial.append(0..<30)
    let subscription = try await trial.source.subscribe(consumer)
    var seen: Set<Int> = []
    for limit in [1, 4, 2, 7, 1] {
      let page = try await subscription.next(limit: limit)
      trial.expect((1...limit).contains(page.count), "\(page.count) events are no more than the limit of \(limit)")
      seen.formUnion(trial.numbers(page))
      // Nothing is acknowledged: no more than the greatest limit can have been seen.
      trial.expect(seen.count <= 7, "\(seen.count) different events without an acknowledgement")
    }
    await subscription.close()
  }

  private static func ids(_ trial: SourceTrial) async throws {
    try await trial.append(0..<6)
    let first = try await trial.source.subscribe(consumer)
    let before = try await first.next(limit: 6)
    await first.close()
    let after = try await trial.share(6, among: [consumer], of: trial.source)[0]
    let other =
      trial.bench.hasGroups ? try await trial.share(6, among: [StreamConsumer("d")], of: trial.source)[0] : []
    trial.expectEqual(Set(after.map(\.event.id)).count, 6, "different ids")
    let known = Dictionary(after.map { (trial.bench.number(of: $0), $0.event.id) }) { first, _ in first }
    for event in before + other {
      trial.expectEqual(event.event.id, known[trial.bench.number(of: event)], "the id of an event that came twice")
    }
  }

  private static func resuming(_ trial: SourceTrial) async throws {
    try await trial.append(0..<7)
    let first = try await trial.source.subscribe(consumer)
    let done = trial.numbers(try await trial.take(4, first))
    await first.close()
    try await trial.append(7..<10)
    let second = try await trial.source.subscribe(consumer)
    let rest = trial.numbers(try await trial.take(6, second))
    trial.expectEqual((done + rest).sorted(), Array(0..<10), "what came before and after, each once")
    await second.close()
  }

  private static func resharding(_ trial: SourceTrial) async throws {
    try await trial.append(0..<30)
    let subscriptions = try await trial.subscribe(group(of: 2), at: trial.source)
    var seen = Set(trial.numbers(try await trial.take(3, subscriptions[0], limit: 2)))
    for subscription in subscriptions { await subscription.close() }
    try await trial.append(30..<40)
    // Events that come again count as well: what is missing then is still there.
    while seen.count < 40 {
      for share in try await trial.share(40 - seen.count, among: group(of: 3), of: trial.source) {
        seen.formUnion(trial.numbers(share))
      }
    }
    trial.expectEqual(seen, Set(0..<40), "events of both numbers of consumers together")
  }

  private static func waking(_ trial: SourceTrial) async throws {
    let subscription = try await trial.source.subscribe(consumer)
    async let waiting = subscription.next(limit: 3)
    try await trial.append(0..<1)
    trial.expectEqual(trial.numbers(try await waiting), [0], "what somebody gets who waits")
    await subscription.close()
  }

  private static func cancelling(_ trial: SourceTrial) async throws {
    let subscription = try await trial.source.subscribe(consumer)
    let waiting = Task { try await subscription.next(limit: 3) }
    waiting.cancel()
    func isCancellation(_ error: any Error) -> Bool { error is CancellationError }
    await trial.expectThrows("waiting, when cancelled", isCancellation) { _ = try await waiting.value }
    try await trial.append(0..<3)
    trial.expectEqual(
      trial.numbers(try await trial.take(3, subscription)).sorted(), [0, 1, 2], "what comes after a cancellation")
    await subscription.close()
  }

  private static func closing(_ trial: SourceTrial) async throws {
    let subscription = try await trial.source.subscribe(consumer)
    let waiting = Task { try await subscription.next(limit: 3) }
    await subscription.close()
    func isShutDown(_ error: any Error) -> Bool { (error as? WorkflowError)?.code == .shutDown }
    await trial.expectThrows("waiting, when it is closed", isShutDown) {
      _ = try await withTaskCancellationHandler {
        try await waiting.value
      } onCancel: {
        waiting.cancel()
      }
    }
    await trial.expectThrows("next", isShutDown) { _ = try await subscription.next(limit: 1) }
    await trial.expectThrows("acknowledge", isShutDown) { try await subscription.acknowledge(1) }
    await subscription.close()
  }

  private static func lag(_ trial: SourceTrial) async throws {
    try await trial.append(0..<8)
    let subscription = try await trial.source.subscribe(consumer)
    _ = try await subscription.next(limit: 8)
    guard let before = try await subscription.lag() else { return await subscription.close() }
    trial.expectEqual(before, 8, "lag before anything is acknowledged")
    _ = try await trial.take(8, subscription)
    trial.expectEqual(try await subscription.lag(), 0, "lag when all is acknowledged")
    await subscription.close()
  }
}
