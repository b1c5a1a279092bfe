#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// The latest lines that steps have written, of the runs that wrote last. The engine itself keeps none.
  final class LogBook: Sendable {
    /// Lines of a run.
    static let lineLimit = 500
    /// Runs.
    static let runLimit = 1000
    /// Bytes of a line; more are cut off.
    static let lineBytes = 4096
    /// Bytes of all lines.
    static let byteLimit = 64 << 20

    struct Line: Sendable {
      /// In the run, from 1.
      let number: Int
      let time: Timestamp
      let step: String
      let attempt: Int
      let text: String

      fileprivate var byteCount: Int { text.utf8.count + step.utf8.count + 64 }
    }

    private struct Book {
      var lines: [Line] = []
      /// Lines before it are not kept any more.
      var first = 0
      var last = 0
      var bytes = 0
      var used = 0
    }

    private struct State {
      var books: [RunID: Book] = [:]
      var uses = 0
      var bytes = 0
      var waiters: [RunID: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    func append(_ text: String, step: String, attempt: Int, of run: RunID, at time: Timestamp) {
      var text = text
      if text.utf8.count > Self.lineBytes {
        text = String(decoding: text.utf8.prefix(Self.lineBytes), as: UTF8.self) + "…"
      }
      let waiters = state.withLock { state in
        state.uses += 1
        var book = state.books.removeValue(forKey: run) ?? Book()
        book.last += 1
        book.used = state.uses
        let line = Line(number: book.last, time: time, step: step, attempt: attempt, text: text)
        book.lines.append(line)
        book.bytes += line.byteCount
        state.bytes += line.byteCount
        while book.lines.count - book.first > Self.lineLimit {
          let gone = book.lines[book.first].byteCount
          book.bytes -= gone
          state.bytes -= gone
          book.first += 1
        }
        // Moved now and then, not for each line.
        if book.first >= Self.lineLimit {
          book.lines.removeFirst(book.first)
          book.first = 0
        }
        state.books[run] = book
        while state.books.count > Self.runLimit || state.bytes > Self.byteLimit && state.books.count > 1 {
          let oldest = state.books.min { $0.value.used < $1.value.used }!
          state.bytes -= oldest.value.bytes
          state.books[oldest.key] = nil
        }
        return state.waiters.removeValue(forKey: run) ?? [:]
      }
      for waiter in waiters.values { waiter.finish() }
    }

    /// Lines after a number, the oldest first; how many earlier ones of the run are lost; the number of the run's last line.
    func lines(of run: RunID, after number: Int, limit: Int) -> (lines: [Line], lost: Int, last: Int) {
      state.withLock { state in
        guard let book = state.books[run] else { return ([], 0, 0) }
        let kept = book.lines[book.first...]
        let lines = kept.drop { $0.number <= number }.prefix(limit)
        return (Array(lines), (kept.first?.number ?? book.last + 1) - 1, book.last)
      }
    }

    /// Returns when the run has a line after a number, or the task is cancelled.
    func wait(for run: RunID, after number: Int) async {
      let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
      let place = state.withLock { state -> Int? in
        if state.books[run].map({ $0.last > number }) ?? false { return nil }
        state.uses += 1
        state.waiters[run, default: [:]][state.uses] = continuation
        return state.uses
      }
      guard let place else { return }
      for await _ in stream {}
      state.withLock { state in
        state.waiters[run]?[place] = nil
        if state.waiters[run]?.isEmpty == true { state.waiters[run] = nil }
      }
    }

    func erase(_ run: RunID) {
      state.withLock { state in
        if let book = state.books.removeValue(forKey: run) { state.bytes -= book.bytes }
      }
    }
  }
#endif
