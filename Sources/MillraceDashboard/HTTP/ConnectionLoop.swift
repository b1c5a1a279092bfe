#if Workflow
  import Foundation
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// The server's one thread: accepts connections, reads requests, writes responses and live updates, and ends what takes too long. Handlers run as tasks on an executor.
  final class ConnectionLoop: Sendable {
    typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    enum Message: Sendable {
      case response(connection: UInt64, HTTPResponse)
      case event(LiveEvent)
      /// Nothing new is taken; what is under way may come to its end until then, in nanoseconds of ``Sockets/now()``.
      case stop(deadline: Int64)
    }

    let address: ListenAddress
    let limits: ServerLimits
    let executor: any TaskExecutor
    let handler: Handler
    let report: @Sendable (String) -> Void
    // Relaxed all over: they are read to be shown, and to refuse one watcher more or less.
    let connectionCount = Atomic(0)
    let watcherCount = Atomic(0)
    /// How many watch each run by itself.
    private let runWatchers = Mutex<[RunID: Int]>([:])
    private let waking: Int32
    private let outbox = Mutex(Outbox())

    private struct Outbox {
      var messages: [Message] = []
      /// Told when the thread has ended.
      var waiters: [CheckedContinuation<Void, Never>] = []
      var hasEnded = false
    }

    /// Listens, and begins to serve.
    init(
      on address: ListenAddress, limits: ServerLimits, executor: any TaskExecutor,
      report: @escaping @Sendable (String) -> Void, handler: @escaping Handler
    ) throws(ListenError) {
      limits.check()
      var limits = limits
      // The rest is for stores, processes and files of tasks.
      limits.connections = min(limits.connections, max(8, Sockets.descriptorLimit - 128))
      let (listener, bound) = try Sockets.listen(on: address)
      let pair: (waiting: Int32, waking: Int32)
      do {
        pair = try Sockets.wakingPair()
      } catch {
        Sockets.close(listener)
        throw error
      }
      self.address = bound
      self.limits = limits
      self.executor = executor
      self.handler = handler
      self.report = report
      waking = pair.waking
      let thread = Thread { [self] in
        let work = LoopWork(self, listener: listener, waiting: pair.waiting)
        work.run()
        end(waiting: pair.waiting)
      }
      thread.name = "millrace-server"
      thread.start()
    }

    func post(_ message: Message) {
      let isFirst = outbox.withLock { outbox in
        if outbox.hasEnded { return false }
        outbox.messages.append(message)
        return outbox.messages.count == 1
      }
      if isFirst { Sockets.wake(waking) }
    }

    func isWatched(_ run: RunID) -> Bool { runWatchers.withLock { $0[run] != nil } }

    func countWatchers(of run: RunID, _ change: Int) {
      runWatchers.withLock { counts in
        let count = (counts[run] ?? 0) + change
        counts[run] = count > 0 ? count : nil
      }
    }

    func takeMessages() -> [Message] {
      outbox.withLock { outbox in
        defer { outbox.messages = [] }
        return outbox.messages
      }
    }

    /// Stops, and returns when the thread has ended: at the latest after `grace`.
    func stop(grace: Duration) async {
      post(.stop(deadline: Sockets.now() + grace.nanoseconds))
      await withCheckedContinuation { continuation in
        let hasEnded = outbox.withLock { outbox in
          if !outbox.hasEnded { outbox.waiters.append(continuation) }
          return outbox.hasEnded
        }
        if hasEnded { continuation.resume() }
      }
    }

    private func end(waiting: Int32) {
      let waiters = outbox.withLock { outbox in
        outbox.hasEnded = true
        outbox.messages = []
        defer { outbox.waiters = [] }
        // In the lock: nobody wakes a descriptor that has been closed.
        Sockets.close(waiting)
        return outbox.waiters
      }
      for waiter in waiters { waiter.resume() }
    }

    deinit { Sockets.close(waking) }
  }

  extension Duration {
    /// Saturates after some 292 years.
    var nanoseconds: Int64 {
      let (seconds, attoseconds) = components
      let (scaled, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      return overflows ? .max / 2 : min(scaled, .max / 2) + attoseconds / 1_000_000_000
    }
  }
#endif
