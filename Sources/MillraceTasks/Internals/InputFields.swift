#if Workflow
  import MillraceWorkflow

  /// What a kind of task is given: the names of its input's members, and what they hold.
  struct InputFields: Sendable {
    struct Field: Sendable {
      var name: String
      var type: ValueType
      var isRequired: Bool

      static func required(_ name: String, _ type: ValueType) -> Field {
        Field(name: name, type: type, isRequired: true)
      }

      static func optional(_ name: String, _ type: ValueType) -> Field {
        Field(name: name, type: type, isRequired: false)
      }
    }

    let fields: [Field]

    init(_ fields: Field...) {
      self.fields = fields
    }

    /// Looks at what is known of an input: texts with expressions in them become anything later.
    ///
    /// - Throws: ``WorkflowError/Code/invalidDefinition``.
    func check(_ template: Template, at place: String) throws(WorkflowError) {
      if Self.isExpression(template.source) { return }
      if let complaint = complaint(about: template.source, isTemplate: true) {
        throw WorkflowError(.invalidDefinition, complaint.message, at: place + complaint.path)
      }
    }

    /// What is wrong with an input, nil if nothing is.
    func complaint(about input: JSONValue, isTemplate: Bool) -> Complaint? {
      guard case .object(let members) = input else {
        return Complaint(path: "", message: "an object is expected, not \(input.kindOfValue)")
      }
      for name in members.keys.sorted() where !fields.contains(where: { $0.name == name }) {
        return Complaint(
          path: ".\(name)",
          message: "is not known here; expected are \(fields.map(\.name).joined(separator: ", "))")
      }
      for field in fields {
        guard let value = members[field.name], value != .null else {
          if field.isRequired { return Complaint(path: ".\(field.name)", message: "is missing") }
          continue
        }
        if let complaint = Self.complaint(about: value, field.type, ".\(field.name)", isTemplate: isTemplate) {
          return complaint
        }
      }
      return nil
    }

    struct Complaint {
      /// From the input: `.environment.PATH`.
      var path: String
      var message: String
    }

    private static func isExpression(_ value: JSONValue) -> Bool {
      if case .string(let text) = value { return text.contains("${") }
      return false
    }

    private static func complaint(
      about value: JSONValue, _ type: ValueType, _ path: String, isTemplate: Bool
    ) -> Complaint? {
      if isTemplate, isExpression(value) { return nil }
      let wanted: String
      switch (type, value) {
      case (.any, _), (.bool, .bool), (.integer, .int), (.number, .int), (.number, .double), (.string, .string):
        return nil
      case (.array(let element), .array(let values)):
        for (index, value) in values.enumerated() {
          if let complaint = complaint(about: value, element, "\(path)[\(index)]", isTemplate: isTemplate) {
            return complaint
          }
        }
        return nil
      case (.object(let types), .object(let members)):
        for (name, type) in types.sorted(by: { $0.key < $1.key }) {
          guard let value = members[name] else { return Complaint(path: "\(path).\(name)", message: "is missing") }
          if let complaint = complaint(about: value, type, "\(path).\(name)", isTemplate: isTemplate) {
            return complaint
          }
        }
        return nil
      case (.oneOf(let texts), .string(let text)) where texts.contains(text): return nil
      case (.bool, _): wanted = "true or false"
      case (.integer, _): wanted = "an integer"
      case (.number, _): wanted = "a number"
      case (.string, _): wanted = "a text"
      case (.array, _): wanted = "a list"
      case (.object, _): wanted = "an object"
      case (.oneOf(let texts), _): wanted = "one of \(texts.joined(separator: ", "))"
      }
      return Complaint(path: path, message: "\(wanted) is expected, not \(value.kindOfValue)")
    }
  }

  /// An input whose members are as its fields say.
  struct TaskInput: Sendable {
    private let members: [String: JSONValue]

    /// - Throws: a failure that no other attempt helps.
    init(_ value: JSONValue, _ fields: InputFields) throws(TaskFailure) {
      if let complaint = fields.complaint(about: value, isTemplate: false) {
        throw .invalidInput("\(complaint.path.dropFirst()) \(complaint.message)".trimmingPrefix(" "))
      }
      // The fields have been checked: an object.
      guard case .object(let members) = value else { fatalError() }
      self.members = members.filter { $0.value != .null }
    }

    subscript(_ name: String) -> JSONValue? { members[name] }

    func text(_ name: String) -> String? { members[name]?.text }
    func integer(_ name: String) -> Int? { members[name]?.integer }
    func number(_ name: String) -> Double? { members[name]?.number }
    func bool(_ name: String) -> Bool? { if case .bool(let value) = members[name] { value } else { nil } }
    func list(_ name: String) -> [JSONValue]? { members[name]?.elements }
    func texts(_ name: String) -> [String]? { members[name]?.elements?.compactMap(\.text) }
    func object(_ name: String) -> [String: JSONValue]? {
      if case .object(let value) = members[name] { value } else { nil }
    }

    /// A number of seconds that is not negative.
    func seconds(_ name: String) throws(TaskFailure) -> Duration? {
      guard let seconds = number(name) else { return nil }
      guard seconds >= 0, seconds < 1e9 else {
        throw .invalidInput("\(name): seconds from 0 to 1,000,000,000 are expected, not \(seconds)")
      }
      return .seconds(seconds)
    }

    /// A number of bytes, from 1.
    func byteLimit(_ name: String, default standard: Int) throws(TaskFailure) -> Int {
      guard let bytes = integer(name) else { return standard }
      guard bytes > 0 else { throw .invalidInput("\(name): a number of bytes from 1 is expected, not \(bytes)") }
      return bytes
    }
  }

  extension TaskFailure {
    /// Another attempt would be given the same.
    static func invalidInput(_ message: some StringProtocol) -> TaskFailure {
      TaskFailure(code: "invalid input", String(message), isRetryable: false)
    }
  }

  extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .int(let value) = self { Int(value) } else { nil } }
    var elements: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

    var number: Double? {
      switch self {
      case .int(let value): Double(value)
      case .double(let value): value
      default: nil
      }
    }

    /// For messages; the value itself may be a secret.
    var kindOfValue: String {
      switch self {
      case .null: "null"
      case .bool: "true or false"
      case .int, .double: "a number"
      case .string: "this text"
      case .array: "a list"
      case .object: "an object"
      }
    }
  }
#endif
