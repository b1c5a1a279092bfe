import MillracePrimitives

/// The edges of a graph under construction.
///
/// They mostly come in order: node by node, those to its successors together, or, of nodes that are added after what they depend on, those from its predecessors. Then only the other ends are
/// listed, 4 bytes an edge, beside where each node's begin; those of successors are then what the plan needs. Edges that come in neither order take 8 bytes.
struct EdgeList: ~Copyable {
  private enum Order { case bySource, byTarget, none }

  private var order = Order.bySource
  /// One end of each edge: its target in the order of sources, else its source.
  private var ends = GrowingArray<UInt32>()
  /// For each node, up to the last that has one, where its edges begin in `ends`. Empty when there is no order.
  private var starts = GrowingArray<UInt32>()
  /// When there is no order: the targets.
  private var targets = GrowingArray<UInt32>()
  /// Every edge goes to a node that was added later: there is no cycle.
  private(set) var isAscending = true

  var count: Int { ends.count }

  /// Successor lists count edges in 32 bits.
  private func checkRoom(for added: Int) {
    precondition(
      added <= Int(UInt32.max) - count, "a graph has at most 4,294,967,295 edges; found \(added) more than \(count)")
  }

  /// Makes room for `added` more.
  mutating func reserve(adding added: Int) {
    checkRoom(for: added)
    ends.reserve(count + added)
  }

  @inline(__always)
  mutating func append(from source: UInt32, to target: UInt32) {
    if target <= source { isAscending = false }
    let (node, end) = order == .bySource ? (source, target) : (target, source)
    if Int(node) + 1 != starts.count { return appendElsewhere(from: source, to: target) }
    ends.append(end)
  }

  /// The edge is not one more of the last node's.
  @inline(never)
  private mutating func appendElsewhere(from source: UInt32, to target: UInt32) {
    if order == .none {
      ends.append(source)
      return targets.append(target)
    }
    let (node, end) = order == .bySource ? (source, target) : (target, source)
    if Int(node) < starts.count {
      leaveOrder()
      return append(from: source, to: target)
    }
    close(upTo: Int(node) + 1)
    ends.append(end)
  }

  /// Nodes below `count` get no more edges, but for the last of them.
  private mutating func close(upTo count: Int) {
    checkRoom(for: 0)
    while starts.count < count { starts.append(UInt32(truncatingIfNeeded: ends.count)) }
  }

  /// An edge that is about to come is not in order.
  private mutating func leaveOrder() {
    var nodes = GrowingArray<UInt32>()
    var others = GrowingArray<UInt32>()
    nodes.reserve(count)
    for node in 0..<starts.count {
      let end = node + 1 < starts.count ? Int(starts[node + 1]) : ends.count
      nodes.append(repeating: UInt32(node), count: end - nodes.count)
    }
    swap(&ends, &others)
    starts = GrowingArray()
    if order == .byTarget {
      order = .none
      ends = others
      targets = nodes
      return
    }
    // Most likely the other order has been kept so far: it is the one that edges of nodes with many predecessors come in.
    order = .byTarget
    for edge in 0..<nodes.count { append(from: nodes[edge], to: others[edge]) }
  }

  /// Makes successor lists of the edges, which takes little memory beside them.
  consuming func makeSuccessors(nodeCount: Int) -> SuccessorLists {
    checkRoom(for: 0)
    if order != .none { close(upTo: nodeCount + 1) }
    if order == .bySource {
      ends.trim()
      return SuccessorLists(offsets: starts, targets: ends)
    }
    return sort(nodeCount: nodeCount)
  }

