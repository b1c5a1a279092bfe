#if Workflow
  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif
  import MillraceWorkflow

  /// Says that a process drives the runs of a database. The system takes it back when the process ends, however it does.
  ///
  /// A file of its own (`NAME-lock`): SQLite's locks on the database would be lost if another descriptor of the same file were closed.
  struct StoreLock: ~Copyable {
    private let descriptor: Int32
    /// Which of the engines of a database it is for; nil for the lock of the database itself.
    let place: Int?

    /// - Throws: ``WorkflowError/Code/storeUnavailable`` if a process has a lock that does not go with this one.
    init(path: String, isShared: Bool) throws {
      guard let lock = try Self(path, place: nil, isShared: isShared) else {
        throw WorkflowError(
          .storeUnavailable,
          """
          another process drives the runs of this database: end it, or let all of them use leases (sharing: .leased); \
          to look and to send events, open it as a visitor (sharing: .visitor)
          """, at: path)
      }
      self = lock
    }

    /// The first place among the engines of a database that no live process has. A process that is started again after it was killed gets the place that it had, unless another one was quicker.
    static func firstPlace(path: String) throws -> StoreLock {
      for number in 0..<placeCount {
        if let lock = try StoreLock(path, place: number, isShared: false) { return lock }
      }
      throw WorkflowError(
        .storeUnavailable, "\(placeCount) processes drive the runs of this database: end one of them", at: path)
    }

    private static let placeCount = 64

    /// - Returns: nil if another one has it.
    private init?(_ path: String, place: Int?, isShared: Bool) throws {
      let file = path + "-lock" + (place.map { "\($0)" } ?? "")
      let opened = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard opened >= 0 else {
        throw WorkflowError(
          .storeUnavailable, "\(file) cannot be opened: does the folder exist, and may this user write to it?", at: path
        )
      }
      guard flock(opened, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
        close(opened)
        return nil
      }
      descriptor = opened
      self.place = place
    }

    deinit {
      // Closing is not enough: a child that another thread is about to start has a copy of the descriptor until it runs its program.
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
  }
#endif
