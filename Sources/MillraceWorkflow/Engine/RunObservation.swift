/// Something that has happened to a run and has been stored: what logs, metrics and pages are made of.
public struct RunObservation: Sendable {
  public enum Kind: Sendable {
    /// The run's record, as stored; `previous` is nil for a new run.
    case changed(previous: RunState?)
    /// A step's record, as stored.
    case step(StepRecord)
    case entry(HistoryEntry)
    /// Not stored: how far a step is.
    case progress(step: String, attempt: Int, fraction: Double?)
    /// Not stored: a line of a step.
    case log(step: String, attempt: Int, line: String)
  }

  public let kind: Kind
  public let record: RunRecord

  public init(kind: Kind, record: RunRecord) {
    self.kind = kind
    self.record = record
  }
}

/// Is told of all that happens, in order for each run.
public protocol RunObserver: Sendable {
  /// Called between a commit and its effects, on any thread: must be quick.
  func observe(_ observation: RunObservation)

  /// A change that has been stored, as a whole: for observers that are told of every commit of a busy engine, and want little of each. By default each part of it is an observation of its own.
  func observe(_ change: RunChange, previous: RunState?)

  /// Something that is in no run's record. By default not listened to.
  func observe(_ figure: EngineFigure)
}

extension RunObserver {
  public func observe(_ change: RunChange, previous: RunState?) {
    let record = change.record
    // What has ended before what begins thereby.
    for isFinal in [true, false] {
      for step in change.steps where step.state.isFinal == isFinal {
        observe(RunObservation(kind: .step(step), record: record))
      }
    }
    for entry in change.history { observe(RunObservation(kind: .entry(entry), record: record)) }
    observe(RunObservation(kind: .changed(previous: previous), record: record))
  }

  public func observe(_ figure: EngineFigure) {}
}
