import MillracePrimitives

/// Names of those nodes that have one, in the order of adding.
struct NodeNames: ~Copyable {
  private var nodes = GrowingArray<UInt32>()
  /// Where each name ends in `text`.
  private var ends = GrowingArray<Int>()
  private var text = GrowingArray<UInt8>()

  var isEmpty: Bool { nodes.isEmpty }

  mutating func set(_ name: String, of node: UInt32) {
    var name = name
    name.withUTF8 { unsafe text.append($0) }
    nodes.append(node)
    ends.append(text.count)
  }

  /// How many nodes have one.
  var count: Int { nodes.count }

  /// - Complexity: O(log *names*)
  subscript(node: UInt32) -> String? { place(of: node).map { text(at: $0) } }

  /// Where the name of `node` is among the others, if it has one.
  func place(of node: UInt32) -> Int? {
    var (low, high) = (0, nodes.count)
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle] < node { low = middle + 1 } else { high = middle }
    }
    return low < nodes.count && nodes[low] == node ? low : nil
  }

  func text(at place: Int) -> String {
    let start = place == 0 ? 0 : ends[place - 1]
    return unsafe String(
      decoding: UnsafeBufferPointer(start: text.base + start, count: ends[place] - start), as: UTF8.self)
  }
}
