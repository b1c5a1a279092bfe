import Foundation
import Millrace
import MillraceSQLite
import MillraceWorkflow

/// Files of one process, which go with it.
enum WorkflowFolder {
  static let path: String = {
    let path = NSTemporaryDirectory() + "/workflows-\(getpid())"
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }()

  static func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Of the disk, without which no figure of `powerLoss` means anything: how long synced writes of 4 KiB take, sorted.
  static func syncTimes() -> [Int] {
    let file = path + "/sync"
    let descriptor = open(file, O_RDWR | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { fail("no file can be made in \(path)") }
    defer {
      close(descriptor)
      unlink(file)
    }
    let page = [UInt8](repeating: 1, count: 4096)
    return (0..<100).map { place in
      let start = nanoseconds(CLOCK_MONOTONIC)
      _ = page.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(place * 4096)) }
      fdatasync(descriptor)
      return nanoseconds(CLOCK_MONOTONIC) - start
    }.sorted()
  }
}

/// A run that does nothing, ten times.
enum Stop: String, CaseIterable, Sendable {
  case s0, s1, s2, s3, s4, s5, s6, s7, s8, s9
  case end

  static let stepCount = allCases.count - 1
}

struct Traveller: Codable, Sendable {
  /// Where in ``Stamps`` its own are.
  var place: Int
}

/// When each step of each run was at work.
// SAFETY: a place has one run at a time, whose steps come one after the other; it is read when the run has ended.
final class Stamps: @unchecked Sendable {
  private let times: UnsafeMutablePointer<Int>

  init(places: Int) {
    times = .allocate(capacity: places * Stop.stepCount)
    times.initialize(repeating: 0, count: places * Stop.stepCount)
  }

  deinit { times.deallocate() }

  func note(_ place: Int, _ step: Int) { times[place * Stop.stepCount + step] = nanoseconds(CLOCK_MONOTONIC) }

  /// From one step to the next, of the last `steps`.
  func gaps(_ place: Int, steps: Int) -> [Int] {
    let own = times + place * Stop.stepCount
    return (Stop.stepCount - steps + 1..<Stop.stepCount).map { own[$0] - own[$0 - 1] }
  }
}

/// An engine, its store, and a workflow of steps that do nothing but say when.
struct WorkflowBed {
  let engine: WorkflowEngine
  let store: any RunStore
  let stamps: Stamps
  let isGraph: Bool

  static let name = "stops"

  init(
    _ options: Options, _ durability: Durability, store: any RunStore, places: Int, watching: Watching = .nothing
  ) {
    var configuration = WorkflowEngine.Configuration()
    watching.set(&configuration)
    configuration.executor = options.makeExecutor()
    let stamps = Stamps(places: places)
    isGraph = options.contender == "millrace-graph"
    var functions: [String: SwiftFunctions.Function] = [:]
    for step in 0..<Stop.stepCount {
      functions["s\(step)"] = { input, _ in
        guard case .int(let place)? = input["place"] else { fail("a task is given \(input)") }
        stamps.note(Int(place), step)
        return [:]
      }
    }
    configuration.handlers = [SwiftFunctions(functions)]
    self.store = store
    self.stamps = stamps
    engine = WorkflowEngine(store: store, configuration: configuration)
    do {
      if isGraph {
        try engine.register(Self.graph(durability))
      } else {
        try engine.register(Self.machine(durability, stamps))
      }
    } catch {
      fail("\(error)")
    }
  }

  private static func machine(_ durability: Durability, _ stamps: Stamps) -> StateMachine<Traveller, Stop> {
    var machine = StateMachine<Traveller, Stop>(name, initial: .s0)
    machine.durability = durability
    for (step, stop) in Stop.allCases.dropLast().enumerated() {
      let next = Stop.allCases[step + 1]
      machine.addStep(at: stop, to: next) { traveller, _ in
        stamps.note(traveller.place, step)
        return next
      }
    }
    return machine
  }

  private static func graph(_ durability: Durability) -> WorkflowDefinition {
    var graph = WorkflowDefinition(name: name)
    graph.durability = durability
    let place = graph.addParameter("place", .integer)
    var last: [ValueReference] = []
    for step in 0..<Stop.stepCount {
      last = [
        graph.addTask(
          "s\(step)", kind: "swift", needs: last,
          input: ["function": .string("s\(step)"), "place": .string("\(place)")])
      ]
    }
    return graph
  }

  /// A run of the last `steps`, from its start to its end.
  func run(place: Int, steps: Int) async {
    var request = StartRequest(workflow: Self.name, input: ["place": .int(Int64(place))])
    if steps < Stop.stepCount { request.startingAt = "s\(Stop.stepCount - steps)" }
    do {
      let run = try await engine.start(request).run
      let record = try await engine.wait(for: run)
      guard record.state == .completed else { fail("a run has \(record.state): \(record.reason)") }
    } catch {
      fail("\(error)")
    }
  }

  func end() async {
    await engine.shutdown()
    do { try await store.close() } catch { fail("\(error)") }
  }
}
