#if Workflow
  import Logging
  import MillraceTasks
  import MillraceWorkflow
  import Synchronization
  import Testing

  @Suite struct LogObserverTests {
    private final class Lines: Sendable {
      let all = Mutex([String]())
    }

    private struct Handler: LogHandler {
      let lines: Lines
      var logLevel = Logger.Level.trace
      var metadata: Logger.Metadata = [:]
      subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
      }

      func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        lines.all.withLock { $0.append("\(event.level) \(event.message) \(pairs.joined(separator: " "))") }
      }
    }

    private func lines(from level: Logger.Level = .trace, _ observations: [RunObservation]) -> [String] {
      let lines = Lines()
      var logger = Logger(label: "test") { _ in Handler(lines: lines) }
      logger.logLevel = level
      let observer = LogObserver(logger)
      for observation in observations { observer.observe(observation) }
      return lines.all.withLock { $0 }
    }

    private var record: RunRecord {
      var record = RunRecord(
        id: RunID(high: 0, low: 1), workflow: "w", definition: ContentHash(of: []), key: "k", state: .running,
        createdAt: Timestamp(microseconds: 0), deadline: Timestamp(microseconds: 1))
      record.traceparent = "00-1"
      return record
    }

    private let run = "00000000000000000000000000000001"

    @Test func everyLineNamesItsRun() {
      var failed = record
      failed.state = .failed
      failed.reason = "no disk"
      let entry = HistoryEntry(
        at: Timestamp(microseconds: 0), kind: "attempt failed", step: "s", attempt: 2, reason: "exit 1")
      let told = lines([
        RunObservation(kind: .changed(previous: nil), record: record),
        RunObservation(kind: .changed(previous: .running), record: record),
        RunObservation(kind: .entry(entry), record: record),
        RunObservation(kind: .log(step: "s", attempt: 2, line: "hello"), record: record),
        RunObservation(kind: .progress(step: "s", attempt: 2, fraction: 0.256), record: record),
        RunObservation(kind: .progress(step: "s", attempt: 2, fraction: nil), record: record),
        RunObservation(kind: .changed(previous: .running), record: failed),
      ])
      let common = "key=k run=\(run)"
      #expect(
        told == [
          "info running \(common) traceparent=00-1 workflow=w",
          "warning attempt failed: exit 1 attempt=2 \(common) step=s traceparent=00-1 workflow=w",
          "info hello attempt=2 \(common) step=s traceparent=00-1 workflow=w",
          "trace 26 % attempt=2 \(common) step=s traceparent=00-1 workflow=w",
          "trace alive attempt=2 \(common) step=s traceparent=00-1 workflow=w",
          "error failed: no disk \(common) traceparent=00-1 workflow=w",
        ])
    }

    @Test func quietLoggersAreLeftAlone() {
      #expect(lines(from: .warning, [RunObservation(kind: .changed(previous: nil), record: record)]).isEmpty)
    }
  }
#endif
