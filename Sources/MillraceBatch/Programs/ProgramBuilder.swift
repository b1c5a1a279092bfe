import CMillraceKernels

/// A step whose operands are other nodes.
struct ProgramNode: Hashable {
  var operation: millrace_batch_operation
  /// Nodes; of an input its number in `a`.
  var a = -1
  var b = -1
  var c = -1
  /// As bits, so that 0 and -0 differ and what is not a number equals itself.
  var x: UInt64 = 0
  var y: UInt64 = 0
  var isInput = false

  var operands: [Int] { isInput ? [] : [a, b, c].filter { $0 >= 0 } }
  var readsInput: Bool { isInput }

  static func input(_ number: Int) -> ProgramNode { ProgramNode(operation: .copy, a: number, isInput: true) }
}

/// The nodes of a program under construction. Each is there once, however often it was written; what is known now is computed now.
final class ProgramBuilder<Element: Batch.Real> {
  private(set) var nodes: [ProgramNode] = []
  private var places: [ProgramNode: Int] = [:]

  func input(_ number: Int) -> Int { place(.input(number)) }

  func constant(_ n: Element) -> Int { place(ProgramNode(operation: .fill, x: Double(n).bitPattern)) }

  func apply(_ operation: millrace_batch_operation, _ a: Int, _ x: Double, _ y: Double) -> Int {
    place(ProgramNode(operation: operation, a: a, x: x.bitPattern, y: y.bitPattern))
  }

  func choose(_ condition: Int, _ a: Int, _ b: Int) -> Int {
    if a == b { return a }
    if let known = value(condition) { return known != 0 ? a : b }
    func bits(_ n: Element) -> UInt64 { Double(n).bitPattern }
    switch (value(a), value(b)) {
    case (let x?, let y?):
      return place(ProgramNode(operation: .selectScalars, a: condition, x: bits(x), y: bits(y)))
    case (let x?, nil): return place(ProgramNode(operation: .selectScalar, a: condition, b: b, x: bits(x)))
    case (nil, let x?): return place(ProgramNode(operation: .selectElseScalar, a: condition, b: a, x: bits(x)))
    case (nil, nil): break
    }
    return place(ProgramNode(operation: .select, a: condition, b: a, c: b))
  }

  func join(_ operation: millrace_batch_operation, _ a: Int, _ b: Int) -> Int {
    switch (value(a), value(b)) {
    case (let x?, let y?):
      if let known = Self.compute(operation, x, y) { return constant(known) }
    case (nil, let n?):
      if let node = Self.withNumber(operation, a, n) { return place(node) }
    case (let n?, nil):
      if let node = Self.withNumber(n, operation, b) { return place(node) }
    case (nil, nil): break
    }
    let isCommutative = operation == .add || operation == .mul
    return place(
      ProgramNode(operation: operation, a: isCommutative ? min(a, b) : a, b: isCommutative ? max(a, b) : b))
  }

  private func place(_ node: ProgramNode) -> Int {
    if let place = places[node] { return place }
    nodes.append(node)
    places[node] = nodes.count - 1
    return nodes.count - 1
  }

  private func value(_ index: Int) -> Element? {
    let node = nodes[index]
    return node.operation == .fill && !node.isInput ? Element(Double(bitPattern: node.x)) : nil
  }

  private static func compute(_ operation: millrace_batch_operation, _ x: Element, _ y: Element) -> Element? {
    switch operation {
    case .add: x + y
    case .sub: x - y
    case .mul: x * y
    case .div: x / y
    case .min: min(x, y)
    case .max: max(x, y)
    case .less: x < y ? 1 : 0
    case .lessOrEqual: x <= y ? 1 : 0
    case .equal: x == y ? 1 : 0
    case .notEqual: x != y ? 1 : 0
    default: nil
    }
  }

  private static func withNumber(_ operation: millrace_batch_operation, _ a: Int, _ n: Element) -> ProgramNode? {
    let x = Double(n).bitPattern
    switch operation {
    case .add: return ProgramNode(operation: .addScalar, a: a, x: x)
    case .sub: return ProgramNode(operation: .addScalar, a: a, x: Double(-n).bitPattern)
    case .mul: return ProgramNode(operation: .mulScalar, a: a, x: x)
    case .div: return ProgramNode(operation: .divScalar, a: a, x: x)
    case .min: return ProgramNode(operation: .minScalar, a: a, x: x)
    case .max: return ProgramNode(operation: .maxScalar, a: a, x: x)
    case .less: return ProgramNode(operation: .lessScalar, a: a, x: x)
    case .lessOrEqual: return ProgramNode(operation: .lessOrEqualScalar, a: a, x: x)
    case .equal: return ProgramNode(operation: .equalScalar, a: a, x: x)
    case .notEqual: return ProgramNode(operation: .notEqualScalar, a: a, x: x)
    default: return nil
    }
  }

  private static func withNumber(_ n: Element, _ operation: millrace_batch_operation, _ a: Int) -> ProgramNode? {
    let x = Double(n).bitPattern
    switch operation {
    case .add: return ProgramNode(operation: .addScalar, a: a, x: x)
    case .sub: return ProgramNode(operation: .fromScalar, a: a, x: x)
    case .mul: return ProgramNode(operation: .mulScalar, a: a, x: x)
    case .div: return ProgramNode(operation: .intoScalar, a: a, x: x)
    case .less: return ProgramNode(operation: .greaterScalar, a: a, x: x)
    case .lessOrEqual: return ProgramNode(operation: .greaterOrEqualScalar, a: a, x: x)
    case .equal: return ProgramNode(operation: .equalScalar, a: a, x: x)
    case .notEqual: return ProgramNode(operation: .notEqualScalar, a: a, x: x)
    default: return nil
    }
  }
}
