import Foundation
import MillracePrimitives
import Testing

@testable import MillraceWfFormat

/// A random workflow, small or large.
private func randomWorkflow(
  _ random: inout SplitMix64, count: Int, files: Bool = false, machines: [(String, Int, Int)] = []
) throws -> RecordedWorkflow {
  let reach = 1 + random.index(below: 20)
  let most = random.index(below: 4)
  let tasks = (0..<count).map { task in
    var result = Document.Task(id: "t\(task)", seconds: Double(random.index(below: 8)) / 4)
    for _ in 0..<(task == 0 ? 0 : random.index(below: most + 1)) {
      let parent = max(0, task - 1 - random.index(below: reach))
      if files { result.inputs.append("f\(parent)") } else { result.parents.append("t\(parent)") }
    }
    if files { result.outputs = ["f\(task)"] }
    if let machine = machines.randomElement(using: &random) { result.machines = [machine.0] }
    return result
  }
  let sizes = (0..<count).map { ("f\($0)", random.index(below: 5)) }
  return try Document.workflow(Document.text(tasks, files: files ? sizes : nil, machines: machines))
}

/// What makes a schedule a possible one; empty when it is.
private func complaints(_ schedule: Schedule, _ workflow: RecordedWorkflow) -> [String] {
  var result: [String] = []
  for task in 0..<workflow.taskCount {
    for parent in workflow.parents[task]
    where schedule.endNanoseconds[Int(parent)] > schedule.startNanoseconds[task] {
      result.append("task \(task) starts before \(parent) ends")
    }
  }
  let byStart = (0..<workflow.taskCount).sorted {
    (schedule[$0].start, schedule[$0].end) < (schedule[$1].start, schedule[$1].end)
  }
  var free = Array(repeating: 0 as Int64, count: schedule.cluster.coreCount)
  for task in byStart {
    let core = Int(schedule.cores[task])
    if schedule.startNanoseconds[task] < free[core] { result.append("task \(task) starts on a core that is taken") }
    free[core] = schedule.endNanoseconds[task]
  }
  return result
}

/// List scheduling as it is told: at every moment, look at everything. Slow, and without any of the structures of the real one.
private func plainSimulation(
  _ workflow: RecordedWorkflow, on cluster: Cluster, policy: Schedule.Policy, bytesPerSecond: Double?
) -> [Schedule.Placement] {
  let count = workflow.taskCount
  let fastest = cluster.hosts.compactMap(\.speedInMHz).max()
  func length(_ task: Int, _ speed: Double?) -> Int64 {
    guard let speed else { return workflow.runNanoseconds[task] }
    let recorded = workflow.recordingMachines[task]
    let usual = workflow.machines.compactMap(\.speedInMHz).max() ?? fastest!
    let speeds = recorded == .max ? usual : workflow.machines[Int(recorded)].speedInMHz!
    return Int64((Double(workflow.runNanoseconds[task]) * speeds / speed).rounded(.up))
  }
  func rest(_ task: Int) -> Int64 {
    length(task, fastest) + (workflow.children[task].map { rest(Int($0)) }.max() ?? 0)
  }
  let rests = policy == .longestPath ? (0..<count).map(rest) : []
  var placements: [Schedule.Placement?] = Array(repeating: nil, count: count)
  var ready: [Int: Duration] = [:]
  var ended: Set<Int> = []
  var now = Duration.zero
  while ended.count < count {
    for task in 0..<count where placements[task] == nil && ready[task] == nil {
      if workflow.parents[task].allSatisfy({ ended.contains(Int($0)) }) { ready[task] = now }
    }
    let taken = (0..<count).filter { !ended.contains($0) }.compactMap { placements[$0] }
    let idle = cluster.hosts.indices.flatMap { host in (0..<cluster.hosts[host].cores).map { (host, $0) } }
      .filter { place in !taken.contains { ($0.host, $0.core) == place } }
    let next = ready.keys.filter { placements[$0] == nil }.min {
      let left = rests.isEmpty ? ready[$0]! : .nanoseconds(-rests[$0])
      let right = rests.isEmpty ? ready[$1]! : .nanoseconds(-rests[$1])
      return (left, $0) < (right, $1)
    }
    if let next, !idle.isEmpty {
      // Where it ends first; of equals the fastest host, then the first.
      let ends = idle.map { host, core in
        var missing = 0.0
        for file in bytesPerSecond == nil ? [] : Array(workflow.inputs[next]) {
          for writer in workflow.writers[Int(file)] where placements[Int(writer)]!.host != host {
            missing += Double(workflow.fileSizes[Int(file)])
          }
        }
        let fetch = bytesPerSecond.map { Int64((missing * (1e9 / $0)).rounded(.up)) } ?? 0
        return length(next, cluster.hosts[host].speedInMHz) + fetch
      }
      let best =
        bytesPerSecond == nil
        ? idle.indices.max {
          let (left, right) = (cluster.hosts[idle[$0].0].speedInMHz ?? 1, cluster.hosts[idle[$1].0].speedInMHz ?? 1)
          return (left, $1) < (right, $0)
        }!
        : idle.indices.min {
          let (left, right) = (cluster.hosts[idle[$0].0].speedInMHz ?? 1, cluster.hosts[idle[$1].0].speedInMHz ?? 1)
          return (ends[$0], -left, $0) < (ends[$1], -right, $1)
        }!
      placements[next] = .init(
        host: idle[best].0, core: idle[best].1, start: now, end: now + .nanoseconds(ends[best]))
    } else {
      now = taken.map(\.end).min()!
      for task in 0..<count where placements[task].map({ $0.end <= now }) ?? false { ended.insert(task) }
    }
  }
  return placements.map { $0! }
}

