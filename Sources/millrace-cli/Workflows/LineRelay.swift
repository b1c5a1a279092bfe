#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow
  import Synchronization

  /// Lines that steps log, for who follows them from another process. They are not stored for later: only while somebody asks for them, by a document of the store.
  final class LineRelay: RunObserver {
    struct Line: Codable, Sendable {
      var at: Timestamp
      var run: RunID
      var workflow: String
      var step: String
      var attempt: Int
      var line: String
    }

    /// What a reader wants.
    private struct Wish: Codable {
      /// nil: all runs.
      var run: RunID?
      /// Renewed before.
      var expires: Timestamp
    }

    /// Lines that a reader has not fetched yet.
    private struct Sheet: Codable {
      var lines: [Line]
      /// So many more there were, than are kept.
      var dropped: Int
    }

    private struct Reader {
      var run: RunID?
      var lines: [Line] = []
      var dropped = 0
    }

    private static let (wishes, sheets) = ("log-readers", "log-lines")
    private static let period = Duration.milliseconds(200)
    private static let patience = Duration.seconds(15)
    /// For each reader, until they are written.
    private static let lineLimit = 1000

    private let readers = Mutex<[String: Reader]>([:])

    // MARK: In the process that drives runs

    func observe(_ observation: RunObservation) {
      guard case .log(let step, let attempt, let line) = observation.kind else { return }
      readers.withLock { readers in
        // As a rule there are none.
        for (key, reader) in readers where reader.run == nil || reader.run == observation.record.id {
          if reader.lines.count >= Self.lineLimit {
            readers[key]!.dropped += 1
          } else {
            readers[key]!.lines.append(
              Line(
                at: SystemWallClock().now, run: observation.record.id, workflow: observation.record.workflow,
                step: step, attempt: attempt, line: line))
          }
        }
      }
    }

    /// Gives readers what they ask for, until the surrounding task is cancelled.
    func serve(_ opened: OpenDatabase) async {
      while !Task.isCancelled {
        // A store in trouble is looked at again.
        try? await look(opened)
        try? await TimerClock().sleep(for: Self.period)
      }
      // What was said last; in a task of its own, because this one has been cancelled.
      await Task { try? await look(opened) }.value
    }

    private func look(_ opened: OpenDatabase) async throws {
      let store = opened.store
      let now = SystemWallClock().now
      var wanted: [String: RunID?] = [:]
      for document in try await store.documents(in: Self.wishes, after: nil, limit: 100) {
        let wish = try document.value.decoded(as: Wish.self, from: document.name)
        if wish.expires > now {
          wanted[document.name.key] = wish.run
        } else {
          // Its reader has died.
          _ = try await store.setDocument(
            document.name, to: nil, expected: document.revision, durability: .processCrash)
          try await Self.removeSheets(of: document.name.key, in: store)
        }
      }
      let full = readers.withLock { readers -> [(String, Reader)] in
        for key in readers.keys where wanted[key] == nil { readers[key] = nil }
        for (key, run) in wanted where readers[key] == nil { readers[key] = Reader(run: run) }
        let full = readers.filter { !$0.value.lines.isEmpty }
        for key in full.keys { readers[key] = Reader(run: readers[key]!.run) }
        return Array(full)
      }
      for (key, reader) in full {
        // In the order of time, whichever process writes.
        let name = DocumentName(Self.sheets, "\(key) \(now.microseconds) \(UUID().uuidString)")
        let sheet = try JSONEncoder().encode(Sheet(lines: reader.lines, dropped: reader.dropped))
        _ = try await store.setDocument(
          name, to: Payload([UInt8](sheet)).encoded(by: opened.codec), expected: nil, durability: .processCrash)
      }
    }

    private static func removeSheets(of reader: String, in store: any RunStore) async throws {
      for document in try await sheets(of: reader, in: store) {
        _ = try await store.setDocument(document.name, to: nil, expected: document.revision, durability: .processCrash)
      }
    }

    private static func sheets(of reader: String, in store: any RunStore) async throws -> [Document] {
      try await store.documents(in: sheets, after: reader, limit: 1000).filter { $0.name.key.hasPrefix(reader + " ") }
    }

    // MARK: In the process that reads

    /// Somebody who asks for lines.
    actor Request {
      let key = UUID().uuidString
      private let run: RunID?
      private let opened: OpenDatabase
      private var renewedAt: Timestamp?

      init(run: RunID?, opened: OpenDatabase) {
        self.run = run
        self.opened = opened
      }

      /// Asks for lines from now on, again before that expires.
      private func renew() async throws {
        let now = SystemWallClock().now
        if let renewedAt, now.duration(since: renewedAt) < LineRelay.patience / 4 { return }
        renewedAt = now
        let name = DocumentName(LineRelay.wishes, key)
        let wish = Wish(run: run, expires: now.advanced(by: LineRelay.patience))
        let old = try await opened.store.document(name)
        _ = try await opened.store.setDocument(
          name, to: Payload(encoding: wish), expected: old?.revision, durability: .processCrash)
      }

      /// What was said since the last call; nothing before the first.
      func fetch() async throws -> (lines: [Line], dropped: Int) {
        try await renew()
        var all = Sheet(lines: [], dropped: 0)
        for document in try await LineRelay.sheets(of: key, in: opened.store) {
          let payload = try document.value.decoded(by: opened.codec)
          let sheet = try payload.decoded(as: Sheet.self, from: document.name)
          all.lines += sheet.lines
          all.dropped += sheet.dropped
          _ = try await opened.store.setDocument(
            document.name, to: nil, expected: document.revision, durability: .processCrash)
        }
        return (all.lines.sorted { $0.at < $1.at }, all.dropped)
      }

      /// Asks for no more.
      func end() async throws {
        let name = DocumentName(LineRelay.wishes, key)
        if let document = try await opened.store.document(name) {
          _ = try await opened.store.setDocument(name, to: nil, expected: document.revision, durability: .processCrash)
        }
        try await LineRelay.removeSheets(of: key, in: opened.store)
      }
    }
  }
#endif
