#if Workflow
  import Foundation

  /// Prometheus' text format, 0.0.4.
  enum PrometheusText {
    static func number(_ value: Double) -> String {
      if value.isNaN { return "NaN" }
      if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
      if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
      return "\(value)"
    }

    static func help(_ text: String) -> String {
      text.replacing("\\", with: #"\\"#).replacing("\n", with: #"\n"#)
    }

    private static func labelValue(_ text: String) -> String {
      guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return text }
      return text.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#).replacing("\n", with: #"\n"#)
    }

    /// `name="value",…`, in order of the names; empty for none. Of two labels of one name the last counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
      if dimensions.isEmpty { return "" }
      var byName: [String: String] = [:]
      for (name, value) in dimensions { byName[labelName(name)] = value }
      return byName.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(labelValue($0.value))\"" }.joined(separator: ",")
    }

    /// Letters, digits, underscores and colons; all else becomes an underscore.
    static func metricName(_ label: String) -> String { name(label, allowsColons: true) }

    /// `le` and names that begin with two underscores are Prometheus' own.
    static func labelName(_ label: String) -> String {
      let name = name(label, allowsColons: false)
      return name == "le" || name.hasPrefix("__") ? "exported_" + name.drop { $0 == "_" } : name
    }

    private static func name(_ text: String, allowsColons: Bool) -> String {
      func isFine(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: byte == UInt8(ascii: ":") && allowsColons
        }
      }
      var bytes = text.utf8.map { isFine($0) ? $0 : UInt8(ascii: "_") }
      if let first = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
        bytes.insert(UInt8(ascii: "_"), at: 0)
      }
      return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }
  }
#endif
