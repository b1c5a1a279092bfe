#if Workflow
  import MillraceWorkflow

  /// Texts as lines, and bytes as digits.
  enum Lines {
    /// Without their ends, LF or CRLF; a last one without an end counts, and nothing after the last end does not.
    static func slices(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
      let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        .map { $0.last == 0x0d ? $0.dropLast() : $0 }
      return lines.last!.isEmpty ? lines.dropLast() : lines
    }

    static func split(_ bytes: [UInt8]) -> [String] { slices(bytes).map { String(decoding: $0, as: UTF8.self) } }

    /// A line for each value: texts as they are, others as JSON.
    static func join(_ values: [JSONValue]) -> [UInt8] {
      values.flatMap { ($0.text.map { Array($0.utf8) } ?? $0.json) + [0x0a] }
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
  }
#endif
