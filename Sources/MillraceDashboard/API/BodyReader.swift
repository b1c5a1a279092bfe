#if Workflow
  import MillraceWorkflow

  /// Reads the members of a body, each by its name; what nobody has asked for is refused in the end.
  struct BodyReader {
    private var members: [String: JSONValue]

    /// - Throws: a ``Problem`` for what is not an object of JSON, said to be that.
    init(_ request: HTTPRequest) throws(Problem) {
      let type = request[header: "content-type"]?.lowercased().split(separator: ";").map {
        $0.trimming(while: \.isWhitespace)
      }
      // Also what keeps other people's pages from sending one: a browser asks before it sends this type to another origin.
      guard type?.first == "application/json",
        type!.dropFirst().allSatisfy({ $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" })
      else { throw Problem(.unsupportedMediaType, "Content-Type: application/json is expected") }
      guard case .object(let members) = try JSONText.read(request.body) else {
        throw Problem(.badRequest, "an object is expected", at: "body")
      }
      self.members = members
    }

    func finish() throws(Problem) {
      if let name = members.keys.min() {
        throw Problem(.badRequest, "there is no such member", at: "body.\(name.prefix(80))")
      }
    }

    /// Any JSON; nil: none.
    mutating func value(_ name: String) -> JSONValue? { members.removeValue(forKey: name) }

    mutating func text(_ name: String, _ rule: TextRule) throws(Problem) -> String? {
      guard let value = value(name) else { return nil }
      guard case .string(let text) = value else { throw Problem(.badRequest, "a text is expected", at: "body.\(name)") }
      return try rule.check(text, at: "body.\(name)")
    }

    mutating func required(_ name: String, _ rule: TextRule) throws(Problem) -> String {
      guard let text = try text(name, rule) else { throw Problem(.badRequest, "is missing", at: "body.\(name)") }
      return text
    }

    mutating func flag(_ name: String) throws(Problem) -> Bool? {
      guard let value = value(name) else { return nil }
      guard case .bool(let flag) = value else {
        throw Problem(.badRequest, "true or false is expected", at: "body.\(name)")
      }
      return flag
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
      guard let value = value(name) else { return nil }
      let number: Int? =
        switch value {
        case .int(let value): Int(exactly: value)
        // To JSON 1.0 is an integer.
        case .double(let value): Int(exactly: value)
        default: nil
        }
      guard let number, range.contains(number) else {
        throw Problem(
          .badRequest, "an integer of \(range.lowerBound) … \(range.upperBound) is expected", at: "body.\(name)")
      }
      return number
    }
  }
#endif
