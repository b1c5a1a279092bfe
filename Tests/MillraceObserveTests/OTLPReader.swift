#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  /// A collector's view of OTLP's JSON, as strict as the mapping allows: every name known, every value of its own form.
  struct OTLPReader {
    struct Span {
      var trace: String
      var id: String
      var parent: String?
      var name: String
      var start: UInt64
      var end: UInt64
      var attributes: [String: JSONValue]
      var status: Int?
      var message: String?
      var events: [String]
      var links: Int
    }

    private(set) var spans: [Span] = []
    private(set) var resource: [String: JSONValue] = [:]

    struct Fault: Error {
      var text: String
      init(_ text: String) { self.text = text }
    }

    init(_ body: [UInt8]) throws {
      let request = try Self.object(try JSONValue(json: body), ["resourceSpans"])
      for group in try Self.list(request["resourceSpans"]) {
        let group = try Self.object(group, ["resource", "scopeSpans", "schemaUrl"])
        resource = try Self.attributes(Self.object(group["resource"], ["attributes", "droppedAttributesCount"]))
        for scoped in try Self.list(group["scopeSpans"]) {
          let scoped = try Self.object(scoped, ["scope", "spans", "schemaUrl"])
          let scope = try Self.object(scoped["scope"], ["name", "version", "attributes"])
          _ = try (Self.text(scope["name"]), Self.text(scope["version"]))
          for span in try Self.list(scoped["spans"]) { spans.append(try Self.span(span)) }
        }
      }
    }

    private static func span(_ value: JSONValue) throws -> Span {
      let span = try object(
        value,
        [
          "traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind", "startTimeUnixNano",
          "endTimeUnixNano", "attributes", "events", "links", "status", "droppedAttributesCount",
        ])
      guard case .int(1...5)? = span["kind"], case .int(0...0x3ff)? = span["flags"] else {
        throw Fault("kind and flags are numbers: \(value)")
      }
      var (code, message): (Int?, String?)
      let status = try object(span["status"], ["code", "message"])
      if let found = status["code"] {
        guard case .int(let number) = found, (0...2).contains(number) else { throw Fault("status.code: \(found)") }
        code = Int(number)
      }
      if let found = status["message"] { message = try text(found) }
      let events = try list(span["events"] ?? .array([])).map { event in
        let event = try object(event, ["timeUnixNano", "name", "attributes", "droppedAttributesCount"])
        _ = try (number(event["timeUnixNano"]), attributes(event))
        return try text(event["name"])
      }
      let links = try list(span["links"] ?? .array([]))
      for link in links {
        let link = try object(link, ["traceId", "spanId", "traceState", "attributes", "flags"])
        _ = try (digits(link["traceId"], 32), digits(link["spanId"], 16), attributes(link))
      }
      let result = Span(
        trace: try digits(span["traceId"], 32), id: try digits(span["spanId"], 16),
        parent: try span["parentSpanId"].map { try digits($0, 16) }, name: try text(span["name"]),
        start: try number(span["startTimeUnixNano"]), end: try number(span["endTimeUnixNano"]),
        attributes: try attributes(span), status: code, message: message, events: events, links: links.count)
      guard result.start <= result.end, result.start > 1_500_000_000_000_000_000 else { throw Fault("times: \(value)") }
      return result
    }

    // MARK: Values

    private static func object(_ value: JSONValue?, _ names: Set<String>) throws -> [String: JSONValue] {
      guard case .object(let members)? = value else { throw Fault("an object is expected: \(value as Any)") }
      for name in members.keys where !names.contains(name) { throw Fault("what is \(name)?") }
      return members
    }

    private static func list(_ value: JSONValue?) throws -> [JSONValue] {
      guard case .array(let values)? = value else { throw Fault("a list is expected: \(value as Any)") }
      return values
    }

    private static func text(_ value: JSONValue?) throws -> String {
      guard case .string(let text)? = value else { throw Fault("a text is expected: \(value as Any)") }
      return text
    }

    /// 64-bit integers are texts.
    private static func number(_ value: JSONValue?) throws -> UInt64 {
      guard let number = UInt64(try text(value)) else { throw Fault("a decimal text is expected: \(value as Any)") }
      return number
    }

    /// Ids are hexadecimal, not base64, and not all zero.
    private static func digits(_ value: JSONValue?, _ count: Int) throws -> String {
      let digits = try text(value)
      guard digits.utf8.count == count, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
        digits.contains(where: { $0 != "0" })
      else { throw Fault("\(count) digits are expected: \(digits)") }
      return digits
    }

    private static func attributes(_ owner: [String: JSONValue]) throws -> [String: JSONValue] {
      var found: [String: JSONValue] = [:]
      for attribute in try list(owner["attributes"] ?? .array([])) {
        let attribute = try object(attribute, ["key", "value"])
        let key = try text(attribute["key"])
        if found.updateValue(try any(attribute["value"]), forKey: key) != nil { throw Fault("\(key) twice") }
      }
      return found
    }

    /// An `AnyValue`: one member, which says what it is.
    private static func any(_ value: JSONValue?) throws -> JSONValue {
      guard case .object(let members)? = value, members.count == 1, let (kind, value) = members.first else {
        throw Fault("one value is expected: \(value as Any)")
      }
      switch (kind, value) {
      case ("stringValue", .string), ("boolValue", .bool), ("doubleValue", .double), ("doubleValue", .int): return value
      case ("doubleValue", .string(let text)) where ["NaN", "Infinity", "-Infinity"].contains(text): return value
      case ("intValue", .string(let text)):
        guard let number = Int64(text) else { throw Fault("intValue: \(text)") }
        return .int(number)
      case ("arrayValue", .object):
        return .array(try list(object(value, ["values"])["values"]).map { try any($0) })
      default: throw Fault("\(kind): \(value)")
      }
    }
  }
#endif
