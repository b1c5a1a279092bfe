import Foundation
import Synchronization

/// A socket to a port of this machine, which waits.
private func connected(to port: Int) -> Int32 {
  #if canImport(Glibc)
    let kind = Int32(SOCK_STREAM.rawValue)
  #else
    let kind = SOCK_STREAM
  #endif
  let descriptor = socket(AF_INET, kind, 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  let status = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard descriptor >= 0, status == 0 else { fail("no connection to port \(port)") }
  return descriptor
}

private func ask(_ descriptor: Int32, _ path: String) {
  let text = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
  guard write(descriptor, text, text.count) == text.count else { fail("a request cannot be written") }
}

/// One connection, which is used again and again.
struct LoopbackClient {
  private let descriptor: Int32

  init(port: Int) { descriptor = connected(to: port) }

  /// The body.
  func get(_ path: String) -> ArraySlice<UInt8> {
    ask(descriptor, path)
    var (buffer, part) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
    while true {
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { fail("\(path): the connection has ended") }
      buffer += part[..<count]
      guard let head = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
      let text = String(decoding: buffer[..<head.lowerBound], as: UTF8.self)
      guard text.hasPrefix("HTTP/1.1 200 "), let length = text.firstMatch(of: /Content-Length: ([0-9]+)/),
        let size = Int(length.1)
      else { fail("\(path) is answered with \(text)") }
      if buffer.count - head.upperBound >= size { return buffer[head.upperBound...] }
    }
  }
}

/// So many connections to the live updates, read by one thread, whose time is known.
final class Watchers: Sendable {
  private let clock = Mutex<clockid_t?>(nil)
  private let state = Mutex((isEnding: false, least: 0))
  private let begun = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// Each of them watches from then on.
  init(count: Int, port: Int) {
    Thread.detachNewThread { [self] in
      var clock = clockid_t()
      pthread_getcpuclockid(pthread_self(), &clock)
      let own = clock
      self.clock.withLock { $0 = own }
      watch((0..<count).map { _ in connected(to: port) })
      ended.signal()
    }
    begun.wait()
  }

  private func watch(_ descriptors: [Int32]) {
    for descriptor in descriptors { ask(descriptor, "/api/v1/stream") }
    var bytes = [Int](repeating: 0, count: descriptors.count)
    var part = [UInt8](repeating: 0, count: 256 << 10)
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var isAnnounced = false
    while !state.withLock(\.isEnding) {
      poll(&entries, nfds_t(entries.count), 50)
      for (place, entry) in entries.enumerated() where entry.revents != 0 {
        let count = read(entry.fd, &part, part.count)
        guard count > 0 else { fail("a watcher was sent away") }
        bytes[place] += count
      }
      if !isAnnounced, bytes.allSatisfy({ $0 > 0 }) {
        isAnnounced = true
        begun.signal()
      }
    }
    let least = bytes.min() ?? 0
    state.withLock { $0.least = least }
    for descriptor in descriptors { close(descriptor) }
  }

  /// Nanoseconds that its thread has worked.
  var cpu: Int { clock.withLock(\.self).map { nanoseconds($0) } ?? 0 }

  /// - Returns: what the one that was told least has been told, in bytes.
  func end() -> Int {
    state.withLock { $0.isEnding = true }
    ended.wait()
    return state.withLock(\.least)
  }
}