  /// Puts the targets in the order of their sources, some of the sources at a time: what has been put into its place leaves the list, whose memory is given back as that of the result grows,
  /// and that place is in the cache.
  private mutating func sort(nodeCount: Int) -> SuccessorLists {
    // While targets come: behind a node's, where its next one goes; so in the end where the next node's begin.
    var offsets = GrowingArray<UInt32>()
    offsets.append(repeating: 0, count: nodeCount + 1)
    for edge in 0..<count { unsafe offsets.base[Int(ends.base[edge]) + 1] += 1 }
    var before: UInt32 = 0
    for node in 1..<nodeCount + 1 { unsafe (offsets.base[node], before) = (before, before + offsets.base[node]) }

    let edges = count
    var sorted = GrowingArray<UInt32>()
    sorted.appendUntouched(count: edges)
    let pieces = min(max(1, edges >> 18), 16)
    var last = 0
    for piece in 1...pieces {
      let end = piece == pieces ? edges + 1 : edges / pieces * piece
      while last < nodeCount, unsafe Int(offsets.base[last + 1]) < end { last += 1 }
      let left =
        if order == .byTarget {
          unsafe moveRows(below: UInt32(last), nodeCount, offsets.base + 1, sorted.base)
        } else {
          unsafe movePairs(below: UInt32(last), offsets.base + 1, sorted.base)
        }
      ends.truncate(to: left)
      if order == .none { targets.truncate(to: left) }
    }
    return SuccessorLists(offsets: offsets, targets: sorted)
  }

  /// Takes the edges of sources below `limit` out of the lists of all targets. Returns how many are left.
  private mutating func moveRows(
    below limit: UInt32, _ nodeCount: Int, _ places: UnsafeMutablePointer<UInt32>,
    _ sorted: UnsafeMutablePointer<UInt32>
  ) -> Int {
    var (read, kept) = (0, 0)
    for target in 0..<nodeCount {
      let end = unsafe Int(starts.base[target + 1])
      unsafe starts.base[target] = UInt32(truncatingIfNeeded: kept)
      while read < end {
        let source = unsafe ends.base[read]
        read &+= 1
        if source < limit {
          unsafe sorted[Int(places[Int(source)])] = UInt32(truncatingIfNeeded: target)
          unsafe places[Int(source)] &+= 1
        } else {
          unsafe ends.base[kept] = source
          kept &+= 1
        }
      }
    }
    unsafe starts.base[nodeCount] = UInt32(truncatingIfNeeded: kept)
    return kept
  }

  /// The same of edges in no order.
  private mutating func movePairs(
    below limit: UInt32, _ places: UnsafeMutablePointer<UInt32>, _ sorted: UnsafeMutablePointer<UInt32>
  ) -> Int {
    var kept = 0
    for edge in 0..<count {
      let (source, target) = unsafe (ends.base[edge], targets.base[edge])
      if source < limit {
        unsafe sorted[Int(places[Int(source)])] = target
        unsafe places[Int(source)] &+= 1
      } else {
        unsafe (ends.base[kept], targets.base[kept]) = (source, target)
        kept &+= 1
      }
    }
    return kept
  }
}

/// For each node its successors: those of node `i` are `targets[offsets[i]..<offsets[i + 1]]` (compressed sparse rows).
@safe
struct SuccessorLists: ~Copyable {
  let offsets: GrowingArray<UInt32>
  let targets: GrowingArray<UInt32>

  init(offsets: consuming GrowingArray<UInt32>, targets: consuming GrowingArray<UInt32>) {
    self.offsets = offsets
    self.targets = targets
  }

  @inline(__always)
  func of(_ node: UInt32) -> Successors {
    let start = unsafe Int(offsets.base[Int(node)])
    return unsafe Successors(base: targets.base + start, count: Int(offsets.base[Int(node) + 1]) - start)
  }

  /// For each node how many have it as a successor.
  func countPredecessors() -> GrowingArray<UInt32> {
    var counts = GrowingArray<UInt32>()
    counts.append(repeating: 0, count: offsets.count - 1)
    for edge in 0..<targets.count { unsafe counts.base[Int(targets.base[edge])] += 1 }
    return counts
  }
}

/// The successors of one node. Good as long as their plan.
@safe
struct Successors: RandomAccessCollection {
  let base: UnsafeMutablePointer<UInt32>
  let count: Int

  var startIndex: Int { 0 }
  var endIndex: Int { count }
  @inline(__always)
  subscript(position: Int) -> UInt32 { unsafe base[position] }
}
