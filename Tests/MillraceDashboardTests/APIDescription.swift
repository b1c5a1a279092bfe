#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  @testable import MillraceDashboard

  /// The API's description, and whether answers are what it says: as much of JSON Schema as it is written in.
  struct APIDescription {
    static let shared = try! APIDescription()

    let value: JSONValue

    init() throws { value = try JSONValue(json: Description.json) }

    func at(_ path: String...) -> JSONValue? { path.reduce(value) { $0?[$1] } }

    var paths: [String: JSONValue] {
      if case .object(let paths)? = value["paths"] { paths } else { [:] }
    }

    /// What is described at a path that was asked for.
    func operation(_ method: String, _ path: String) -> JSONValue? {
      let asked = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
      for (template, operations) in paths {
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == asked.count, zip(parts, asked).allSatisfy({ $0 == $1 || $0.hasPrefix("{") }) {
          return operations[method.lowercased()]
        }
      }
      return nil
    }

    /// An answer to something that is described must be one that is.
    func check(_ response: RawResponse, to method: String, _ path: String) throws {
      guard let operation = operation(method == "HEAD" ? "GET" : method, path), method != "HEAD" else { return }
      guard let described = resolved(operation["responses"]?["\(response.status)"]) else {
        Issue.record("\(method) \(path): \(response.status) is not described: \(response.text)")
        return
      }
      guard case .object(let content)? = described["content"] else {
        #expect(response.body.isEmpty, "\(method) \(path): no body is described")
        return
      }
      let type = String(response.headers["content-type"]?.prefix { $0 != ";" } ?? "")
      guard let media = content[type] else {
        Issue.record("\(method) \(path): \(type) is not described")
        return
      }
      guard type == "application/json", let schema = media["schema"] else { return }
      let complaint = self.complaint(about: try JSONValue(json: response.body), schema, at: "")
      #expect(complaint == nil, "\(method) \(path) \(response.status): \(complaint ?? "")")
    }

    private func resolved(_ schema: JSONValue?) -> JSONValue? {
      guard let name = schema?["$ref"]?.text else { return schema }
      return resolved(name.split(separator: "/").dropFirst().reduce(value) { $0?[String($1)] })
    }

    /// What is wrong with a value, and where; nil: nothing.
    func complaint(about value: JSONValue, _ unresolved: JSONValue, at place: String) -> String? {
      guard let schema = resolved(unresolved) else { return "\(place): \(unresolved) is not there" }
      if let choices = schema["anyOf"]?.elements {
        let complaints = choices.map { complaint(about: value, $0, at: place) }
        return complaints.contains(nil) ? nil : complaints.compactMap(\.self).joined(separator: "; ")
      }
      let types = schema["type"]?.elements?.compactMap(\.text) ?? schema["type"]?.text.map { [$0] } ?? []
      if !types.isEmpty, !types.contains(where: { isOf($0, value) }) { return "\(place): \(value) is none of \(types)" }
      if let allowed = schema["enum"]?.elements, !allowed.contains(value) { return "\(place): \(value) is not allowed" }
      if let text = value.text, let pattern = schema["pattern"]?.text,
        try! Regex(pattern).firstMatch(in: text) == nil
      {
        return "\(place): \(text) is not like \(pattern)"
      }
      if let number = value.number {
        if let least = schema["minimum"]?.number, number < least { return "\(place): \(number) is less than \(least)" }
        if let most = schema["maximum"]?.number, number > most { return "\(place): \(number) is more than \(most)" }
      }
      if let items = schema["items"], let elements = value.elements {
        for (index, element) in elements.enumerated() {
          if let found = complaint(about: element, items, at: "\(place)[\(index)]") { return found }
        }
      }
      guard case .object(let members) = value, case .object(let properties)? = schema["properties"] else { return nil }
      for name in schema["required"]?.elements?.compactMap(\.text) ?? [] where members[name] == nil {
        return "\(place): has no \(name)"
      }
      for (name, member) in members {
        guard let property = properties[name] else {
          if schema["additionalProperties"] == .bool(false) { return "\(place).\(name): is not described" }
          continue
        }
        if let found = complaint(about: member, property, at: "\(place).\(name)") { return found }
      }
      return nil
    }

    private func isOf(_ type: String, _ value: JSONValue) -> Bool {
      switch (type, value) {
      case ("null", .null), ("boolean", .bool), ("integer", .int), ("number", .int), ("number", .double),
        ("string", .string), ("array", .array), ("object", .object):
        true
      case ("integer", .double(let number)): Int64(exactly: number) != nil
      default: false
      }
    }
  }

  @Suite struct APIDescriptionTests {
    @Test func describesWhatIsThere() {
      let routes = Route.table.map { "\($0.method) \($0.template) \($0.role?.rawValue ?? "none")" }
      let described = APIDescription.shared.paths.flatMap { path, operations -> [String] in
        guard case .object(let operations) = operations else { return [] }
        return operations.map { "\($0.key.uppercased()) \(path) \($0.value["x-role"]?.text ?? "")" }
      }
      #expect(routes.sorted() == described.sorted())
      #expect(Set(routes).count == routes.count)
    }

    @Test func onlyOpenRoutesNeedNoToken() {
      for (path, operations) in APIDescription.shared.paths {
        guard case .object(let operations) = operations else { continue }
        for (method, operation) in operations {
          #expect((operation["security"] == .array([])) == (operation["x-role"]?.text == "none"), "\(method) \(path)")
        }
      }
    }
  }
#endif
