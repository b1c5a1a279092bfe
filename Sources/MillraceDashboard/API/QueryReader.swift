#if Workflow
  import MillraceWorkflow

  /// Reads the parameters of a query, each by its name; what nobody has asked for is refused in the end.
  struct QueryReader {
    private var values: [String: [String]] = [:]

    init(_ query: String?) throws(Problem) {
      guard let query, !query.isEmpty else { return }
      for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
          let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
        else { throw Problem(.badRequest, "percent-encoded UTF-8 is expected", at: "query") }
        values[name, default: []].append(value)
        guard values.count <= 32, values[name]!.count <= 32 else {
          throw Problem(.badRequest, "too many parameters", at: "query")
        }
      }
    }

    /// All that is there must have been asked for.
    func finish() throws(Problem) {
      if let name = values.keys.min() {
        throw Problem(.badRequest, "there is no such parameter", at: "query.\(name.prefix(80))")
      }
    }

    mutating func texts(_ name: String) -> [String] { values.removeValue(forKey: name) ?? [] }

    mutating func text(_ name: String, _ rule: TextRule) throws(Problem) -> String? {
      let found = texts(name)
      guard let first = found.first else { return nil }
      guard found.count == 1 else { throw Problem(.badRequest, "is expected once", at: "query.\(name)") }
      return try rule.check(first, at: "query.\(name)")
    }

    mutating func value<Value>(
      _ name: String, _ expected: String, _ read: (String) -> Value?
    ) throws(Problem) -> Value? {
      guard let text = try text(name, .any) else { return nil }
      guard let value = read(text) else { throw Problem(.badRequest, "\(expected) is expected", at: "query.\(name)") }
      return value
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
      try value(name, "an integer of \(range.lowerBound) … \(range.upperBound)") { text in
        // As JSON writes it: no sign, no zeros before it.
        guard text == "0" || text.wholeMatch(of: /[1-9][0-9]{0,18}/) != nil else { return nil }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
      }
    }

    mutating func seconds(_ name: String, _ range: ClosedRange<Double>) throws(Problem) -> Duration? {
      try value(name, "a number of \(range.lowerBound) … \(range.upperBound)") { text in
        guard text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil, let number = Double(text),
          range.contains(number)
        else { return nil }
        return .seconds(number)
      }
    }

    mutating func run(_ name: String) throws(Problem) -> RunID? {
      try value(name, "a run's id, 32 hexadecimal digits in small letters,", RunID.init(strictly:))
    }

    mutating func time(_ name: String) throws(Problem) -> Timestamp? {
      try value(name, "a time such as 2026-11-21T12:34:56Z", Timestamp.init(rfc3339:))
    }
  }

  /// Which texts are right in a place.
  struct TextRule: Sendable {
    let lengths: ClosedRange<Int>
    let allowsLines: Bool

    static let any = TextRule(lengths: 0...100_000, allowsLines: true)
    static let name = TextRule(lengths: 1...200, allowsLines: false)
    static let long = TextRule(lengths: 1...500, allowsLines: false)
    static let key = TextRule(lengths: 0...500, allowsLines: false)
    static let prose = TextRule(lengths: 0...2000, allowsLines: true)

    func check(_ text: String, at place: String) throws(Problem) -> String {
      guard lengths.contains(text.unicodeScalars.count) else {
        throw Problem(
          .badRequest, "a text of \(lengths.lowerBound) … \(lengths.upperBound) characters is expected", at: place)
      }
      let isClean = text.unicodeScalars.allSatisfy { allowsLines ? $0.value != 0 : $0.value >= 32 && $0.value != 127 }
      guard isClean else { throw Problem(.badRequest, "a text without control characters is expected", at: place) }
      return text
    }
  }

  extension RunID {
    /// Only as it is written.
    init?(strictly text: String) {
      guard text.utf8.count == 32, !text.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
      else { return nil }
      self.init(text)
    }
  }

  extension Timestamp {
    /// RFC 3339: with a zone, and with any number of digits of a second, of which six count.
    init?(rfc3339 text: String) {
      guard
        let match = text.wholeMatch(
          of:
            /([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([-+])([0-9]{2}):([0-9]{2}))/
        )
      else { return nil }
      func number(_ text: Substring?) -> Int64 { text.flatMap { Int64($0) } ?? 0 }
      let (year, month, day) = (number(match.1), number(match.2), number(match.3))
      let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
      let (zoneHour, zoneMinute) = (number(match.9), number(match.10))
      guard (1...12).contains(month), day >= 1, Self.day(year, month, day) < Self.day(year, month + 1, 1), hour < 24,
        minute < 60, second <= 60, zoneHour < 24, zoneMinute < 60
      else { return nil }
      let fraction = number((String(match.7 ?? "") + "000000").prefix(6))
      let zone = (zoneHour * 60 + zoneMinute) * (match.8 == "-" ? -60 : 60)
      let seconds = Self.day(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone
      self.init(microseconds: seconds * 1_000_000 + fraction)
    }
  }
#endif
