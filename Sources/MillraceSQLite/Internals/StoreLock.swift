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

    /// - Throws: ``WorkflowError/Code/storeUnavailable`` if a process has a lock that does not go with this one.
    init(path: String, isShared: Bool) throws {
      let file = path + "-lock"
      descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw WorkflowError(
          .storeUnavailable, "\(file) cannot be opened: does the folder exist, and may this user write to it?", at: path
        )
      }
      guard flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
        close(descriptor)
        throw WorkflowError(
          .storeUnavailable,
          """
          another process drives the runs of this database: end it, or let all of them use leases (sharing: .leased); \
          to look and to send events, open it as a visitor (sharing: .visitor)
          """, at: path)
      }
    }

    deinit {
      // Closing is not enough: a child that another thread is about to start has a copy of the descriptor until it runs its program.
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
  }
#endif
