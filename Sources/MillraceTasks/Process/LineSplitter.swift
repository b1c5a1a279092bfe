#if Workflow
  /// Makes lines of bytes that come in pieces. Longer ones are cut to a limit.
  struct LineSplitter {
    private let limit: Int
    private var line: [UInt8] = []
    private var isCut = false

    init(limit: Int) {
      self.limit = limit
    }

    /// The lines that end in `bytes`.
    mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
      var lines: [String] = []
      var rest = bytes
      while let end = rest.firstIndex(of: 0x0a) {
        append(rest[..<end])
        lines.append(take())
        rest = rest[(end + 1)...]
      }
      append(rest)
      return lines
    }

    /// The last line, if it has no end.
    mutating func finish() -> String? { line.isEmpty ? nil : take() }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
      isCut = isCut || bytes.count > limit - line.count
      line += bytes.prefix(limit - line.count)
    }

    private mutating func take() -> String {
      defer {
        line = []
        isCut = false
      }
      if line.last == 0x0d { line.removeLast() }
      return String(decoding: line, as: UTF8.self) + (isCut ? "…" : "")
    }
  }
#endif
