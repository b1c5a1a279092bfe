import MillraceWfFormat

extension Shape<Duration> {
  /// - Parameter least: what it must be, at least. At most, it is ten years: sums of such durations do not overflow.
  static func duration(least: Duration = .zero) -> Shape {
    Shape(
      schema: [
        "type": "string",
        "pattern":
          "^([0-9]+(\\.[0-9]+)?(d|h|ms|m|s|us|µs|ns))+$|^P(?=.)([0-9]+W)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?$",
      ],
      read: { node, reader in
        let expected = "a duration such as 90s, 5m, 1h30m, 2d or PT1H30M"
        guard case .string(let text) = node.content, let duration = DurationText.read(text) else {
          reader.expected(expected, at: node)
          return nil
        }
        guard duration >= least, duration <= DurationText.longest else {
          reader.fail(
            "expected a duration from \(DurationText.write(least)) to \(DurationText.write(DurationText.longest)), found \(text)",
            at: node.place)
          return nil
        }
        return duration
      },
      write: { duration, _ in DocumentNode(.string(DurationText.write(duration))) })
  }
}

extension Shape<Int64> {
  /// Of time on a processor.
  static let wholeSeconds = Shape<Duration>.duration(least: .seconds(1)).map(
    { duration, node, reader -> Int64? in
      let (seconds, rest) = duration.components
      if rest != 0 {
        reader.expected("whole seconds", at: node)
        return nil
      }
      return seconds
    }, back: { Duration.seconds($0) })

  /// Of memory.
  static let bytes = Shape(
    schema: ["type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+ ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$"],
    read: { node, reader in
      if case .int(let bytes) = node.content, bytes > 0 { return bytes }
      if case .string(let text) = node.content {
        let digits = text.prefix { "0"..."9" ~= $0 }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        if let number = Int64(digits), number > 0, let factor = units[String(unit)] {
          let (bytes, overflows) = number.multipliedReportingOverflow(by: factor)
          if !overflows { return bytes }
        }
      }
      reader.expected("a number of bytes ≥ 1, such as 1000000, 512MiB or 2GB", at: node)
      return nil
    },
    write: { bytes, _ in DocumentNode(.int(bytes)) })

  private static let units: [String: Int64] = [
    "B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20,
    "GiB": 1 << 30, "TiB": 1 << 40,
  ]
}

/// Durations as `1h30m` or ISO 8601.
enum DurationText {
  static let longest = Duration.seconds(3650 * 86_400)

  /// Longer names before those that they begin with.
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("ms", 1_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("us", 1_000), ("µs", 1_000), ("ns", 1),
  ]

  /// nil for anything else, and for what is much longer than ``longest``.
  static func read(_ text: String) -> Duration? {
    guard text.utf8.count <= 60 else { return nil }
    if text.hasPrefix("P") { return readISO8601(text.dropFirst()) }
    var rest = text[...]
    var sum = Duration.zero
    repeat {
      guard let number = takeNumber(&rest), let unit = units.first(where: { rest.hasPrefix($0.name) }),
        let part = number.duration(of: unit.nanoseconds)
      else { return nil }
      rest = rest.dropFirst(unit.name.count)
      sum += part
    } while !rest.isEmpty
    return sum
  }

  private static func readISO8601(_ text: Substring) -> Duration? {
    var rest = text
    var sum = Duration.zero
    var units: [(Character, Int64)] = [("W", 7 * 86_400_000_000_000), ("D", 86_400_000_000_000)]
    var isTime = false
    var isEmpty = true
    while !rest.isEmpty {
      if !isTime, rest.first == "T" {
        isTime = true
        isEmpty = true
        units = [("H", 3_600_000_000_000), ("M", 60_000_000_000), ("S", 1_000_000_000)]
        rest = rest.dropFirst()
        continue
      }
      guard let number = takeNumber(&rest), let letter = rest.popFirst(),
        let place = units.firstIndex(where: { $0.0 == letter }), number.isWhole || letter == "S",
        let part = number.duration(of: units[place].1)
      else { return nil }
      // Each unit once, in descending order.
      units.removeSubrange(...place)
      sum += part
      isEmpty = false
    }
    return isEmpty ? nil : sum
  }

  /// A decimal number, exactly: digits before and after the point.
  private struct Decimal {
    var whole: Int64
    /// In units of 10⁻⁹.
    var billionths: Int64
    var isWhole: Bool

    func duration(of nanoseconds: Int64) -> Duration? {
      // Beyond this it is refused anyway, and here nothing overflows.
      guard whole <= 400_000_000_000_000_000 / nanoseconds * 2 else { return nil }
      return .nanoseconds(nanoseconds) * whole + .nanoseconds(nanoseconds) * billionths / 1_000_000_000
    }
  }

  private static func takeNumber(_ rest: inout Substring) -> Decimal? {
    let digits = rest.prefix { "0"..."9" ~= $0 }
    guard let whole = Int64(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    guard rest.first == "." else { return Decimal(whole: whole, billionths: 0, isWhole: true) }
    let fraction = rest.dropFirst().prefix { "0"..."9" ~= $0 }
    guard !fraction.isEmpty, fraction.count <= 9 else { return nil }
    rest = rest.dropFirst(1 + fraction.count)
    let billionths = Int64(fraction + String(repeating: "0", count: 9 - fraction.count))!
    return Decimal(whole: whole, billionths: billionths, isWhole: false)
  }

  /// In the largest units that are whole, down to nanoseconds, to which it is rounded up.
  static func write(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return "-" + write(.zero - duration) }
    let nanoseconds = (attoseconds + 999_999_999) / 1_000_000_000
    var text = ""
    var rest = seconds
    for (name, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] as [(String, Int64)] where rest >= size {
      text += "\(rest / size)\(name)"
      rest %= size
    }
    var fraction = nanoseconds
    for (name, size) in [("ms", 1_000_000), ("us", 1_000), ("ns", 1)] as [(String, Int64)] where fraction >= size {
      text += "\(fraction / size)\(name)"
      fraction %= size
    }
    return text.isEmpty ? "0s" : text
  }
}
