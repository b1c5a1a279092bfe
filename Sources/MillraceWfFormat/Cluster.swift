/// The hosts that a workflow runs on. A core runs one task at a time, and a task takes one core.
public struct Cluster: Sendable, Hashable {
  public struct Host: Sendable, Hashable {
    public var name: String
    public var cores: Int
    /// Nil for a host on which tasks take as long as they were recorded.
    public var speedInMHz: Double?

    public init(name: String, cores: Int, speedInMHz: Double? = nil) {
      self.name = name
      self.cores = cores
      self.speedInMHz = speedInMHz
    }
  }

  /// More cores than this are a mistake.
  public static let coresMaximum = 1 << 24

  public let hosts: [Host]
  public let coreCount: Int
  /// By host: the number of its first core, counted over all hosts.
  public let firstCores: [Int]

  /// - Parameter hosts: at least one; each with a core, and all of them with a speed or none.
  public init(_ hosts: [Host]) {
    precondition(!hosts.isEmpty, "Cluster takes at least one host; found none")
    precondition(hosts.allSatisfy { $0.cores > 0 }, "Cluster takes hosts of at least one core")
    let known = hosts.count { $0.speedInMHz != nil }
    precondition(
      known == 0 || known == hosts.count,
      "Cluster takes a speed of every host or of none; found \(known) of \(hosts.count)")
    precondition(hosts.allSatisfy { ($0.speedInMHz ?? 1) > 0 }, "Cluster takes speeds above 0")
    let limit = Self.coresMaximum
    var (count, firsts) = (0, [Int]())
    for host in hosts {
      firsts.append(count)
      precondition(host.cores <= limit - count, "Cluster takes at most \(limit) cores")
      count += host.cores
    }
    self.hosts = hosts
    coreCount = count
    firstCores = firsts
  }

  /// Hosts that are all the same, on which tasks take as long as they were recorded.
  public init(hostCount: Int = 1, coresPerHost: Int) {
    precondition(hostCount > 0 && coresPerHost > 0, "Cluster takes at least one host of at least one core")
    self.init((0..<hostCount).map { Host(name: "host \($0)", cores: coresPerHost) })
  }

  /// The machines that a workflow was recorded on, with their cores (one, where that is not said) and speeds.
  ///
  /// - Throws: ``WfFormatError`` when there are none, or one without a speed.
  public init(machinesOf workflow: RecordedWorkflow) throws(WfFormatError) {
    func refuse(_ message: String) -> WfFormatError {
      WfFormatError(code: .request, file: workflow.file, message: message)
    }
    guard !workflow.machines.isEmpty else {
      throw refuse("records no machines; at least one is expected for this request")
    }
    var (hosts, count) = ([Host](), 0)
    for machine in workflow.machines {
      guard machine.speedInMHz != nil else {
        throw refuse("has no speed of the machine \(quoted(machine.name)); one is expected for this request")
      }
      let cores = machine.cores ?? 1
      guard cores <= Self.coresMaximum - count else {
        throw refuse("records machines of more than \(Self.coresMaximum) cores; fewer are expected")
      }
      count += cores
      hosts.append(Host(name: machine.name, cores: cores, speedInMHz: machine.speedInMHz))
    }
    self.init(hosts)
  }

  /// The host of a core, cores being counted over all hosts. O(log hosts).
  public func host(ofCore core: Int) -> Int {
    precondition(core >= 0 && core < coreCount, "core \(core) is expected to be below \(coreCount)")
    var (low, high) = (0, hosts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firstCores[middle] <= core { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// How long tasks take on the hosts of a cluster.
struct RunTimes {
  let workflow: RecordedWorkflow
  let cluster: Cluster
  /// Of tasks whose machine or its speed is not recorded: the fastest recorded one, or else the fastest host.
  private let usualSpeed: Double
  let fastestHost: Int

  init(_ workflow: RecordedWorkflow, on cluster: Cluster) {
    self.workflow = workflow
    self.cluster = cluster
    fastestHost = cluster.hosts.indices.max {
      // The first of equals.
      let (left, right) = (cluster.hosts[$0].speedInMHz ?? 1, cluster.hosts[$1].speedInMHz ?? 1)
      return (left, $1) < (right, $0)
    }!
    usualSpeed =
      workflow.machines.compactMap(\.speedInMHz).max() ?? cluster.hosts[fastestHost].speedInMHz ?? 1
  }

  /// Rounded up, so that sums of times are never below what the speeds allow.
  func nanoseconds(ofTask task: Int, onHost host: Int) -> Int64 {
    guard let speed = cluster.hosts[host].speedInMHz else { return workflow.runNanoseconds[task] }
    return Int64((cycles(ofTask: task) / speed).rounded(.up))
  }

  /// Nanoseconds times MHz.
  func cycles(ofTask task: Int) -> Double {
    let machine = workflow.recordingMachines[task]
    let speed = machine == .max ? usualSpeed : workflow.machines[Int(machine)].speedInMHz ?? usualSpeed
    return Double(workflow.runNanoseconds[task]) * speed
  }
}
