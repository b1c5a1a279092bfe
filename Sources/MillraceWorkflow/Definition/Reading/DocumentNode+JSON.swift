import MillraceWfFormat

extension DocumentNode {
  /// Reads JSON, with places, and refuses a name that an object has twice.
  ///
  /// - Throws: ``WorkflowError/Code/invalidJSON``, with line and column.
  init(json bytes: [UInt8]) throws(WorkflowError) {
    guard bytes.count <= Self.lengthMaximum else {
      throw WorkflowError(
        .invalidJSON, "expected at most \(Self.lengthMaximum) bytes, found more")
    }
    var lines = LineCounter(bytes)
    let result: Result<DocumentNode, Fault> = unsafe bytes.withUnsafeBufferPointer { buffer in
      do throws(Fault) {
        var scanner = unsafe JSONScanner(buffer)
        var count = 0
        let node = try Self.read(&scanner, &lines, &count, depth: 0)
        try scanner.end()
        return .success(node)
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let node): self = node
    case .failure(let fault):
      throw WorkflowError(.invalidJSON, fault.message, at: fault.offset.map { "\(lines.place(of: $0))" })
    }
  }

  private static func read(
    _ scanner: inout JSONScanner, _ lines: inout LineCounter, _ count: inout Int, depth: Int
  ) throws(Fault) -> DocumentNode {
    let kind = try scanner.nextKind()
    let offset = scanner.position
    let place = lines.place(of: offset)
    count += 1
    guard depth < depthMaximum else {
      throw Fault("expected values at most \(depthMaximum) levels deep", at: offset)
    }
    guard count <= countMaximum else { throw Fault("expected at most \(countMaximum) values", at: offset) }
    switch kind {
    case .null:
      _ = try scanner.passNull()
      return DocumentNode(.null, at: place)
    case .bool: return DocumentNode(.bool(try scanner.bool()), at: place)
    case .text: return DocumentNode(.string(try scanner.string()), at: place)
    case .number:
      let (whole, number) = try scanner.anyNumber()
      return DocumentNode(whole.map { .int($0) } ?? .double(number), at: place)
    case .list:
      var elements: [DocumentNode] = []
      try scanner.beginList()
      while try scanner.nextItem() { elements.append(try read(&scanner, &lines, &count, depth: depth + 1)) }
      return DocumentNode(.array(elements), at: place)
    case .object:
      var members: [Member] = []
      var names: Set<String> = []
      try scanner.beginObject()
      while let name = try scanner.nextMember() {
        // The scanner is behind the colon; nothing nearer is known of the name's place.
        let place = lines.place(of: scanner.position)
        guard names.insert(name).inserted else {
          throw Fault("\(quoted(name)) once more; every name once is expected in an object", at: scanner.position)
        }
        members.append(Member(name, at: place, try read(&scanner, &lines, &count, depth: depth + 1)))
      }
      return DocumentNode(.object(members), at: place)
    }
  }
}

/// Finds lines and columns of ascending offsets in one pass.
private struct LineCounter {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  private var column = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func place(of target: Int) -> DocumentPlace {
    if target < offset { (offset, line, column) = (0, 1, 1) }
    while offset < min(target, bytes.count) {
      if bytes[offset] == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if bytes[offset] & 0xc0 != 0x80 {
        column += 1
      }
      offset += 1
    }
    return DocumentPlace(line: line, column: column)
  }
}
