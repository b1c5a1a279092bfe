import MillraceWorkflow
import Synchronization

/// A stream that is tried, and what was found.
final class StreamTrial: Sendable {
  static let capacity = 20

  let stream: any EventStream
  private let found = Mutex<[String]>([])

  init(stream: any EventStream) {
    self.stream = stream
  }

  var complaints: [String] { found.withLock { $0 } }

  func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) {
    if value != expected { found.withLock { $0.append("\(what): expected \(expected), found \(value)") } }
  }

  func expect(_ isSo: Bool, _ what: String) {
    if !isSo { found.withLock { $0.append("\(what): not so") } }
  }

  func expectThrows(_ code: WorkflowError.Code, _ what: String, _ body: () async throws -> Void) async {
    do {
      try await body()
      found.withLock { $0.append("\(what): expected \(code), nothing was thrown") }
    } catch {
      expectEqual((error as? WorkflowError)?.code, code, what)
    }
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
