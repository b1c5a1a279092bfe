#if Workflow
  import Foundation
  import MillraceWorkflow

  /// What the outside has seen of a process that dies, in order: a file beside the database, one line for each thing.
  ///
  /// A line is written by one call to the end of the file, so `kill -9` leaves it whole or not there.
  final class CrashLog: Sendable {
    enum Entry: Sendable, Hashable {
      /// A process begins.
      case life
      /// A client is about to ask for a run.
      case asked(client: String)
      /// It was told that there is one.
      case started(client: String, run: RunID)
      /// It was told that its event is stored.
      case accepted(client: String, run: RunID)
      /// It has seen the end of its run.
      case ended(client: String, run: RunID, RunState)
      /// The stream has said that it has an event.
      case published(String)
      /// A step is about to do something that cannot be taken back.
      case effect(run: RunID, step: String, attempt: Int)
      /// The relay hands an event of a run on.
      case relayed(String)
    }

    private let descriptor: Int32
    /// Is told of each line when it has been written.
    private let observe: @Sendable (String) -> Void

    init(_ path: String, observe: @escaping @Sendable (String) -> Void = { _ in }) {
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      precondition(descriptor >= 0, "\(path) cannot be opened")
      self.observe = observe
    }

    deinit { close(descriptor) }

    func write(_ entry: Entry) {
      let line = Array("\(entry.line)\n".utf8)
      let count = unsafe line.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
      precondition(count == line.count, "a line was not written: \(entry.line)")
      observe(entry.line)
    }

    /// No file: the process died before its first line.
    static func read(_ path: String) throws -> [Entry] {
      try ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map { line in
        guard let entry = Entry(line: String(line)) else { throw Unreadable(line: String(line)) }
        return entry
      }
    }

    struct Unreadable: Error {
      let line: String
    }
  }

  extension CrashLog.Entry {
    var line: String {
      switch self {
      case .life: "life"
      case .asked(let client): "asked\t\(client)"
      case .started(let client, let run): "started\t\(client)\t\(run)"
      case .accepted(let client, let run): "accepted\t\(client)\t\(run)"
      case .ended(let client, let run, let state): "ended\t\(client)\t\(run)\t\(state.rawValue)"
      case .published(let id): "published\t\(id)"
      case .effect(let run, let step, let attempt): "effect\t\(run)\t\(step)\t\(attempt)"
      case .relayed(let id): "relayed\t\(id)"
      }
    }

    init?(line: String) {
      let words = line.split(separator: "\t").map(String.init)
      let run = words.count > 2 ? RunID(words[2]) : nil
      switch (words.first, words.count) {
      case ("life", 1): self = .life
      case ("asked", 2): self = .asked(client: words[1])
      case ("published", 2): self = .published(words[1])
      case ("relayed", 2): self = .relayed(words[1])
      case ("started", 3):
        guard let run else { return nil }
        self = .started(client: words[1], run: run)
      case ("accepted", 3):
        guard let run else { return nil }
        self = .accepted(client: words[1], run: run)
      case ("ended", 4):
        guard let run, let state = RunState(rawValue: words[3]) else { return nil }
        self = .ended(client: words[1], run: run, state)
      case ("effect", 4):
        guard let run = RunID(words[1]), let attempt = Int(words[3]) else { return nil }
        self = .effect(run: run, step: words[2], attempt: attempt)
      default: return nil
      }
    }
  }

  /// Writes down what the relay hands on.
  struct LoggedStream: EventStream {
    let base: any EventStream
    let log: CrashLog

    func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64] {
      for event in events { log.write(.relayed(event.id)) }
      return try await base.append(events, whenFull: whenFull)
    }

    func read(
      _ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int
    ) async throws -> StreamPage { try await base.read(topic, by: consumer, after: offset, limit: limit) }

    func waitForEvents(_ topic: String, after offset: Int64) async throws {
      try await base.waitForEvents(topic, after: offset)
    }

    func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws {
      try await base.acknowledge(topic, by: consumer, through: offset)
    }

    func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws {
      try await base.rewind(topic, by: consumer, to: offset)
    }

    func consumers(of topic: String) async throws -> [ConsumerPosition] { try await base.consumers(of: topic) }
    func removeGroup(_ group: String, of topic: String) async throws {
      try await base.removeGroup(group, of: topic)
    }
    func removeEvents(withIDsBeginning beginning: String) async throws -> Int {
      try await base.removeEvents(withIDsBeginning: beginning)
    }
    func close() async throws { try await base.close() }
  }
#endif
