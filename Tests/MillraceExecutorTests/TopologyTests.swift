import Testing

@testable import MillraceExecutor

@Suite struct TopologyTests {
  /// Two sockets of two nodes, four cores of two threads each.
  static let four = Topology(root: fixture("Nodes/four"), allowed: nil)

  @Test(arguments: [
    ("0-3,8,10-11", [0, 1, 2, 3, 8, 10, 11]), ("5\n", [5]), ("", []), ("\n", []), ("7-7", [7]),
  ])
  func cpuListIsRead(text: String, expected: [Int]) {
    #expect(parseCPUList(text) == expected)
  }

  @Test(arguments: [
    "3-1", "a", "1,", ",1", "1--2", "-1", "1-2-3", "0x1", "1 2", "0-99999999", "+1", "99999999999999999999",
  ])
  func malformedCPUListIsRefused(text: String) {
    #expect(parseCPUList(text) == nil)
  }

  @Test func nodesAndDistancesAreRead() {
    #expect(Self.four.nodes == [0, 4, 8, 12].map { Array($0..<($0 + 4)) + Array(($0 + 16)..<($0 + 20)) })
    #expect(Self.four.distances == [[10, 12, 21, 21], [12, 10, 21, 21], [21, 21, 10, 12], [21, 21, 12, 10]])
    #expect(Self.four.cpus == Array(0..<32))
  }

  @Test func nodesWithoutUsableProcessorsAreLeftOut() {
    let topology = Topology(root: fixture("Nodes/four"), allowed: [5, 6, 13])
    #expect(topology == Topology(nodes: [[5, 6], [13]], distances: [[10, 21], [21, 10]]))
    let memoryOnly = Topology(root: fixture("Nodes/memory-only"), allowed: nil)
    #expect(memoryOnly == Topology(nodes: [[0, 1], [2, 3]], distances: [[10, 28], [28, 10]]))
  }

  @Test func processorsOfNoNodeJoinTheFirst() {
    #expect(Topology(root: fixture("Nodes/four"), allowed: [1, 4, 40]).nodes == [[1, 40], [4]])
  }

  @Test func malformedDistancesFallBack() {
    #expect(Topology(root: fixture("Nodes/malformed"), allowed: nil) == Topology(nodes: [[0, 1]]))
    #expect(
      Topology(root: fixture("Nodes/no-distances"), allowed: nil)
        == Topology(nodes: [[0], [1]], distances: [[10, 20], [20, 10]]))
  }

  @Test func systemWithoutNodesIsOneNode() {
    #expect(Topology(root: fixture("Nodes/none"), allowed: [2, 0, 1]).nodes == [[0, 1, 2]])
  }

  @Test func workersTakeProcessorsInTurn() {
    let topology = Topology(nodes: [[4, 6], [5]])
    #expect((0..<5).map(topology.cpu(forWorker:)) == [4, 5, 6, 4, 5])
  }

  @Test func nearestVictimsComeFirst() {
    let order = Self.four.victimOrder(for: 5, workerCount: 16)
    #expect(order == [[6, 7, 4], [0, 1, 2, 3], [8, 9, 10, 11, 12, 13, 14, 15]])
    let last = Self.four.victimOrder(for: 15, workerCount: 16)
    #expect(last == [[12, 13, 14], [8, 9, 10, 11], [0, 1, 2, 3, 4, 5, 6, 7]])
  }

  @Test func moreWorkersThanProcessorsWrapAround() {
    let topology = Topology(nodes: [[0], [1]])
    #expect(topology.victimOrder(for: 2, workerCount: 5) == [[4, 0], [3, 1]])
  }

  @Test func ownNodeComesFirstWhateverTheDistancesSay() {
    let topology = Topology(nodes: [[0, 1], [2, 3]], distances: [[10, 10], [5, 10]])
    #expect(topology.victimOrder(for: 0, workerCount: 4) == [[1], [2, 3]])
    #expect(topology.victimOrder(for: 3, workerCount: 4) == [[2], [0, 1]])
  }

  @Test(arguments: [1, 2, 3, 7, 16, 32, 40])
  func everyOtherWorkerIsInExactlyOneTier(workerCount: Int) {
    for isPinned in [true, false] {
      for index in 0..<workerCount {
        let order = Self.four.victimOrder(for: index, workerCount: workerCount, isPinned: isPinned)
        #expect(order.joined().sorted() == (0..<workerCount).filter { $0 != index })
        #expect(order.allSatisfy { !$0.isEmpty })
      }
    }
  }

  @Test func movingWorkersHaveOneTier() {
    #expect(Self.four.victimOrder(for: 2, workerCount: 4, isPinned: false) == [[3, 0, 1]])
    #expect(Self.four.victimOrder(for: 0, workerCount: 1, isPinned: false) == [])
  }

  @Test func impossibleMachinesTrap() async {
    await #expect(processExitsWith: .failure) { _ = Topology(nodes: [[0, 1], [1]]) }
    await #expect(processExitsWith: .failure) { _ = Topology(nodes: [[], []]) }
    await #expect(processExitsWith: .failure) { _ = Topology(nodes: [[-1]]) }
    await #expect(processExitsWith: .failure) { _ = Topology(nodes: [[0], [1]], distances: [[10, 20]]) }
    await #expect(processExitsWith: .failure) { _ = Topology(nodes: [[0]]).victimOrder(for: 1, workerCount: 1) }
  }

  @Test func thisMachineHasTheProcessorsThatThisThreadMayUse() {
    if let allowed = allowedCPUs() { #expect(Topology.current.cpus == allowed.sorted()) }
    #expect(Topology.current.nodes.count == Topology.current.distances.count)
  }
}
