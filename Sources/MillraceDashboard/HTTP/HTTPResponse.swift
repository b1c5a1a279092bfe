#if Workflow
  /// What a request is answered with.
  struct HTTPResponse: Sendable {
    enum Body: Sendable {
      case bytes([UInt8])
      case events(LiveUpdates)
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: Body

    init(_ status: Int, headers: [(name: String, value: String)] = [], _ body: [UInt8] = []) {
      self.status = status
      self.headers = headers
      self.body = .bytes(body)
    }

    /// Status line and headers.
    ///
    /// - Parameters:
    ///   - closes: the connection ends after it.
    ///   - standard: headers that each response has; its own of the same name win.
    func head(closes: Bool, standard: [(name: String, value: String)]) -> [UInt8] {
      var text = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "Status")\r\n"
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      for (name, value) in standard where !headers.contains(where: { $0.name == name }) {
        text += "\(name): \(value)\r\n"
      }
      switch body {
      case .bytes(let bytes):
        if status != 204, status != 304 { text += "Content-Length: \(bytes.count)\r\n" }
        text += closes ? "Connection: close\r\n" : ""
      case .events: text += "Connection: close\r\n"
      }
      return Array((text + "\r\n").utf8)
    }

    static let phrases = [
      200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
      401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
      409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type", 421: "Misdirected Request",
      422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
      500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
      505: "HTTP Version Not Supported",
    ]
  }
#endif
