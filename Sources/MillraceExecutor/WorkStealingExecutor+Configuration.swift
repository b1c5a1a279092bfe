extension WorkStealingExecutor {
  /// How an executor is set up. Every default fits a program that has the machine, or its container, to itself.
  public struct Configuration: Sendable {
    /// Workers at the start. Default: the CPUs that this process may use (affinity and cgroup quota respected), at least 1.
    public var workerCount: Int {
      didSet { Self.check(workerCount) }
    }

    /// Names the executor in messages, and, by its first ten characters, the worker threads: "<name>-<index>". Default: "millrace".
    public var name: String

    /// Bytes of address space for each worker's stack; pages that are never touched cost nothing. Default: 256 MiB, enough for joins nested
    /// 100,000 deep.
    public var stackSize: Int

    /// Bind each worker to one CPU of ``topology``. Worth it only when nothing else runs on the machine. Linux only; elsewhere ignored.
    public var isPinned: Bool

    /// Which CPUs are near each other: pinned workers steal from the nearest first.
    public var topology: Topology

    /// How long a worker looks for work before it sleeps. Longer answers a burst sooner and burns more CPU between bursts. Default: 40 µs.
    public var spinBudget: Duration

    /// How many threads may be added while workers are inside ``blocking(_:)``; not negative. Default: 64.
    public var maximumBlockingThreads: Int

    /// The most workers, blocked ones included, that an executor can have.
    public static let maximumWorkers = 4096

    /// - Precondition: `workerCount` in 1...4096 and `stackSize` at least 256 KiB.
    public init(
      workerCount: Int = Topology.usableCPUCount, name: String = "millrace", stackSize: Int = 256 << 20,
      isPinned: Bool = false,
      topology: Topology = .current, spinBudget: Duration = .microseconds(40), maximumBlockingThreads: Int = 64
    ) {
      Self.check(workerCount)
      precondition(
        stackSize >= 256 << 10, "Configuration.stackSize is expected to be at least 256 KiB; found \(stackSize) bytes")
      precondition(
        maximumBlockingThreads >= 0,
        "Configuration.maximumBlockingThreads is expected not to be negative; found \(maximumBlockingThreads)")
      self.workerCount = workerCount
      self.name = name
      self.stackSize = stackSize
      self.isPinned = isPinned
      self.topology = topology
      self.spinBudget = spinBudget
      self.maximumBlockingThreads = maximumBlockingThreads
    }

    static func check(_ workerCount: Int) {
      precondition(
        (1...maximumWorkers).contains(workerCount),
        "Configuration.workerCount is expected to be between 1 and \(maximumWorkers); found \(workerCount)")
    }
  }
}
