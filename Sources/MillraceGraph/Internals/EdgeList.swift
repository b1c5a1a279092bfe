import MillracePrimitives

/// The edges of a graph under construction, in the order of adding.
struct EdgeList: ~Copyable {
  private(set) var sources = GrowingArray<UInt32>()
  private(set) var targets = GrowingArray<UInt32>()
  /// Sources never fall: targets are in order of their sources already.
  private(set) var isSorted = true
  /// Every edge goes to a node that was added later: there is no cycle.
  private(set) var isAscending = true
  private var last: UInt32 = 0

  var count: Int { sources.count }

  /// Successor lists count edges in 32 bits.
  @inline(__always)
  private func checkRoom(for added: Int) {
    precondition(
      added < Int(UInt32.max) - count, "a graph has fewer than 4,294,967,295 edges; found \(added) more than \(count)")
  }

  /// Makes room for `added` more.
  mutating func reserve(adding added: Int) {
    checkRoom(for: added)
    sources.reserve(count + added)
    targets.reserve(count + added)
  }

  @inline(__always)
  mutating func append(from source: UInt32, to target: UInt32) {
    checkRoom(for: 1)
    if source < last { isSorted = false }
    if target <= source { isAscending = false }
    last = source
    sources.append(source)
    targets.append(target)
  }

  /// Makes successor lists of the edges, in place. For each node its number of predecessors is counted in `inDegrees`.
  consuming func makeSuccessors(nodeCount: Int, inDegrees: inout GrowingArray<UInt32>) -> SuccessorLists {
    var offsets = GrowingArray<UInt32>()
    offsets.append(repeating: 0, count: nodeCount + 1)
    for edge in 0..<count {
      unsafe offsets.base[Int(sources.base[edge]) + 1] += 1
      unsafe inDegrees.base[Int(targets.base[edge])] += 1
    }
    for node in 0..<nodeCount { unsafe offsets.base[node + 1] += offsets.base[node] }
    if !isSorted { sort(offsets) }
    targets.trim()
    return SuccessorLists(offsets: offsets, targets: targets)
  }

  /// Brings every target into its source's list: what is in a place that belongs to another list changes places with what is next there.
  private mutating func sort(_ offsets: borrowing GrowingArray<UInt32>) {
    var next = GrowingArray<UInt32>()
    unsafe next.append(UnsafeBufferPointer(start: offsets.base, count: offsets.count - 1))
    for node in 0..<offsets.count - 1 {
      let end = unsafe offsets.base[node + 1]
      while unsafe next.base[node] < end {
        let place = unsafe Int(next.base[node])
        let owner = unsafe Int(sources.base[place])
        let home = unsafe Int(next.base[owner])
        unsafe next.base[owner] += 1
        if owner != node {
          unsafe swap(&sources.base[place], &sources.base[home])
          unsafe swap(&targets.base[place], &targets.base[home])
        }
      }
    }
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
