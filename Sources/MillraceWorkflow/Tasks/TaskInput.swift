/// An input whose members are as its fields say.
package struct TaskInput: Sendable {
  private let members: [String: JSONValue]

  /// - Throws: a failure that no other attempt helps.
  package init(_ value: JSONValue, _ fields: InputFields) throws(TaskFailure) {
    if let complaint = fields.complaint(about: value, isTemplate: false) {
      throw .invalidInput("\(complaint.path.dropFirst()) \(complaint.message)".trimmingPrefix(" "))
    }
    // The fields have been checked: an object.
    guard case .object(let members) = value else { fatalError() }
    self.members = members.filter { $0.value != .null }
  }

  package subscript(_ name: String) -> JSONValue? { members[name] }

  package func text(_ name: String) -> String? { members[name]?.text }
  package func integer(_ name: String) -> Int? { members[name]?.integer }
  package func number(_ name: String) -> Double? { members[name]?.number }
  package func bool(_ name: String) -> Bool? { if case .bool(let value) = members[name] { value } else { nil } }
  package func list(_ name: String) -> [JSONValue]? { members[name]?.elements }
  package func texts(_ name: String) -> [String]? { members[name]?.elements?.compactMap(\.text) }
  package func object(_ name: String) -> [String: JSONValue]? {
    if case .object(let value) = members[name] { value } else { nil }
  }

  /// A number of seconds that is not negative.
  package func seconds(_ name: String) throws(TaskFailure) -> Duration? {
    guard let seconds = number(name) else { return nil }
    guard seconds >= 0, seconds < 1e9 else {
      throw .invalidInput("\(name): seconds from 0 to 1,000,000,000 are expected, not \(seconds)")
    }
    return .seconds(seconds)
  }

  /// A number of bytes, from 1.
  package func byteLimit(_ name: String, default standard: Int) throws(TaskFailure) -> Int {
    guard let bytes = integer(name) else { return standard }
    guard bytes > 0 else { throw .invalidInput("\(name): a number of bytes from 1 is expected, not \(bytes)") }
    return bytes
  }
}

extension TaskFailure {
  /// Another attempt would be given the same.
  package static func invalidInput(_ message: some StringProtocol) -> TaskFailure {
    TaskFailure(code: "invalid input", String(message), isRetryable: false)
  }
}
