import CMillraceKernels

/// Makes of a program's nodes the steps that the kernels run: in an order that needs few registers, and with registers.
struct ProgramCompiler {
  private var nodes: [ProgramNode]
  private var uses: [Int]
  /// Nodes to be computed, each after its operands.
  private var order: [Int] = []

  private(set) var steps: [millrace_batch_step] = []
  private(set) var registerCount = 0
  /// Where the value is that is to be reduced.
  private(set) var reduced: UInt8 = 0
  /// What an element costs, in simple operations.
  private(set) var cost = 0

  static var registers: Int { Int(MILLRACE_BATCH_OPERAND_INPUT) - Int(MILLRACE_BATCH_OPERAND_REGISTER) }

  /// - Parameters:
  ///   - outputs: nodes that are written, in the order of the outputs.
  ///   - total: the node that is reduced.
  init(_ nodes: [ProgramNode], outputs: [Int], total: Int?) {
    self.nodes = nodes
    let roots = outputs + [total].compactMap { $0 }
    uses = Self.countUses(nodes, roots)
    fuse()
    uses = Self.countUses(self.nodes, roots)
    schedule(roots)
    emit(outputs, total)
  }

  private static func countUses(_ nodes: [ProgramNode], _ roots: [Int]) -> [Int] {
    var uses = [Int](repeating: 0, count: nodes.count)
    var isReached = uses.map { _ in false }
    var open = roots
    while let index = open.popLast() {
      if isReached[index] { continue }
      isReached[index] = true
      for operand in nodes[index].operands {
        uses[operand] += 1
        open.append(operand)
      }
    }
    for root in roots { uses[root] += 1 }
    return uses
  }

  /// A product that only one addition needs becomes one operation with it.
  private mutating func fuse() {
    for index in nodes.indices where uses[index] > 0 && !nodes[index].isInput {
      let node = nodes[index]
      switch node.operation {
      case .addScalar:
        guard let product = product(node.a) else { continue }
        nodes[index] =
          product.operation == .mulScalar
          ? ProgramNode(operation: .affine, a: product.a, x: product.x, y: node.x)
          : ProgramNode(operation: .horner, a: product.a, b: product.b, x: node.x)
      case .add:
        let (first, second) = (product(node.a), product(node.b))
        guard let product = first ?? second else { continue }
        let other = first != nil ? node.b : node.a
        nodes[index] =
          product.operation == .mulScalar
          ? ProgramNode(operation: .axpy, a: product.a, b: other, x: product.x)
          : ProgramNode(operation: .fma, a: product.a, b: product.b, c: other)
      default: break
      }
    }
  }

  private func product(_ index: Int) -> ProgramNode? {
    let node = nodes[index]
    return uses[index] == 1 && !node.isInput && (node.operation == .mul || node.operation == .mulScalar) ? node : nil
  }

  /// Depth first, and of a node's operands first the one that needs more registers (Sethi & Ullman 1970).
  private mutating func schedule(_ roots: [Int]) {
    var need = [Int](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() where uses[index] > 0 && !node.isInput {
      let needs = node.operands.map { need[$0] }.sorted(by: >)
      need[index] = max(1, needs.enumerated().map { $0.element == 0 ? 0 : $0.element + $0.offset }.max() ?? 1)
    }
    var isPlaced = [Bool](repeating: false, count: nodes.count)
    // Without recursion: expressions may be long.
    var open = roots.reversed().map { (index: $0, isReady: false) }
    while let (index, isReady) = open.popLast() {
      if isPlaced[index] || nodes[index].isInput { continue }
      if isReady {
        isPlaced[index] = true
        order.append(index)
        continue
      }
      open.append((index, true))
      for operand in nodes[index].operands.sorted(by: { need[$0] < need[$1] }) { open.append((operand, false)) }
    }
  }

  private mutating func emit(_ outputs: [Int], _ total: Int?) {
    var places = [UInt8](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() where node.isInput {
      places[index] = UInt8(MILLRACE_BATCH_OPERAND_INPUT) + UInt8(node.a)
    }
    var left = uses
    var free = Array((0..<Self.registers).reversed())
    // Behind the last step that reads an input, outputs can be written though they may be inputs' memory.
    let lastReader = order.lastIndex { nodes[$0].operands.contains { nodes[$0].isInput } } ?? -1
    var written: Set<Int> = []
    for (position, index) in order.enumerated() {
      let node = nodes[index]
      for operand in node.operands {
        left[operand] -= 1
        if left[operand] == 0, places[operand] < Self.registers, !nodes[operand].isInput {
          free.append(Int(places[operand]))
        }
      }
      if position >= lastReader, uses[index] == 1, let output = outputs.firstIndex(of: index) {
        places[index] = UInt8(MILLRACE_BATCH_OPERAND_OUTPUT) + UInt8(output)
        written.insert(output)
      } else {
        guard let register = free.popLast() else {
          fatalError(
            "Batch.program: more than \(Self.registers) values are needed at the same time; write the program so that intermediate values are used up sooner, or as two programs"
          )
        }
        registerCount = max(registerCount, register + 1)
        places[index] = UInt8(register)
      }
      append(node.operation, places[index], node.operands.map { places[$0] }, node.x, node.y)
    }
    for (output, index) in outputs.enumerated() where !written.contains(output) {
      append(.copy, UInt8(MILLRACE_BATCH_OPERAND_OUTPUT) + UInt8(output), [places[index]], 0, 0)
    }
    if let total { reduced = places[total] }
    let limit = Int(MILLRACE_BATCH_PROGRAM_STEPS_MAX)
    precondition(
      steps.count <= limit,
      "Batch.program: \(steps.count) operations; a program has at most \(limit). Write it as two programs")
  }

  private mutating func append(
    _ operation: millrace_batch_operation, _ destination: UInt8, _ operands: [UInt8], _ x: UInt64, _ y: UInt64
  ) {
    var step = millrace_batch_step()
    step.operation = UInt8(operation.rawValue)
    step.destination = destination
    if operands.count > 0 { step.a = operands[0] }
    if operands.count > 1 { step.b = operands[1] }
    if operands.count > 2 { step.c = operands[2] }
    step.x = Double(bitPattern: x)
    step.y = Double(bitPattern: y)
    steps.append(step)
    switch operation {
    case .exp, .log, .sin, .cos, .tanh, .sigmoid: cost += 12
    case .div, .divScalar, .intoScalar, .sqrt: cost += 3
    default: cost += 1
    }
  }
}
