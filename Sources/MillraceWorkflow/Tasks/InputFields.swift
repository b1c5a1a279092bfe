/// What a kind of task is given: the names of its input's members, and what they hold.
package struct InputFields: Sendable {
  package struct Field: Sendable {
    var name: String
    var type: ValueType
    var isRequired: Bool

    package static func required(_ name: String, _ type: ValueType) -> Field {
      Field(name: name, type: type, isRequired: true)
    }

    package static func optional(_ name: String, _ type: ValueType) -> Field {
      Field(name: name, type: type, isRequired: false)
    }
  }

  let fields: [Field]

  package init(_ fields: Field...) {
    self.fields = fields
  }

  /// Looks at what is known of an input: texts with expressions in them become anything later.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``.
  package func check(_ template: Template, at place: String) throws(WorkflowError) {
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
