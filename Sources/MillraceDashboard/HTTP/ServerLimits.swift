#if Workflow
  import MillraceExecutor

  /// How much one client may ask of the server, and how long it may take: what is more is refused, and takes nothing from others.
  public struct ServerLimits: Sendable, Hashable {
    /// Connections at a time. When all are taken, one that has sent no whole request for the longest time makes room for the next.
    public var connections = 1000
    /// Bytes of a request line and its headers.
    public var headBytes = 16 << 10
    /// Header lines of a request.
    public var headers = 100
    /// Bytes of a body.
    public var bodyBytes = 1 << 20
    /// Bytes of all requests that have not come to their end.
    public var bufferedBytes = 64 << 20
    /// From a connection's beginning, or the first byte of a request, to the end of its head.
    public var headTime = Duration.seconds(10)
    /// From the end of a head to the end of its body.
    public var bodyTime = Duration.seconds(30)
    /// Between two requests of a connection.
    public var idleTime = Duration.seconds(60)
    /// For a response that the client does not read; and a second more for each 16 KiB of it.
    public var writeTime = Duration.seconds(30)
    /// Watchers of live updates.
    public var watchers = 200
    /// Bytes that a watcher has not read: beyond it is disconnected.
    public var watcherBytes = 1 << 20
    /// How long a watcher stays; it may come back at once.
    public var watcherTime = Duration.seconds(3600)

    public init() {}

    /// - Precondition: all of them are positive.
    func check() {
      let counts = [connections, headBytes, headers, bodyBytes, bufferedBytes, watchers, watcherBytes]
      let times = [headTime, bodyTime, idleTime, writeTime, watcherTime]
      precondition(
        counts.allSatisfy { $0 > 0 } && times.allSatisfy { $0 > .zero },
        "ServerLimits: all are expected to be positive; found \(self)")
    }
  }
#endif
