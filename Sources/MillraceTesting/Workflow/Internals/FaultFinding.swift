import Synchronization

/// What was found wrong.
final class Faults: Sendable {
  private let found = Mutex<[String]>([])

  var all: [String] { found.withLock { $0 } }

  func add(_ fault: String) { found.withLock { $0.append(fault) } }
}

/// Something that is tried, by several tasks at once.
protocol FaultFinding: Sendable {
  var faults: Faults { get }
}

extension FaultFinding {
  var complaints: [String] { faults.all }

  func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) {
    if value != expected { faults.add("\(what): expected \(expected), found \(value)") }
  }

  func expect(_ isSo: Bool, _ what: String) {
    if !isSo { faults.add("\(what): not so") }
  }

  func expectThrows(_ what: String, _ isExpected: (any Error) -> Bool, _ body: () async throws -> Void) async {
    do {
      try await body()
      faults.add("\(what): nothing was thrown")
    } catch {
      if !isExpected(error) { faults.add("\(what): threw \(error)") }
    }
  }
}
