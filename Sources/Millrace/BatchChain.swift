import MillraceBatch
import MillraceGraph

/// Elementwise work on the arrays that nodes of a task graph compute, not yet part of the graph.
///
/// ```swift
/// let samples = graph.addNode("read") { (0..<1_000_000).map { Float($0) } }
/// let warm = samples.batch { x in x * 1.5 + 2.5 }
/// let bounded = warm.then { x in x.sigmoid() }
/// let curve = graph.addBatch("curve", bounded)
/// let total = graph.addBatch("total", bounded.then { x in x.sum() })
/// ```
///
/// However long a chain is, what is added to the graph is one node, which makes one pass over memory: what lies between its links stays in registers. Where several nodes need the same link, and computing it again
/// costs more than reading it, add the link as a node and go on from that.
///
/// A node's pass is shared by the workers that have nothing else to do.
public struct BatchChain<Element: Batch.Real>: Sendable {
  typealias Body = @Sendable ([Batch.Value<Element>]) -> Batch.Value<Element>

  let inputs: [TaskGraph.Node<[Element]>]
  let body: Body

  /// The next link.
  public func then(_ link: @escaping @Sendable (Batch.Value<Element>) -> Batch.Value<Element>) -> BatchChain {
    let body = body
    return BatchChain(inputs: inputs) { link(body($0)) }
  }

  /// The last link, which makes one number of all elements.
  public func then(_ link: @escaping @Sendable (Batch.Value<Element>) -> Batch.Total<Element>) -> BatchTotal<Element> {
    let body = body
    return BatchTotal(inputs: inputs) { link(body($0)) }
  }

  /// A link that two chains lead to.
  ///
  /// - Precondition: both together begin at no more than three nodes.
  public func with(
    _ other: BatchChain,
    _ link: @escaping @Sendable (Batch.Value<Element>, Batch.Value<Element>) -> Batch.Value<Element>
  ) -> BatchChain {
    var all = inputs
    for input in other.inputs where !all.contains(input) { all.append(input) }
    precondition(all.count <= 3, "BatchChain.with: a chain begins at no more than 3 nodes; found \(all.count)")
    let places = other.inputs.map { all.firstIndex(of: $0)! }
    let (first, second, count) = (body, other.body, inputs.count)
    return BatchChain(inputs: all) { values in
      link(first(Array(values.prefix(count))), second(places.map { values[$0] }))
    }
  }
}

/// A ``BatchChain`` that ends in one number.
public struct BatchTotal<Element: Batch.Real>: Sendable {
  let inputs: [TaskGraph.Node<[Element]>]
  let body: @Sendable ([Batch.Value<Element>]) -> Batch.Total<Element>
}

extension TaskGraph.Node {
  /// Elementwise work on the array that this node computes; see ``BatchChain``.
  public func batch<Element: Batch.Real>(
    _ link: @escaping @Sendable (Batch.Value<Element>) -> Batch.Value<Element>
  ) -> BatchChain<Element> where Output == [Element] {
    BatchChain(inputs: [self]) { link($0[0]) }
  }
}

extension TaskGraph {
  /// Adds a node that computes all of `chain` in one pass, into an array.
  ///
  /// The arrays that it begins with are as long as each other; otherwise the node traps.
  @discardableResult
  public mutating func addBatch<Element: Batch.Real>(
    _ name: String? = nil, _ chain: BatchChain<Element>
  ) -> Node<[Element]> {
    let body = chain.body
    switch chain.inputs.count {
    case 1:
      let program = Batch.program(of: Element.self) { x in body([x]) }
      return addNode(name, fromAll: chain.inputs) { arrays in
        unsafe try array(arrays[0].count) { place in unsafe try program.run(arrays[0], into: &place, on: .workers) }
      }
    case 2:
      let program = Batch.program(of: Element.self) { x, y in body([x, y]) }
      return addNode(name, fromAll: chain.inputs) { arrays in
        unsafe try array(arrays[0].count) { place in
          unsafe try program.run(arrays[0], arrays[1], into: &place, on: .workers)
        }
      }
    default:
      let program = Batch.program(of: Element.self) { x, y, z in body([x, y, z]) }
      return addNode(name, fromAll: chain.inputs) { arrays in
        unsafe try array(arrays[0].count) { place in
          unsafe try program.run(arrays[0], arrays[1], arrays[2], into: &place, on: .workers)
        }
      }
    }
  }

  /// Adds a node that computes all of `chain` in one pass, to its number.
  @discardableResult
  public mutating func addBatch<Element: Batch.Real>(
    _ name: String? = nil, _ chain: BatchTotal<Element>
  ) -> Node<Element> {
    let body = chain.body
    switch chain.inputs.count {
    case 1:
      let program = Batch.program(of: Element.self) { x in body([x]) }
      return addNode(name, fromAll: chain.inputs) { arrays in try program.run(arrays[0], on: .workers) }
    case 2:
      let program = Batch.program(of: Element.self) { x, y in body([x, y]) }
      return addNode(name, fromAll: chain.inputs) { arrays in try program.run(arrays[0], arrays[1], on: .workers) }
    default:
      let program = Batch.program(of: Element.self) { x, y, z in body([x, y, z]) }
      return addNode(name, fromAll: chain.inputs) { arrays in
        try program.run(arrays[0], arrays[1], arrays[2], on: .workers)
      }
    }
  }
}

/// An array that `fill` writes, all of it or none.
private func array<Element>(
  _ count: Int, _ fill: (inout UnsafeMutableBufferPointer<Element>) throws -> Void
) throws -> [Element] {
  unsafe try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
    var place = unsafe UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count)
    unsafe try fill(&place)
    initialized = count
  }
}