@Suite struct ScheduleTests {
  /// a (2 s) → b (3 s), c (1 s) → d (1 s), and e (4 s) alone.
  private func diamond() throws -> RecordedWorkflow {
    try Document.workflow(
      Document.text([
        .init(id: "a", seconds: 2), .init(id: "b", seconds: 3, parents: ["a"]),
        .init(id: "c", seconds: 1, parents: ["a"]), .init(id: "d", seconds: 1, parents: ["b", "c"]),
        .init(id: "e", seconds: 4),
      ]))
  }

  @Test func knownExample() throws {
    let workflow = try diamond()
    let cluster = Cluster(coresPerHost: 2)
    let schedule = try Schedule.simulated(workflow, on: cluster)
    // Core 0: a 0–2, b 2–5, d 6–7; core 1: e 0–4, c 4–5.
    #expect(schedule[0] == .init(host: 0, core: 0, start: .seconds(0), end: .seconds(2)))
    #expect(schedule[1] == .init(host: 0, core: 0, start: .seconds(2), end: .seconds(5)))
    #expect(schedule[2] == .init(host: 0, core: 1, start: .seconds(4), end: .seconds(5)))
    #expect(schedule[3] == .init(host: 0, core: 0, start: .seconds(5), end: .seconds(6)))
    #expect(schedule[4] == .init(host: 0, core: 1, start: .seconds(0), end: .seconds(4)))
    let bounds = LowerBounds(workflow, on: cluster)
    #expect(bounds.criticalPath.map(workflow.label) == ["a", "b", "d"])
    #expect(bounds.criticalPathLength == .seconds(6) && bounds.sharedWork == .milliseconds(5500))
    #expect(schedule.makespan == .seconds(6) && schedule.efficiency(bounds) == 1)
    #expect(schedule.parallelism().map(\.time) == [.seconds(0), .seconds(5), .seconds(6)])
    #expect(schedule.parallelism().map(\.running) == [2, 1, 0])
    var parts: [Double] = Array(repeating: 0, count: 6)
    schedule.forEachPart(columns: 6) { parts[$1] += $2 }
    #expect(parts.map { ($0 * 1e9).rounded() / 1e9 } == [2, 2, 2, 2, 2, 1])
  }

