#if Workflow
  import Foundation
  import Synchronization

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// An HTTP server on a port of its own, for one request at a time: what was asked is kept, what is answered is the test's.
  final class TinyServer: Sendable {
    struct Request: Sendable {
      var method: String
      var path: String
      /// By name in small letters.
      var headers: [String: String]
      var body: [UInt8]
    }

    struct Answer: Sendable {
      var status = 200
      var headers: [String: String] = [:]
      var body = ""
    }

    let port: UInt16
    private let socket: Int32
    private let heard = Mutex<[Request]>([])
    private let answer: @Sendable (Request) -> Answer

    init(_ answer: @escaping @Sendable (Request) -> Answer = { _ in Answer() }) throws {
      self.answer = answer
      socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let (socket, length) = (socket, size)
      let failed = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          unsafe bind(socket, pointer, length) != 0 || listen(socket, 16) != 0
            || getsockname(socket, pointer, &size) != 0
        }
      }
      if failed { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      port = UInt16(bigEndian: address.sin_port)
      Thread.detachNewThread { [self] in
        while true {
          let connection = accept(socket, nil, nil)
          if connection < 0 { return }
          serve(connection)
          close(connection)
        }
      }
    }

    var url: URL { URL(string: "http://127.0.0.1:\(port)")! }
    var requests: [Request] { heard.withLock(\.self) }

    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32) {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      func read() -> Bool {
        let count = unsafe recv(connection, &buffer, buffer.count, 0)
        if count > 0 { bytes += buffer[..<count] }
        return count > 0
      }
      let end = Array("\r\n\r\n".utf8)
      while bytes.firstRange(of: end) == nil { if !read() { return } }
      let head = bytes.firstRange(of: end)!
      let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ").map(String.init)
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
      let length = headers["content-length"].flatMap { Int($0) } ?? 0
      if headers["expect"] == "100-continue" { write(connection, "HTTP/1.1 100 Continue\r\n\r\n") }
      while bytes.count < head.upperBound + length { if !read() { return } }
      let request = Request(
        method: words[0], path: words[1], headers: headers, body: Array(bytes[head.upperBound...]))
      heard.withLock { $0.append(request) }
      let answer = answer(request)
      var text = "HTTP/1.1 \(answer.status) Said\r\nContent-Length: \(answer.body.utf8.count)\r\nConnection: close\r\n"
      for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
      write(connection, text + "\r\n" + answer.body)
    }

    private func write(_ connection: Int32, _ text: String) {
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes {
          unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return }
        bytes = bytes.dropFirst(count)
      }
    }
  }
#endif
