#if Workflow
  import MillraceWorkflow

  /// Writes JSON, and looks at JSON before it is read.
  enum JSONText {
    /// A value as JSON: the members of an object by name.
    static func bytes(_ value: JSONValue) -> [UInt8] {
      var bytes: [UInt8] = []
      append(value, to: &bytes)
      return bytes
    }

    static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
      switch value {
      case .null: bytes += "null".utf8
      case .bool(let value): bytes += (value ? "true" : "false").utf8
      case .int(let value): bytes += String(value).utf8
      // As the engine stores them, which JSON has no numbers for.
      case .double(let value) where value.isNaN: append("NaN", to: &bytes)
      case .double(let value) where value.isInfinite: append(value < 0 ? "-Infinity" : "Infinity", to: &bytes)
      case .double(let value): bytes += value.description.utf8
      case .string(let text): append(text, to: &bytes)
      case .array(let elements):
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
          if index > 0 { bytes.append(UInt8(ascii: ",")) }
          append(element, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
      case .object(let members):
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
          if !isFirst { bytes.append(UInt8(ascii: ",")) }
          isFirst = false
          append(name, to: &bytes)
          bytes.append(UInt8(ascii: ":"))
          append(member, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
      }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(UInt8(ascii: "\""))
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x0a: bytes += #"\n"#.utf8
        case 0x09: bytes += #"\t"#.utf8
        case 0x0d: bytes += #"\r"#.utf8
        // Also what ends an element of a page, should somebody put JSON into one.
        case 0..<32, 127, UInt8(ascii: "<"):
          bytes += Array(#"\u00"#.utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: bytes.append(byte)
        }
      }
      bytes.append(UInt8(ascii: "\""))
    }

    /// Reads a body that somebody has sent.
    ///
    /// - Throws: a ``Problem``: not JSON, or nested deeper than ``depthLimit``, which would cost more stack than there is.
    static func read(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
      var (depth, isInText, isEscaped) = (0, false, false)
      for byte in bytes {
        if isInText {
          if !isEscaped, byte == UInt8(ascii: "\"") { isInText = false }
          isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isInText = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          depth += 1
          if depth > depthLimit {
            throw Problem(.badRequest, "JSON of at most \(depthLimit) levels is expected", at: "body")
          }
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        // UTF-16 and the like, in which the levels could not be counted so.
        case 0: throw Problem(.badRequest, "JSON in UTF-8 is expected", at: "body")
        default: break
        }
      }
      do {
        return try JSONValue(json: bytes)
      } catch {
        throw Problem(.badRequest, error.message, at: "body")
      }
    }

    static let depthLimit = 64
  }
#endif
