#if Workflow
  import Foundation
  import Synchronization

  /// A server on a port of this machine, which answers one request after the other with what the test says.
  final class TestServer: Sendable {
    /// As it came: the first line, the fields by name in small letters, the body.
    struct Request: Sendable {
      var line: String
      var fields: [String: String]
      var body: String
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex([Request]())

    var requests: [Request] { seen.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    /// - Parameter answer: the bytes of an answer; nil: the connection is closed without one. It may wait.
    init(_ answer: @escaping @Sendable (Request) -> String?) throws {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = unsafe withUnsafeMutablePointer(to: &address) { place in
        unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
          unsafe bind(listener, place, length) == 0 && listen(listener, 16) == 0
            && getsockname(listener, place, &length) == 0
        }
      }
      guard isBound else { throw CocoaError(.featureUnsupported) }
      self.listener = listener
      port = Int(UInt16(bigEndian: address.sin_port))
      Thread.detachNewThread { [weak self] in
        while true {
          let connection = accept(listener, nil, nil)
          if connection < 0 {
            // Only here: its number must not become another's while this thread uses it.
            close(listener)
            return
          }
          if let request = Self.read(connection) {
            self?.seen.withLock { $0.append(request) }
            if let answer = answer(request) { Self.send(answer, connection) }
          }
          close(connection)
        }
      }
    }

    deinit {
      // Wakes the thread that accepts.
      shutdown(listener, Int32(SHUT_RDWR))
    }

    static func answer(_ status: Int, _ body: String = "", _ fields: String...) -> String {
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)", "Connection: close"] + fields
      return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func read(_ connection: Int32) -> Request? {
      var bytes: [UInt8] = []
      while true {
        if let head = head(bytes), bytes.count >= head.end + (Int(head.fields["content-length"] ?? "0") ?? 0) {
          return Request(
            line: head.line, fields: head.fields, body: String(decoding: bytes[head.end...], as: UTF8.self))
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(connection, &buffer, buffer.count, 0)
        if count <= 0 { return nil }
        bytes += buffer[..<count]
      }
    }

    private static func head(_ bytes: [UInt8]) -> (line: String, fields: [String: String], end: Int)? {
      guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
      let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
      var fields: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        fields[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
      }
      return (lines[0], fields, end.upperBound)
    }

    private static func send(_ text: String, _ connection: Int32) {
      let bytes = Array(text.utf8)
      var done = 0
      while done < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { bytes in
          unsafe Glibc.send(connection, bytes.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return }
        done += count
      }
    }
  }
#endif
