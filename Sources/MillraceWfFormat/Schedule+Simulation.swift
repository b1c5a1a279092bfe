extension Schedule {
  /// Which of the tasks that could start does, when a core is idle.
  public enum Policy: String, Sendable, CaseIterable {
    /// The one that has been ready for longest.
    case fifo
    /// The one with the longest path of tasks that still wait for it.
    case longestPath = "longest-path"
  }

  /// How a workflow runs on a cluster, in virtual time: list scheduling (Graham 1969, DOI 10.1137/0117039). No core is idle while a task is ready.
  ///
  /// ```swift
  /// let cluster = Cluster(hostCount: 4, coresPerHost: 16)
  /// let schedule = try Schedule.simulated(workflow, on: cluster, policy: .longestPath)
  /// print(schedule.makespan, schedule.efficiency(LowerBounds(workflow, on: cluster)))
  /// ```
  ///
  /// Of equal tasks the one with the lowest number goes first; of the idle cores it gets the one where it ends first, of equal ones the first. So the answer is the same every time and everywhere.
  /// Without transfers and speeds, the makespan is at most `LowerBounds.criticalPathLength + LowerBounds.sharedWork`.
  ///
  /// - Parameter bytesPerSecond: a task whose inputs were written on other hosts first fetches them, on its core, one after the other, at this speed; nil if that takes no time.
  ///   What no task writes is on every host. A file is fetched again for each task.
  /// - Throws: ``WfFormatError`` when transfers or slow hosts could make it longer than a schedule can hold (146 years).
  /// - Complexity: O((n + e) log n + cores), e being dependencies and, with transfers, pairs of a file's writer and reader.
  public static func simulated(
    _ workflow: RecordedWorkflow, on cluster: Cluster, policy: Policy = .fifo, bytesPerSecond: Double? = nil
  ) throws(WfFormatError) -> Schedule {
    if let bytesPerSecond {
      precondition(bytesPerSecond > 0, "simulated(bytesPerSecond:) takes a speed above 0; found \(bytesPerSecond)")
    }
    var simulation = Simulation(workflow, on: cluster, policy: policy, bytesPerSecond: bytesPerSecond)
    try workflow.checkSpan(seconds: simulation.longest)
    simulation.run()
    return Schedule(
      cluster: cluster, cores: simulation.cores, startNanoseconds: simulation.starts, endNanoseconds: simulation.ends)
  }
}

private struct Simulation {
  /// A task in a heap: by key, of equal keys the lowest number first.
  private struct Entry: Comparable {
    var key: Int64
    var task: UInt32

    static func < (left: Entry, right: Entry) -> Bool { (left.key, left.task) < (right.key, right.task) }
  }

  private let workflow: RecordedWorkflow
  private let cluster: Cluster
  private let times: RunTimes
  private let nanosecondsPerByte: Double?
  /// With longest-path; else empty.
  private let remaining: [Int64]

  private(set) var cores: [UInt32]
  private(set) var starts: [Int64]
  private(set) var ends: [Int64]

  private var now: Int64 = 0
  private var ready = Heap<Entry>()
  private var running = Heap<Entry>()
  /// By task: parents that have not ended.
  private var missing: [UInt32]

  /// Cores are numbered here from the fastest host to the slowest: the first idle one is the best, as far as speed goes.
  private var idle: IdleCores
  private let coresByPlace: [UInt32]
  private let placesByCore: [UInt32]
  private let hostsByCore: [UInt32]
  /// By host.
  private let places: [Range<Int>]

  /// By host: bytes of a task's inputs that are there; 0 between two tasks.
  private var present: [Double]

  init(_ workflow: RecordedWorkflow, on cluster: Cluster, policy: Schedule.Policy, bytesPerSecond: Double?) {
    self.workflow = workflow
    self.cluster = cluster
    times = RunTimes(workflow, on: cluster)
    nanosecondsPerByte = bytesPerSecond.map { 1e9 / $0 }
    remaining = policy == .longestPath ? workflow.remainingPaths(times) : []
    let count = workflow.taskCount
    cores = Array(repeating: 0, count: count)
    starts = Array(repeating: 0, count: count)
    ends = Array(repeating: 0, count: count)
    missing = (0..<count).map { UInt32(workflow.parents[$0].count) }
    idle = IdleCores(count: cluster.coreCount)
    present = Array(repeating: 0, count: cluster.hosts.count)

    let speeds = cluster.hosts.map { $0.speedInMHz ?? 1 }
    var coresByPlace: [UInt32] = []
    var hostsByCore = Array(repeating: 0 as UInt32, count: cluster.coreCount)
    var places = Array(repeating: 0..<0, count: cluster.hosts.count)
    for host in cluster.hosts.indices.sorted(by: { (-speeds[$0], $0) < (-speeds[$1], $1) }) {
      let start = coresByPlace.count
      for core in cluster.firstCores[host]..<cluster.firstCores[host] + cluster.hosts[host].cores {
        coresByPlace.append(UInt32(core))
        hostsByCore[core] = UInt32(host)
      }
      places[host] = start..<coresByPlace.count
    }
    var placesByCore = Array(repeating: 0 as UInt32, count: cluster.coreCount)
    for (place, core) in coresByPlace.enumerated() { placesByCore[Int(core)] = UInt32(place) }
    self.coresByPlace = coresByPlace
    self.placesByCore = placesByCore
    self.hostsByCore = hostsByCore
    self.places = places
  }

