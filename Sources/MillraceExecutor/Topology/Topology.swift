/// The processors that a process may use, grouped by the memory they are close to.
///
/// An executor whose workers are pinned gives worker `i` the processor ``cpu(forWorker:)`` and lets it steal from near workers before far ones,
/// see ``victimOrder(for:workerCount:isPinned:)``. ``current`` describes this machine; build one by hand to try another order or to test.
///
/// ```swift
/// // Two sockets, two processors each.
/// let topology = Topology(nodes: [[0, 1], [2, 3]], distances: [[10, 21], [21, 10]])
/// print(topology.victimOrder(for: 0, workerCount: 4))  // [[1], [2, 3]]
/// ```
public struct Topology: Sendable, Hashable {
  /// The processors of each NUMA node, by the numbers that the system gives them.
  public let nodes: [[Int]]

  /// `distances[a][b]`: how far node `b`'s memory is for node `a`'s processors, in the firmware's unit (10: its own). Square, one row per node.
  public let distances: [[Int]]

  /// All processors, in ascending order.
  public let cpus: [Int]

  /// Position in `nodes` of the node of the processor at the same position of `cpus`.
  private let nodeOfCPU: [Int]

  /// - Parameters:
  ///   - nodes: the processors of each node. A node may have none (memory only).
  ///   - distances: one row per node; by default a node is at 10 from itself and at 20 from any other.
  /// - Precondition: there is a processor, none is named twice or negative, and `distances` is square with one row per node.
  public init(nodes: [[Int]], distances: [[Int]]? = nil) {
    let distances =
      distances ?? nodes.indices.map { from in nodes.indices.map { to in from == to ? Self.near : Self.far } }
    precondition(
      distances.count == nodes.count && distances.allSatisfy { $0.count == nodes.count },
      "Topology: expected \(nodes.count) rows of \(nodes.count) distances, found rows of \(distances.map(\.count))")
    let placed = nodes.enumerated().flatMap { node, cpus in cpus.map { (cpu: $0, node: node) } }.sorted {
      $0.cpu < $1.cpu
    }
    precondition(!placed.isEmpty, "Topology: expected at least one processor, found none in \(nodes.count) nodes")
    precondition(placed[0].cpu >= 0, "Topology: expected processor numbers from 0, found \(placed[0].cpu)")
    for (one, next) in zip(placed, placed.dropFirst()) {
      precondition(one.cpu != next.cpu, "Topology: expected each processor once, found \(one.cpu) twice")
    }
    self.nodes = nodes
    self.distances = distances
    cpus = placed.map(\.cpu)
    nodeOfCPU = placed.map(\.node)
  }

  /// What firmware reports for a node's own memory, and for another's when it says nothing else.
  static let near = 10
  static let far = 20

  /// The processor for a worker: the `index`-th, beginning again when there are more workers than processors.
  public func cpu(forWorker index: Int) -> Int { cpus[index % cpus.count] }

  /// Whom a worker steals from: tiers of worker indices, the nearest tier first; all other workers are in exactly one.
  ///
  /// Within a tier the order begins after the worker itself and wraps round, so that workers that look at the same moment begin at different victims.
  ///
  /// - Parameters:
  ///   - index: the worker that steals, `0 ..< workerCount`.
  ///   - workerCount: how many workers there are.
  ///   - isPinned: whether worker `i` stays on `cpu(forWorker: i)`. Where workers move about, no one is known to be near: there is one tier.
  /// - Returns: as many tiers as there are different distances to nodes with workers; none for a worker that is alone.
  /// - Complexity: O(workerCount · log(tiers)).
  public func victimOrder(for index: Int, workerCount: Int, isPinned: Bool = true) -> [[Int]] {
    precondition(
      index >= 0 && index < workerCount, "Topology: expected a worker of 0 ..< \(workerCount), found \(index)")
    let others = (1..<max(workerCount, 1)).map { (index + $0) % workerCount }
    guard isPinned else { return others.isEmpty ? [] : [others] }
    let row = distances[node(ofWorker: index)]
    // On equal distance the own node comes first, whatever the firmware says.
    let tiers = Dictionary(grouping: others) { other in
      let node = node(ofWorker: other)
      return node == self.node(ofWorker: index) ? Int.min : row[node]
    }
    return tiers.sorted { $0.key < $1.key }.map(\.value)
  }

  private func node(ofWorker index: Int) -> Int { nodeOfCPU[index % cpus.count] }
}
