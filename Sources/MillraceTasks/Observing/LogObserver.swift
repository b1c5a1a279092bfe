#if Workflow
  import Logging
  import MillraceWorkflow

  /// Tells a logger of swift-log what happens to runs.
  ///
  /// ```swift
  /// let observer = LogObserver(Logger(label: "workflows"))
  /// ```
  ///
  /// Every line has the metadata `run` and `workflow`, and where there is one `step`, `attempt`, `key` and `traceparent`, so that the lines of one run can be found. What is logged:
  ///
  /// | what | level |
  /// |---|---|
  /// | a run's new state | info; error when it has failed, warning when it is paused or cancelled |
  /// | an entry of its history | debug; warning when its kind says `failed`, `timed out` or `trouble` |
  /// | a line of a step | info |
  /// | progress of a step | trace |
  ///
  /// Any thread. The logger's handler is called at once, so it must be quick.
  public struct LogObserver: RunObserver {
    private let logger: Logger

    public init(_ logger: Logger) {
      self.logger = logger
    }

    public func observe(_ observation: RunObservation) {
      let record = observation.record
      switch observation.kind {
      case .changed(let previous):
        // Most commits leave the state as it was.
        guard previous != record.state else { return }
        log(
          Self.level(of: record.state), record.reason.isEmpty ? "\(record.state)" : "\(record.state): \(record.reason)",
          record)
      // Its entries say it.
      case .step: break
      case .entry(let entry):
        let isBad = ["failed", "timed out", "trouble"].contains { entry.kind.contains($0) }
        log(
          isBad ? .warning : .debug, entry.reason.isEmpty ? entry.kind : "\(entry.kind): \(entry.reason)", record,
          step: entry.step, attempt: entry.attempt)
      case .progress(let step, let attempt, let fraction):
        let share = fraction.map { "\(Int(($0 * 100).rounded())) %" } ?? "alive"
        log(.trace, share, record, step: step, attempt: attempt)
      case .log(let step, let attempt, let line):
        log(.info, line, record, step: step, attempt: attempt)
      }
    }

    private static func level(of state: RunState) -> Logger.Level {
      switch state {
      case .initiated, .running, .waiting, .completed, .dataDeleted: .info
      case .paused, .cancelled: .warning
      case .failed: .error
      }
    }

    private func log(
      _ level: Logger.Level, _ message: @autoclosure () -> String, _ record: RunRecord, step: String = "",
      attempt: Int = 0
    ) {
      guard level >= logger.logLevel else { return }
      var metadata: Logger.Metadata = ["run": "\(record.id)", "workflow": "\(record.workflow)"]
      if !record.key.isEmpty { metadata["key"] = "\(record.key)" }
      if let traceparent = record.traceparent { metadata["traceparent"] = "\(traceparent)" }
      if !step.isEmpty { metadata["step"] = "\(step)" }
      if attempt > 0 { metadata["attempt"] = "\(attempt)" }
      logger.log(level: level, "\(message())", metadata: metadata)
    }
  }
#endif
