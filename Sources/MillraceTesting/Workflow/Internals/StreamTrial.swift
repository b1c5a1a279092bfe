import MillraceWorkflow

/// A stream that is tried, and what was found.
final class StreamTrial: FaultFinding {
  static let capacity = 20

  let stream: any EventStream
  let faults = Faults()

  init(stream: any EventStream) {
    self.stream = stream
  }

  func expectThrows(_ code: WorkflowError.Code, _ what: String, _ body: () async throws -> Void) async {
    await expectThrows("\(what), \(code) expected", { ($0 as? WorkflowError)?.code == code }, body)
  }

  func event(_ id: Int, topic: String = "t", key: String? = nil) -> OutboxEvent {
    OutboxEvent(id: "\(id)", topic: topic, key: key ?? "k\(id)", payload: Payload([UInt8(truncatingIfNeeded: id)]))
  }

  @discardableResult
  func append(_ ids: Range<Int>, topic: String = "t") async throws -> [Int64] {
    try await stream.append(ids.map { event($0, topic: topic) }, whenFull: .error)
  }

  /// The ids of all that a consumer reads, which it acknowledges if asked to.
  func drain(_ consumer: StreamConsumer, topic: String = "t", acknowledging: Bool = true) async throws -> [Int] {
    var ids: [Int] = []
    var after: Int64?
    while true {
      let page = try await stream.read(topic, by: consumer, after: after, limit: 3)
      if page.through == after { return ids }
      ids += page.events.compactMap { Int($0.event.id) }
      after = page.through
      if acknowledging { try await stream.acknowledge(topic, by: consumer, through: page.through) }
    }
  }
}
