import MillraceConnectors
import MillraceTesting
import MillraceWorkflow
import Testing

@Suite struct EventSourceTests {
  private func expectNone(_ failures: [EventSourceConformance.Failure]) {
    #expect(failures.isEmpty, "\(failures)")
  }

  @Test(arguments: EventSourceConformance.cases)
  func stream(_ each: EventSourceConformance.Case) async {
    expectNone(await EventSourceConformance { _ in StreamBench(stream: MemoryEventStream()) }.run(each))
  }

  @Test(arguments: EventSourceConformance.cases)
  func lines(_ each: EventSourceConformance.Case) async {
    expectNone(await EventSourceConformance { _ in try LineBench(rotation: nil) }.run(each))
  }

  @Test(arguments: EventSourceConformance.cases)
  func rotatedLines(_ each: EventSourceConformance.Case) async {
    expectNone(await EventSourceConformance { _ in try LineBench(rotation: 4) }.run(each))
  }

  @Test(arguments: EventSourceConformance.cases)
  func folder(_ each: EventSourceConformance.Case) async {
    expectNone(await EventSourceConformance { _ in try FolderBench() }.run(each))
  }

  /// A suite that finds nothing shows nothing.
  @Test(arguments: DefectiveSource.Defect.allCases)
  func defectIsFound(_ defect: DefectiveSource.Defect) async {
    // Being slow can only make it find more.
    let suite = EventSourceConformance(patience: .seconds(1)) { _ in
      DefectiveBench(bench: StreamBench(stream: MemoryEventStream()), defect: defect)
    }
    var clauses: Set<Int> = []
    for each in EventSourceConformance.cases where each.clause == defect.clause {
      clauses.formUnion(await suite.run(each).map(\.clause))
    }
    #expect(clauses == [defect.clause], "\(defect) breaks clause \(defect.clause)")
  }
}

/// A source that is right but for one thing.
struct DefectiveSource: EventSource {
  enum Defect: CaseIterable {
    /// All of a group get everything.
    case deliversToAll
    /// What was given counts as acknowledged.
    case acknowledgesEarly
    case reverses
    case ignoresTheLimit
    case changesIDs
    case forgetsTheGroup
    case ignoresClosing
    case lagIsConstant

    var clause: Int {
      switch self {
      case .deliversToAll: 1
      case .acknowledgesEarly: 2
      case .reverses: 3
      case .ignoresTheLimit: 4
      case .changesIDs: 5
      case .forgetsTheGroup: 6
      case .ignoresClosing: 8
      case .lagIsConstant: 9
      }
    }
  }

  let source: any EventSource
  let defect: Defect

  func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
    var consumer = consumer
    switch defect {
    case .deliversToAll: consumer = StreamConsumer("\(consumer.group) \(consumer.shard)")
    case .forgetsTheGroup: consumer = StreamConsumer("\(consumer.group) \(UInt64.random(in: 0 ... .max))")
    default: break
    }
    return Subscription(inner: try await source.subscribe(consumer), defect: defect)
  }

  struct Subscription: EventSubscription {
    let inner: any EventSubscription
    let defect: Defect

    func next(limit: Int) async throws -> [SourceEvent] {
      var events = try await inner.next(limit: defect == .ignoresTheLimit ? limit + 1 : limit)
      switch defect {
      case .acknowledgesEarly: try await inner.acknowledge(events.count)
      case .reverses: events.reverse()
      case .changesIDs: for index in events.indices { events[index].event.id += "\(UInt64.random(in: 0 ... .max))" }
      default: break
      }
      return events
    }

    func acknowledge(_ count: Int) async throws {
      if defect != .acknowledgesEarly { try await inner.acknowledge(count) }
    }

    func lag() async throws -> Int? { defect == .lagIsConstant ? 8 : try await inner.lag() }

    func close() async { if defect != .ignoresClosing { await inner.close() } }
  }
}

private struct DefectiveBench: EventSourceBench {
  let bench: StreamBench
  let defect: DefectiveSource.Defect

  var source: any EventSource { DefectiveSource(source: bench.source, defect: defect) }

  func append(_ events: [(number: Int, key: String)]) async throws { try await bench.append(events) }
}
