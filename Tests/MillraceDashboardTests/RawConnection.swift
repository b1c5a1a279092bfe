#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  /// An answer as it came.
  struct RawResponse {
    var status: Int
    /// By name in small letters.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(json: body)) ?? .null }
    var code: String? { json["code"]?.text }
  }

  /// A connection on which a test says any bytes whatever. What it reads it waits for.
  final class RawConnection {
    struct Ended: Error {}

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Parameter patience: how many seconds it waits for a byte; nil: for ever.
    init(port: Int, patience: Int? = nil) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      if let patience {
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        _ = unsafe setsockopt(
          descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      let isConnected = unsafe withUnsafePointer(to: &address) { place in
        unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
          unsafe Glibc.connect(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if !isConnected { throw Ended() }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
      var start = 0
      while start < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
          unsafe Glibc.send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { throw Ended() }
        start += count
      }
    }

    /// No more is sent.
    func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// - Returns: false: the other side has ended.
    private func receive() -> Bool {
      var bytes = [UInt8](repeating: 0, count: 64 << 10)
      let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return false }
      buffer += bytes[..<count]
      return true
    }

    /// All up to the end of the connection.
    func rest() -> [UInt8] {
      while receive() {}
      return buffer
    }

    /// Waits for a text, and gives all up to its end.
    func read(until text: String) throws -> String {
      let wanted = Array(text.utf8)
      while true {
        if let range = buffer.firstRange(of: wanted) {
          defer { buffer.removeFirst(range.upperBound) }
          return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
        }
        if !receive() { throw Ended() }
      }
    }

    func response(isHead: Bool = false) throws -> RawResponse {
      let lines = try read(until: "\r\n\r\n").split(separator: "\r\n")
      var response = RawResponse(status: Int(lines[0].split(separator: " ")[1])!, headers: [:], body: [])
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        response.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
      }
      let length = isHead ? 0 : Int(response.headers["content-length"] ?? "0")!
      while buffer.count < length { if !receive() { throw Ended() } }
      response.body = Array(buffer[..<length])
      buffer.removeFirst(length)
      return response
    }

    func ask(
      _ method: String = "GET", _ path: String, body: String? = nil, headers: [(String, String)] = []
    ) throws -> RawResponse {
      var text = "\(method) \(path) HTTP/1.1\r\n"
      if !headers.contains(where: { $0.0 == "Host" }) { text += "Host: localhost\r\n" }
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      if let body {
        if !headers.contains(where: { $0.0 == "Content-Type" }) { text += "Content-Type: application/json\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n"
      }
      try send(text + "\r\n" + (body ?? ""))
      return try response(isHead: method == "HEAD")
    }
  }
#endif