  /// In seconds, if everything ran on one core of the slowest host and every input were fetched.
  var longest: Double {
    let slowest = cluster.hosts.compactMap(\.speedInMHz).min()
    var nanoseconds = 0.0
    for task in 0..<workflow.taskCount {
      nanoseconds += slowest.map { times.cycles(ofTask: task) / $0 + 1 } ?? Double(workflow.runNanoseconds[task])
      guard let nanosecondsPerByte else { continue }
      for file in workflow.inputs[task] {
        nanoseconds += Double(workflow.fileSizes[Int(file)]) * nanosecondsPerByte + 1
      }
    }
    return nanoseconds / 1e9
  }

  mutating func run() {
    for task in missing.indices where missing[task] == 0 { becomeReady(UInt32(task)) }
    while true {
      while !ready.isEmpty, let best = idle.first(in: 0..<cluster.coreCount) {
        start(Int(ready.removeFirst().task), bestIdle: best)
      }
      guard let next = running.first else { break }
      now = next.key
      while let entry = running.first, entry.key == now {
        _ = running.removeFirst()
        end(Int(entry.task))
      }
    }
  }

  private mutating func becomeReady(_ task: UInt32) {
    ready.insert(Entry(key: remaining.isEmpty ? now : -remaining[Int(task)], task: task))
  }

  private mutating func start(_ task: Int, bestIdle: Int) {
    var (place, length) = (bestIdle, lengthWithoutTransfers(task, bestIdle))
    if nanosecondsPerByte != nil { (place, length) = firstToEnd(task, bestIdle) }
    idle.remove(place)
    cores[task] = coresByPlace[place]
    starts[task] = now
    ends[task] = now + length
    running.insert(Entry(key: ends[task], task: UInt32(task)))
  }

  private func lengthWithoutTransfers(_ task: Int, _ place: Int) -> Int64 {
    times.nanoseconds(ofTask: task, onHost: Int(hostsByCore[Int(coresByPlace[place])]))
  }

  /// Hosts that have none of the inputs need not be compared: the first idle core is on the fastest of them, or on a host that is better still.
  private mutating func firstToEnd(_ task: Int, _ bestIdle: Int) -> (place: Int, length: Int64) {
    var hosts: [Int] = []
    var total = 0.0
    for file in workflow.inputs[task] {
      let writers = workflow.writers[Int(file)]
      let size = Double(workflow.fileSizes[Int(file)])
      // Of several writers that have ended, the last one to end has the file.
      let writer = writers.filter { missing[Int($0)] == .max }.max { (ends[Int($0)], $0) < (ends[Int($1)], $1) }
      guard size > 0, let writer else { continue }
      let host = Int(hostsByCore[Int(cores[Int(writer)])])
      if present[host] == 0 { hosts.append(host) }
      present[host] += size
      total += size
    }
    func candidate(_ place: Int) -> (length: Int64, place: Int) {
      let host = Int(hostsByCore[Int(coresByPlace[place])])
      let fetch = ((total - present[host]) * nanosecondsPerByte!).rounded(.up)
      return (times.nanoseconds(ofTask: task, onHost: host) + Int64(fetch), place)
    }
    var best = candidate(bestIdle)
    for host in hosts {
      guard let place = idle.first(in: places[host]) else { continue }
      let next = candidate(place)
      if next < best { best = next }
    }
    for host in hosts { present[host] = 0 }
    return (best.place, best.length)
  }

  private mutating func end(_ task: Int) {
    // Marks it as ended.
    missing[task] = .max
    idle.insert(Int(placesByCore[Int(cores[task])]))
    for child in workflow.children[task] {
      missing[Int(child)] -= 1
      if missing[Int(child)] == 0 { becomeReady(child) }
    }
  }
}
