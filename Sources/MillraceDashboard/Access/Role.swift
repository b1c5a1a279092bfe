#if Workflow
  /// What somebody may do at the server. Each may also do what those before it may.
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Reads: runs with their values, workflows, queues, metrics.
    case viewer
    /// Starts, tells, pauses, resumes, cancels, retries, restarts and forks runs, and acknowledges alerts: all of it can be seen in a run's history, and undone or repeated.
    case `operator`
    /// Also erases the data of runs, which nothing brings back.
    case admin

    private var rank: Int { Self.allCases.firstIndex(of: self)! }

    public static func < (a: Role, b: Role) -> Bool { a.rank < b.rank }
  }
#endif