  @Test func longestPathGoesFirst() throws {
    let workflow = try Document.workflow(
      Document.text([
        .init(id: "short1"), .init(id: "short2"), .init(id: "first"),
        .init(id: "second", seconds: 3, parents: ["first"]),
      ]))
    let cluster = Cluster(coresPerHost: 2)
    #expect(try Schedule.simulated(workflow, on: cluster).makespan == .seconds(5))
    #expect(try Schedule.simulated(workflow, on: cluster, policy: .longestPath).makespan == .seconds(4))
  }

  @Test func transfersTakeTimeBetweenHostsOnly() throws {
    let workflow = try Document.workflow(
      Document.text(
        [
          .init(id: "a", inputs: ["given"], outputs: ["f", "g"]), .init(id: "b", seconds: 5, inputs: ["f"]),
          .init(id: "c", seconds: 5, inputs: ["g"]),
        ], files: [("given", 1000), ("f", 10), ("g", 20)]))
    let cluster = Cluster(hostCount: 2, coresPerHost: 1)
    let schedule = try Schedule.simulated(workflow, on: cluster, bytesPerSecond: 10)
    #expect(schedule[1] == .init(host: 0, core: 0, start: .seconds(1), end: .seconds(6)))
    #expect(schedule[2] == .init(host: 1, core: 0, start: .seconds(1), end: .seconds(8)))
    #expect(try Schedule.simulated(workflow, on: cluster).makespan == .seconds(6))
    let error = #expect(throws: WfFormatError.self) {
      try Schedule.simulated(workflow, on: cluster, bytesPerSecond: 1e-12)
    }
    #expect(error?.code == .request)
  }

  @Test func machinesAsRecorded() throws {
    let workflow = try Document.workflow(
      Document.text(
        [.init(id: "a", seconds: 2, machines: ["slow"]), .init(id: "b", seconds: 2, machines: ["fast"])],
        machines: [("slow", 1, 1000), ("fast", 1, 2000)]))
    let cluster = try Cluster(machinesOf: workflow)
    let schedule = try Schedule.simulated(workflow, on: cluster)
    // What took 2 s at 1 GHz takes 1 s at 2 GHz, and the reverse.
    #expect(schedule[0] == .init(host: 1, core: 0, start: .zero, end: .seconds(1)))
    #expect(schedule[1] == .init(host: 0, core: 0, start: .zero, end: .seconds(4)))
    let bounds = LowerBounds(workflow, on: cluster)
    #expect(bounds.criticalPathLength == .seconds(2))
    #expect(bounds.sharedWork <= .seconds(2) && bounds.sharedWork > .milliseconds(1999))
    let error = #expect(throws: WfFormatError.self) {
      try Cluster(machinesOf: Document.workflow(Document.text([.init(id: "a")])))
    }
    #expect(error?.code == .request)
  }

  @Test func zeroRunTimes() throws {
    let workflow = try Document.workflow(
      Document.text([.init(id: "a", seconds: 0), .init(id: "b", seconds: 0, parents: ["a"])]))
    let cluster = Cluster(coresPerHost: 1)
    let schedule = try Schedule.simulated(workflow, on: cluster)
    let bounds = LowerBounds(workflow, on: cluster)
    #expect(schedule.makespan == .zero && schedule.efficiency(bounds) == 1 && bounds.criticalPath == [0, 1])
    #expect(schedule.parallelism().isEmpty)
    schedule.forEachPart(columns: 3) { _, _, _ in Issue.record("a part of nothing") }
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func sameAsPlainSimulation(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let machines = [("m0", 2, 1000), ("m1", 1, 2500), ("m2", 3, 2500)]
    let hasFiles = seed % 2 == 0
    let workflow = try randomWorkflow(
      &random, count: 1 + random.index(below: 40), files: hasFiles, machines: seed % 3 == 0 ? machines : [])
    let cluster =
      seed % 3 == 0
      ? try Cluster(machinesOf: workflow)
      : Cluster(hostCount: 1 + random.index(below: 4), coresPerHost: 1 + random.index(below: 4))
    let bandwidth = hasFiles && seed % 4 == 0 ? 4.0 : nil
    for policy in Schedule.Policy.allCases {
      let schedule = try Schedule.simulated(workflow, on: cluster, policy: policy, bytesPerSecond: bandwidth)
      let plain = plainSimulation(workflow, on: cluster, policy: policy, bytesPerSecond: bandwidth)
      #expect((0..<workflow.taskCount).map { schedule[$0] } == plain, "seed \(seed), \(policy)")
      #expect(complaints(schedule, workflow) == [])
      let bounds = LowerBounds(workflow, on: cluster)
      #expect(schedule.makespan >= bounds.length)
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func boundsHold(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let workflow = try randomWorkflow(&random, count: 200)
    for policy in Schedule.Policy.allCases {
      for cores in [1, 2, 5, 17, 200] {
        let cluster = Cluster(coresPerHost: cores)
        let bounds = LowerBounds(workflow, on: cluster)
        let schedule = try Schedule.simulated(workflow, on: cluster, policy: policy)
        #expect(complaints(schedule, workflow) == [])
        #expect(schedule.makespan >= bounds.length)
        // Graham 1969: total ÷ m + (1 − 1/m) × critical path; so at most twice the lower bound.
        let limit = workflow.totalRunTime + bounds.criticalPathLength * (cores - 1)
        #expect(schedule.makespan * cores <= limit)
        #expect(schedule.efficiency(bounds) >= 0.5)
        if cores == 1 { #expect(schedule.makespan == workflow.totalRunTime) }
        if cores == 200 { #expect(schedule.makespan == bounds.criticalPathLength) }
        let path = bounds.criticalPath
        let sum = path.reduce(.zero) { $0 + workflow.runTime(ofTask: $1) }
        #expect(sum == bounds.criticalPathLength)
        #expect(zip(path, path.dropFirst()).allSatisfy { workflow.children[$0].contains(UInt32($1)) })
      }
    }
  }

  @Test func aHundredThousandTasks() throws {
    var random = SplitMix64(seed: 7)
    let workflow = try randomWorkflow(&random, count: 100_000, files: true)
    let cluster = Cluster(hostCount: 10, coresPerHost: 13)
    for policy in Schedule.Policy.allCases {
      let schedule = try Schedule.simulated(workflow, on: cluster, policy: policy, bytesPerSecond: 100)
      #expect(complaints(schedule, workflow) == [])
      #expect(try schedule == Schedule.simulated(workflow, on: cluster, policy: policy, bytesPerSecond: 100))
      let ideal = try Schedule.simulated(workflow, on: cluster, policy: policy)
      let bounds = LowerBounds(workflow, on: cluster)
      #expect(ideal.makespan >= bounds.length && ideal.efficiency(bounds) >= 0.5)
    }
  }

  @Test(arguments: [1, 63, 64, 65, 4096, 4097, 300_000])
  func idleCoresAgainstASet(count: Int) {
    var random = SplitMix64(seed: UInt64(count))
    var cores = IdleCores(count: count)
    var taken: Set<Int> = []
    func first(_ range: Range<Int>) -> Int? { range.first { !taken.contains($0) } }
    for _ in 0..<2000 {
      let start = random.index(below: count)
      let range = start..<min(count, start + 1 + random.index(below: count))
      #expect(cores.first(in: range) == first(range))
      if let core = cores.first(in: range), random.index(below: 3) > 0 {
        cores.remove(core)
        taken.insert(core)
      } else if let core = taken.randomElement(using: &random) {
        cores.insert(core)
        taken.remove(core)
      }
    }
  }
}
