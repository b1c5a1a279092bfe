#if Workflow
  /// Where a server listens: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`. Port 0: any that is free.
  public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int

    /// Reads a host and a port; nil for anything else.
    public init?(_ text: String) {
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
        (0...65_535).contains(port)
      else { return nil }
      var host = text[..<colon]
      if host.hasPrefix("["), host.hasSuffix("]") {
        host = host.dropFirst().dropLast()
      } else if host.contains(":") {
        return nil
      }
      guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else { return nil }
      (self.host, self.port) = (String(host), port)
    }

    init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reached from this machine alone.
    public var isLoopback: Bool {
      host == "localhost" || host == "::1" || host == "::ffff:127.0.0.1"
        || host.wholeMatch(of: /127(\.\d{1,3}){3}/) != nil
    }
  }

  /// Why a server could not be started.
  public struct ListenError: Error, CustomStringConvertible {
    public let description: String
  }
#endif
