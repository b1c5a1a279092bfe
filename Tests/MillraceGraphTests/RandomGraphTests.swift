import Millrace
import Synchronization
import Testing

/// A random graph beside a plain list of its edges.
struct RandomGraph {
  let count: Int
  let edges: [(source: UInt32, target: UInt32)]

  /// Edges go from lower to higher indices, in random order.
  init(seed: UInt64, mostNodes: Int = 400) {
    var random = Seeded(seed)
    count = 1 + Int(random.next() % UInt64(mostNodes))
    let density = random.next() % 4
    var edges: [(source: UInt32, target: UInt32)] = []
    if count > 1 {
      for _ in 0..<Int(density) * count {
        let a = UInt32(random.next() % UInt64(count))
        let b = UInt32(random.next() % UInt64(count))
        if a != b { edges.append((min(a, b), max(a, b))) }
      }
    }
    self.edges = edges
  }

  struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state &* 0x2545_f491_4f6c_dd1d
    }
  }
}

/// When each node ran: stamps from one counter.
final class Stamps: Sendable {
  private let clock = Atomic<Int>(0)
  private let stamps: [Atomic2]
  final class Atomic2: Sendable {
    let begin = Atomic<Int>(0)
    let end = Atomic<Int>(0)
    let times = Atomic<Int>(0)
  }
  init(_ count: Int) { stamps = (0..<count).map { _ in Atomic2() } }
  func run(_ index: Int) {
    stamps[index].begin.store(clock.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
    stamps[index].times.wrappingAdd(1, ordering: .relaxed)
    stamps[index].end.store(clock.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
  }
  func begin(_ index: Int) -> Int { stamps[index].begin.load(ordering: .relaxed) }
  func end(_ index: Int) -> Int { stamps[index].end.load(ordering: .relaxed) }
  func times(_ index: Int) -> Int { stamps[index].times.load(ordering: .relaxed) }
}

@Suite struct RandomGraphTests {
  @Test(arguments: 0..<40 as Range<UInt64>, [1, 2, 4])
  func everyNodeRunsOnceAfterItsPredecessors(seed: UInt64, workers: Int) throws {
    let random = RandomGraph(seed: seed)
    let stamps = Stamps(random.count)
    var graph = TaskGraph()
    graph.addNodes(count: random.count) { stamps.run($0) }
    graph.addEdges(random.edges.span)
    let plan = try graph.finalize()
    let executor = WorkStealingExecutor(.init(workerCount: workers))
    defer { executor.shutdownBlocking() }
    for round in 1...3 {
      let results = try plan.run(on: executor)
      #expect((0..<random.count).allSatisfy { stamps.times($0) == round }, "seed \(seed)")
      #expect(random.edges.allSatisfy { stamps.end(Int($0.source)) < stamps.begin(Int($0.target)) }, "seed \(seed)")
      #expect(results.report.count(.ran) == random.count)
    }
  }
}
