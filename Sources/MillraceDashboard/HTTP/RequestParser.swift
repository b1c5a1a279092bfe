#if Workflow
  /// Reads requests out of the bytes of one connection: HTTP/1.1 and 1.0, as strictly as the standard allows, because what two readers understand differently is how requests are smuggled.
  ///
  /// ```text
  /// event             | head          | body          | chunk size    | chunk         | trailer
  /// ------------------|---------------|---------------|---------------|---------------|---------------
  /// whole part        | body, request | request       | chunk,trailer | chunk size    | request
  /// too little        | stays         | stays         | stays         | stays         | stays
  /// malformed or more | refused       | refused       | refused       | refused       | refused
  /// ```
  ///
  /// A pure value: bytes are appended, and ``next()`` says what has become of them. Nothing is read after a refusal: where the next request begins is not known.
  struct RequestParser: Sendable {
    enum Outcome: Sendable {
      /// More bytes are needed.
      case incomplete
      case request(HTTPRequest, keepsAlive: Bool)
      /// The status to answer with, and why. The connection ends.
      case refused(Int, String)
    }

    private enum Phase: Sendable {
      case head
      case body(length: Int)
      case chunkSize
      case chunk(length: Int)
      case trailer
    }

    let limits: ServerLimits
    private var buffer: [UInt8] = []
    /// Bytes before it have been read.
    private var start = 0
    /// Where the search for the end of a head or line goes on.
    private var searched = 0
    private var phase = Phase.head
    private var request: HTTPRequest?
    private var keepsAlive = true
    /// The client waits to be told that its body is welcome.
    private(set) var wantsContinue = false

    init(limits: ServerLimits) { self.limits = limits }

    /// Bytes that are kept.
    var byteCount: Int { buffer.count - start + (request?.body.count ?? 0) }

    /// A request has begun, and not come to its end.
    var isAtWork: Bool { byteCount > 0 || request != nil }

    /// The head has come, and the body not yet.
    var hasHead: Bool { request != nil }

    /// It has been told.
    mutating func toldToContinue() { wantsContinue = false }

    mutating func append(_ bytes: some Collection<UInt8>) { buffer += bytes }

    /// What is there by now.
    mutating func next() -> Outcome {
      while true {
        switch phase {
        case .head:
          guard let end = headEnd() else { return tooLong() ?? .incomplete }
          if let refusal = readHead(until: end) { return refusal }
        case .body(let length):
          guard buffer.count - start >= length else { return .incomplete }
          return finish(body: take(length))
        case .chunkSize:
          guard let line = takeLine() else {
            return buffer.count - start > Self.lineLimit ? .refused(400, "a chunk's size is too long") : .incomplete
          }
          let digits = line.prefix { $0 != UInt8(ascii: ";") }
          guard (1...8).contains(digits.count), digits.allSatisfy({ PercentEncoding.hexadecimal($0) != nil }),
            line.count <= Self.lineLimit
          else { return .refused(400, "a chunk's size is expected, in hexadecimal digits") }
          let length = digits.reduce(0) { $0 << 4 | Int(PercentEncoding.hexadecimal($1)!) }
          if request!.body.count + length > limits.bodyBytes { return bodyTooLarge }
          phase = length == 0 ? .trailer : .chunk(length: length)
        case .chunk(let length):
          guard buffer.count - start >= length + 2 else { return .incomplete }
          request!.body += take(length)
          guard take(2) == [13, 10] else { return .refused(400, "a chunk is longer than it says") }
          phase = .chunkSize
        case .trailer:
          guard let line = takeLine() else {
            return buffer.count - start > Self.lineLimit ? .refused(431, "a trailer is too long") : .incomplete
          }
          // What is in trailers is not needed.
          if line.isEmpty { return finish(body: nil) }
          trailers += 1
          if trailers > limits.headers { return .refused(431, "too many trailers") }
        }
      }
    }

    private static let lineLimit = 1024
    private var trailers = 0

    private var bodyTooLarge: Outcome { .refused(413, "a body of at most \(limits.bodyBytes) bytes is expected") }

    private func tooLong() -> Outcome? {
      buffer.count - start > limits.headBytes
        ? .refused(431, "a request line and headers of at most \(limits.headBytes) bytes are expected") : nil
    }

    // MARK: Bytes

    private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
      defer {
        start += count
        searched = start
        // Only now and then, so that a pipeline of small requests is not moved for each of them.
        if start > 64 << 10 || start == buffer.count {
          buffer.removeFirst(start)
          (start, searched) = (0, 0)
        }
      }
      return buffer[start..<start + count]
    }

    /// The index after the empty line.
    private mutating func headEnd() -> Int? {
      // Empty lines before a request are passed over: old clients send one after a body.
      while buffer.count - start >= 2, buffer[start] == 13, buffer[start + 1] == 10 { _ = take(2) }
      var place = max(start, searched)
      let end = min(buffer.count, start + limits.headBytes)
      while place + 3 < end {
        if buffer[place] == 13, buffer[place + 1] == 10, buffer[place + 2] == 13, buffer[place + 3] == 10 {
          return place + 4
        }
        place += 1
      }
      searched = place
      return nil
    }

    /// Without its end; nil: it has not come.
    private mutating func takeLine() -> [UInt8]? {
      guard let end = buffer[start...].prefix(Self.lineLimit + 2).firstIndex(of: 10) else { return nil }
      let line = Array(take(end + 1 - start))
      // A line end of one byte alone: the size with it is malformed, too.
      return line.count >= 2 && line[line.count - 2] == 13 ? line.dropLast(2) : [0]
    }

    // MARK: Head

    private mutating func readHead(until end: Int) -> Outcome? {
      let lines = take(end - start).dropLast(4).split(separator: 10, omittingEmptySubsequences: false)
      var texts: [ArraySlice<UInt8>] = []
      for (index, line) in lines.enumerated() {
        let isLast = index == lines.count - 1
        guard isLast || line.last == 13, !line.dropLast(isLast ? 0 : 1).contains(13) else {
          return .refused(400, "lines are expected to end with carriage return and line feed")
        }
        texts.append(isLast ? line : line.dropLast())
      }
      let parts = texts[0].split(separator: 32, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[0].isEmpty, parts[0].count <= 32, parts[0].allSatisfy(Self.isTokenByte) else {
        return .refused(400, "a request line is expected: method, target and version")
      }
      let version = String(decoding: parts[2], as: UTF8.self)
      guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
        return .refused(version.hasPrefix("HTTP/") ? 505 : 400, "HTTP/1.1 is expected")
      }
      guard parts[1].first == UInt8(ascii: "/"), parts[1].allSatisfy({ (0x21...0x7e).contains($0) }) else {
        return .refused(400, "a target is expected that begins with / and is percent-encoded")
      }
      let target = String(decoding: parts[1], as: UTF8.self)
      let question = target.firstIndex(of: "?")
      var request = HTTPRequest(
        method: String(decoding: parts[0], as: UTF8.self), path: String(target[..<(question ?? target.endIndex)]),
        query: question.map { String(target[target.index(after: $0)...]) })
      guard texts.count - 1 <= limits.headers else {
        return .refused(431, "at most \(limits.headers) headers are expected")
      }
      for line in texts.dropFirst() {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
          line[..<colon].allSatisfy(Self.isTokenByte)
        else { return .refused(400, "a header is expected: name, colon, value") }
        let value = line[(colon + 1)...].trimming(while: { $0 == 32 || $0 == 9 })
        guard value.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }),
          let text = String(validating: value, as: UTF8.self)
        else { return .refused(400, "a header's value is expected to be text in UTF-8") }
        request.headers.append((String(decoding: line[..<colon], as: UTF8.self).lowercased(), text))
      }
      return begin(request, isOld: version == "HTTP/1.0")
    }

    private mutating func begin(_ request: HTTPRequest, isOld: Bool) -> Outcome? {
      let hosts = request.headers.count { $0.name == "host" }
      guard hosts == 1 || isOld && hosts == 0 else { return .refused(400, "one Host is expected") }
      let options = request.headers.filter { $0.name == "connection" }.flatMap {
        $0.value.lowercased().split(separator: ",").map { $0.trimming(while: \.isWhitespace) }
      }
      keepsAlive = isOld ? options.contains("keep-alive") : !options.contains("close")
      self.request = request
      if request.has("transfer-encoding") {
        guard !request.has("content-length"), !isOld else {
          return .refused(400, "a body is expected to have Content-Length or Transfer-Encoding")
        }
        guard request[header: "transfer-encoding"]?.lowercased() == "chunked" else {
          return .refused(501, "no Transfer-Encoding but chunked is known")
        }
        phase = .chunkSize
      } else if request.has("content-length") {
        guard let text = request[header: "content-length"], (1...18).contains(text.utf8.count),
          text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let length = Int(text)
        else { return .refused(400, "one Content-Length is expected, in digits") }
        if length > limits.bodyBytes { return bodyTooLarge }
        phase = .body(length: length)
      } else {
        phase = .body(length: 0)
      }
      wantsContinue = request[header: "expect"]?.lowercased() == "100-continue"
      return nil
    }

    private mutating func finish(body: ArraySlice<UInt8>?) -> Outcome {
      var whole = request!
      if let body { whole.body = Array(body) }
      request = nil
      trailers = 0
      wantsContinue = false
      phase = .head
      return .request(whole, keepsAlive: keepsAlive)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
    }
  }

  extension BidirectionalCollection {
    func trimming(while condition: (Element) -> Bool) -> SubSequence {
      var rest = self[...]
      while let first = rest.first, condition(first) { rest.removeFirst() }
      while let last = rest.last, condition(last) { rest.removeLast() }
      return rest
    }
  }
#endif
