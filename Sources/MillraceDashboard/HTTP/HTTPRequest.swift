#if Workflow
  /// A request that has come whole.
  struct HTTPRequest: Sendable {
    var method: String
    /// As it was sent, without the query.
    var path: String
    /// As it was sent; nil: none.
    var query: String?
    /// Names in small letters, in the order in which they came.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Of the client, without its port.
    var peer = ""

    /// nil: none, or more than one, which says nothing that could be relied upon.
    subscript(header name: String) -> String? {
      var found: String?
      for (other, value) in headers where other == name {
        if found != nil { return nil }
        found = value
      }
      return found
    }

    func has(_ name: String) -> Bool { headers.contains { $0.name == name } }
  }

  /// Text in which bytes are written as `%41`.
  enum PercentEncoding {
    /// - Parameter plusIsSpace: as in queries.
    /// - Returns: nil for what is not an encoding of UTF-8.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
      var bytes: [UInt8] = []
      var rest = text.utf8.makeIterator()
      while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "%"):
          guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal) else {
            return nil
          }
          bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
      }
      return String(validating: bytes, as: UTF8.self)
    }

    /// All but letters, digits, `-`, `.`, `_` and `~` is encoded.
    static func encode(_ text: some StringProtocol) -> String {
      var encoded: [UInt8] = []
      let digits = Array("0123456789ABCDEF".utf8)
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "~"):
          encoded.append(byte)
        default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
      }
      return String(decoding: encoded, as: UTF8.self)
    }

    static func hexadecimal(_ digit: UInt8) -> UInt8? {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
      default: nil
      }
    }
  }
#endif
