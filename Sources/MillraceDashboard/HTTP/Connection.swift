#if Workflow
  import MillraceWorkflow

  /// One connection, as the loop sees it.
  ///
  /// ```text
  /// reading → handling → writing → reading …
  ///    │          └→ streaming        └→ lingering → closed
  ///    └ refused: writing
  /// ```
  struct Connection {
    enum Phase {
      /// For a request, or the rest of one.
      case reading
      /// A task makes the response.
      case handling
      case writing
      /// Live updates, until the client goes.
      case streaming
      /// All is written; what the client still sends is thrown away for a moment, so that it reads the response before it learns that the connection has ended.
      case lingering
    }

    let id: UInt64
    let descriptor: Int32
    let peer: String
    var parser: RequestParser
    var phase = Phase.reading
    /// In nanoseconds of ``Sockets/now()``.
    var deadline: Int64
    /// Since when it has been in its phase without a whole request.
    var since: Int64
    var outgoing: [[UInt8]] = []
    /// Bytes of the first that have been written.
    var written = 0
    var outgoingBytes = 0
    var closes = false
    /// The client's request has not been read to its end.
    var lingers = false
    var isHead = false
    /// Nothing more will come.
    var hasEnded = false
    var task: Task<Void, Never>?
    /// Of a request whose task may be cancelled when the client goes.
    var isReadOnly = false
    /// The number of the last event that the watcher knows of.
    var lastEvent = 0
    /// What it watches; nil: all runs.
    var watchedRun: RunID?
    var watchesUntil = Int64.max
    /// What the parser keeps, as it was counted last.
    var counted = 0

    init(id: UInt64, descriptor: Int32, peer: String, limits: ServerLimits, at now: Int64) {
      self.id = id
      self.descriptor = descriptor
      self.peer = peer
      parser = RequestParser(limits: limits)
      since = now
      deadline = now + limits.headTime.nanoseconds
    }

    mutating func append(_ bytes: [UInt8]) {
      guard !bytes.isEmpty else { return }
      outgoing.append(bytes)
      outgoingBytes += bytes.count
    }

    /// Writes what the client takes.
    ///
    /// - Returns: false: the connection has ended.
    mutating func flush() -> Bool {
      while let first = outgoing.first {
        switch Sockets.write(descriptor, first, from: written) {
        case .bytes(let count):
          written += count
          outgoingBytes -= count
          if written == first.count {
            outgoing.removeFirst()
            written = 0
          }
        case .wouldBlock: return true
        case .ended: return false
        }
      }
      return true
    }

    /// Wants to know of bytes that come.
    var listens: Bool {
      switch phase {
      case .reading, .streaming, .lingering: !hasEnded
      // A little is read ahead, to learn that the client goes.
      case .handling: !hasEnded && parser.byteCount < 4096
      case .writing: false
      }
    }

    /// Makes room for others when there is none.
    var isIdle: Bool { phase == .reading || phase == .lingering }
  }
#endif
