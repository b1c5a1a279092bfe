#if Workflow
  import MillraceWorkflow

  /// What those who watch are told, in one encoding for all of them.
  struct LiveEvent: Sendable {
    let number: Int
    let bytes: [UInt8]
    /// For those who watch one run, if the event is about it.
    let own: [RunID: [UInt8]]

    func bytes(for run: RunID?) -> [UInt8]? { run.map { own[$0] } ?? bytes }
  }

  /// A response without an end: live updates, until the client goes.
  struct LiveUpdates: Sendable {
    /// nil: of all runs.
    let run: RunID?
    /// Asked on the loop's own thread for what the client has missed, and for the number of the last event in it.
    let missed: @Sendable () -> (bytes: [UInt8], last: Int)
  }
#endif
