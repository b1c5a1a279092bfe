#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// What the loop's thread has for itself.
  final class LoopWork {
    private let loop: ConnectionLoop
    private let waiting: Int32
    private var listener: Int32?
    private var connections: [Connection] = []
    private var places: [UInt64: Int] = [:]
    private var lastID: UInt64 = 0
    private var bufferedBytes = 0
    private var watchers = 0
    /// No deadline is earlier.
    private var nextDeadline = Int64.max
    /// Nobody is accepted before.
    private var acceptsAt: Int64 = 0
    /// Set by ``ConnectionLoop/Message/stop(deadline:)``.
    private var stopsAt: Int64?
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private let headers = StandardHeaders()

    private var limits: ServerLimits { loop.limits }

    init(_ loop: ConnectionLoop, listener: Int32, waiting: Int32) {
      self.loop = loop
      self.listener = listener
      self.waiting = waiting
    }

    func run() {
      var entries: [pollfd] = []
      while !isDone {
        let begun = Sockets.now()
        let accepts = listener != nil && acceptsAt <= begun
        entries.removeAll(keepingCapacity: true)
        entries.append(pollfd(fd: waiting, events: Int16(POLLIN), revents: 0))
        entries.append(pollfd(fd: accepts ? listener! : -1, events: Int16(POLLIN), revents: 0))
        for connection in connections {
          let events = (connection.listens ? POLLIN : 0) | (connection.outgoing.isEmpty ? 0 : POLLOUT)
          entries.append(pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
        }
        var next = nextDeadline
        if listener != nil, !accepts { next = min(next, acceptsAt) }
        if let stopsAt { next = min(next, stopsAt) }
        Sockets.wait(&entries, timeout: next == .max ? nil : next - begun)
        let now = Sockets.now()
        // Their places change while they are served.
        let ready = zip(connections, entries.dropFirst(2)).compactMap { $1.revents == 0 ? nil : ($0.id, $1.revents) }
        if entries[0].revents != 0 { Sockets.drain(waiting) }
        for message in loop.takeMessages() { obey(message, now) }
        for (id, events) in ready { serve(id, events, now) }
        if entries[1].revents != 0 { accept(now) }
        if now >= nextDeadline { endOverdue(now) }
      }
      if let listener { Sockets.close(listener) }
      while let last = connections.last { close(last.id) }
    }

    private var isDone: Bool {
      guard let stopsAt else { return false }
      return connections.isEmpty || Sockets.now() >= stopsAt
    }

    // MARK: Messages

    private func obey(_ message: ConnectionLoop.Message, _ now: Int64) {
      switch message {
      case .response(let id, let response): respond(id, response, now)
      case .event(let event):
        for id in connections.filter({ $0.phase == .streaming && $0.lastEvent < event.number }).map(\.id) {
          let place = places[id]!
          connections[place].lastEvent = event.number
          if let bytes = event.bytes(for: connections[place].watchedRun) { send(bytes, to: id, now) }
        }
      case .stop(let deadline):
        stopsAt = deadline
        if let listener { Sockets.close(listener) }
        listener = nil
        for connection in connections {
          switch connection.phase {
          case .reading where !connection.parser.isAtWork: close(connection.id)
          case .streaming:
            connections[places[connection.id]!].closes = true
            finishWriting(connection.id, now)
          case .reading, .handling, .writing, .lingering: break
          }
        }
      }
    }

    /// To a watcher.
    private func send(_ bytes: [UInt8], to id: UInt64, _ now: Int64) {
      let place = places[id]!
      connections[place].append(bytes)
      guard connections[place].flush(), connections[place].outgoingBytes <= limits.watcherBytes else {
        return close(id)
      }
      let wait = connections[place].outgoing.isEmpty ? Self.heartbeat : limits.writeTime.nanoseconds
      setDeadline(place, min(now + wait, connections[place].watchesUntil))
    }

    /// A watcher who is told nothing for so long is told so: proxies end connections that are silent.
    private static let heartbeat: Int64 = 15_000_000_000

    // MARK: Accepting

    private func accept(_ now: Int64) {
      guard let listener else { return }
      for _ in 0..<64 {
        switch Sockets.accept(on: listener) {
        case .none: return
        case .exhausted:
          loop.report("no descriptors are left for connections; the next are accepted in a moment")
          makeRoom(olderThan: now)
          acceptsAt = now + 100_000_000
          return
        case .connection(let descriptor, let peer):
          if connections.count >= limits.connections { makeRoom(olderThan: now - 250_000_000) }
          guard connections.count < limits.connections else {
            let problem = Problem(.unavailable, "too many connections").response
            _ = Sockets.write(descriptor, encode(problem, closes: true), from: 0)
            Sockets.close(descriptor)
            continue
          }
          lastID += 1
          places[lastID] = connections.count
          connections.append(Connection(id: lastID, descriptor: descriptor, peer: peer, limits: limits, at: now))
          nextDeadline = min(nextDeadline, connections.last!.deadline)
          count()
        }
      }
    }

    /// Closes the connection that has been idle, or slow to ask, for the longest time.
    private func makeRoom(olderThan time: Int64) {
      guard let oldest = connections.lazy.filter({ $0.isIdle && $0.since <= time }).min(by: { $0.since < $1.since })
      else { return }
      close(oldest.id)
    }

    // Relaxed: see there.
    private func count() { loop.connectionCount.store(connections.count, ordering: .relaxed) }

    private func close(_ id: UInt64) {
      let place = places.removeValue(forKey: id)!
      let connection = connections[place]
      if connection.phase == .streaming { countWatchers(-1, connection.watchedRun) }
      if connection.isReadOnly { connection.task?.cancel() }
      bufferedBytes -= connection.counted
      Sockets.close(connection.descriptor)
      let last = connections.removeLast()
      if last.id != id {
        connections[place] = last
        places[last.id] = place
      }
      count()
    }

    private func countWatchers(_ change: Int, _ run: RunID?) {
      if let run { loop.countWatchers(of: run, change) }
      watchers += change
      // Relaxed: see there.
      loop.watcherCount.store(watchers, ordering: .relaxed)
    }

    // MARK: Reading

    private func serve(_ id: UInt64, _ events: Int16, _ now: Int64) {
      guard let place = places[id] else { return }
      if Int32(events) & POLLOUT != 0 {
        guard connections[place].flush() else { return close(id) }
        if connections[place].outgoing.isEmpty { finishWriting(id, now) }
      }
      guard let place = places[id] else { return }
      if connections[place].listens {
        if Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0 { read(id, now) }
      } else if Int32(events) & (POLLHUP | POLLERR) != 0 {
        // Nobody is there any more.
        close(id)
      }
    }

    private func read(_ id: UInt64, _ now: Int64) {
      let place = places[id]!
      switch Sockets.read(connections[place].descriptor, into: &buffer) {
      case .wouldBlock: return
      case .ended:
        connections[place].hasEnded = true
        switch connections[place].phase {
        case .reading, .streaming, .lingering: close(id)
        // It may have ended its half only, and wait for the response.
        case .handling: if connections[place].isReadOnly { connections[place].task?.cancel() }
        case .writing: break
        }
      case .bytes(let count):
        switch connections[place].phase {
        case .streaming: return
        case .lingering: return
        case .reading, .handling, .writing: break
        }
        let wasAtWork = connections[place].parser.isAtWork
        connections[place].parser.append(buffer[..<count])
        countBuffered(place)
        guard bufferedBytes <= limits.bufferedBytes else {
          return refuse(id, Problem(.unavailable, "the server has too many unfinished requests"), now)
        }
        if connections[place].phase == .reading {
          if !wasAtWork {
            connections[place].since = now
            setDeadline(place, now + limits.headTime.nanoseconds)
          }
          readRequest(id, now)
        }
      }
    }

    private func countBuffered(_ place: Int) {
      let bytes = connections[place].parser.byteCount
      bufferedBytes += bytes - connections[place].counted
      connections[place].counted = bytes
    }

    /// Looks whether a request has come whole.
    private func readRequest(_ id: UInt64, _ now: Int64) {
      let place = places[id]!
      let hadHead = connections[place].parser.hasHead
      let outcome = connections[place].parser.next()
      countBuffered(place)
      switch outcome {
      case .incomplete:
        guard connections[place].parser.hasHead, !hadHead else { return }
        setDeadline(place, now + limits.bodyTime.nanoseconds)
        if connections[place].parser.wantsContinue {
          connections[place].parser.toldToContinue()
          connections[place].append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
          if !connections[place].flush() { close(id) }
        }
      case .refused(let status, let message): refuse(id, Problem(status: status, message), now)
      case .request(var request, let keepsAlive):
        request.peer = connections[place].peer
        connections[place].phase = .handling
        connections[place].closes = !keepsAlive
        connections[place].isHead = request.method == "HEAD"
        connections[place].isReadOnly = request.method == "GET" || request.method == "HEAD"
        setDeadline(place, .max)
        let loop = loop
        connections[place].task = Task(executorPreference: loop.executor) { [request] in
          loop.post(.response(connection: id, await loop.handler(request)))
        }
      }
    }

    private func refuse(_ id: UInt64, _ problem: Problem, _ now: Int64) {
      let place = places[id]!
      connections[place].closes = true
      connections[place].lingers = true
      connections[place].isHead = false
      write(problem.response, to: place, now)
    }

    // MARK: Writing

    private func respond(_ id: UInt64, _ response: HTTPResponse, _ now: Int64) {
      guard let place = places[id], connections[place].phase == .handling else { return }
      connections[place].task = nil
      if stopsAt != nil || connections[place].hasEnded { connections[place].closes = true }
      write(response, to: place, now)
    }

    private func write(_ response: HTTPResponse, to place: Int, _ now: Int64) {
      let id = connections[place].id
      switch response.body {
      case .bytes:
        connections[place].append(
          encode(response, closes: connections[place].closes, isHead: connections[place].isHead))
        connections[place].phase = .writing
        let bytes = Int64(connections[place].outgoingBytes)
        setDeadline(place, now + limits.writeTime.nanoseconds + bytes / (16 << 10) * 1_000_000_000)
        guard connections[place].flush() else { return close(id) }
        if connections[place].outgoing.isEmpty { finishWriting(id, now) }
      case .events(let updates):
        guard watchers < limits.watchers, stopsAt == nil else {
          return write(Problem(.tooManyRequests, "too many watch already").response, to: place, now)
        }
        connections[place].phase = .streaming
        connections[place].watchedRun = updates.run
        connections[place].watchesUntil = now + limits.watcherTime.nanoseconds
        // Before it asks, so that nothing falls between.
        countWatchers(1, updates.run)
        let (bytes, last) = updates.missed()
        connections[place].lastEvent = last
        connections[place].append(response.head(closes: true, standard: headers.at(now)))
        send(bytes, to: id, now)
      }
    }

    private func encode(_ response: HTTPResponse, closes: Bool, isHead: Bool = false) -> [UInt8] {
      let head = response.head(closes: closes, standard: headers.at(Sockets.now()))
      if !isHead, case .bytes(let bytes) = response.body { return head + bytes }
      return head
    }

    /// All that was to be written is.
    private func finishWriting(_ id: UInt64, _ now: Int64) {
      let place = places[id]!
      guard connections[place].outgoing.isEmpty else { return }
      switch connections[place].phase {
      case .streaming where !connections[place].closes:
        setDeadline(place, min(now + Self.heartbeat, connections[place].watchesUntil))
      // It has been told to go on with its body.
      case .reading: break
      case .writing, .streaming, .handling, .lingering:
        guard connections[place].closes else {
          connections[place].phase = .reading
          connections[place].since = now
          let isAtWork = connections[place].parser.isAtWork
          setDeadline(place, now + (isAtWork ? limits.headTime : limits.idleTime).nanoseconds)
          // Another may have come meanwhile.
          return isAtWork ? readRequest(id, now) : ()
        }
        guard connections[place].lingers, !connections[place].hasEnded else { return close(id) }
        Sockets.endWriting(connections[place].descriptor)
        connections[place].phase = .lingering
        connections[place].since = now
        setDeadline(place, now + 2_000_000_000)
      }
    }

    // MARK: Time

    private func setDeadline(_ place: Int, _ deadline: Int64) {
      connections[place].deadline = deadline
      nextDeadline = min(nextDeadline, deadline)
    }

    private func endOverdue(_ now: Int64) {
      for id in connections.filter({ $0.deadline <= now }).map(\.id) {
        guard let place = places[id] else { continue }
        switch connections[place].phase {
        case .reading where connections[place].parser.isAtWork:
          refuse(id, Problem(.timeout, "the request took too long to come"), now)
        case .streaming where connections[place].outgoing.isEmpty && now < connections[place].watchesUntil:
          send(Array(":\n\n".utf8), to: id, now)
        case .reading, .handling, .writing, .streaming, .lingering: close(id)
        }
      }
      nextDeadline = connections.lazy.map(\.deadline).min() ?? .max
    }
  }
#endif
