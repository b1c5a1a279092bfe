extension Expression.Node: CustomStringConvertible {
  /// In the usual spelling, with no more brackets than it takes.
  var description: String {
    switch self {
    // Not as JSON, where 1.0 is 1.
    case .literal(.double(let number)): number.description
    case .literal(let value): value.description
    case .list(let nodes): "[\(nodes.map(\.description).joined(separator: ", "))]"
    case .name(let name): name
    case .access(.access(let inner, let first), let accessors):
      "(\(Self.access(inner, first)))" + accessors.map(\.description).joined()
    case .access(let base, let accessors):
      base.bracketed(below: .operand) + accessors.map(\.description).joined()
    case .negative(let node): "-" + node.bracketed(below: .negative)
    case .not(let node): "not " + node.bracketed(below: .not)
    case .all(let nodes): nodes.map { $0.bracketed(below: .not) }.joined(separator: " and ")
    case .any(let nodes): nodes.map { $0.bracketed(below: .all) }.joined(separator: " or ")
    case .comparison(let left, let comparison, let right):
      "\(left.bracketed(below: .sum)) \(comparison.rawValue) \(right.bracketed(below: .sum))"
    case .arithmetic(let first, let terms):
      // The operands of a chain bind more strongly than the chain.
      first.bracketed(below: operandStrength)
        + terms.map { " \($0.sign.rawValue) \($0.node.bracketed(below: operandStrength))" }.joined()
    case .call(let function, let nodes):
      "\(function.rawValue)(\(nodes.map(\.description).joined(separator: ", ")))"
    }
  }

  private enum Strength: Int { case any, all, not, comparison, sum, product, negative, operand }

  private var strength: Strength {
    switch self {
    case .any: .any
    case .all: .all
    case .not: .not
    case .comparison: .comparison
    case .arithmetic(_, let terms): terms[0].sign.isSum ? .sum : .product
    case .negative: .negative
    case .literal, .list, .name, .access, .call: .operand
    }
  }

  private var operandStrength: Strength { strength == .sum ? .product : .negative }

  private func bracketed(below least: Strength) -> String {
    strength.rawValue < least.rawValue ? "(\(self))" : description
  }
}

extension Expression.Accessor: CustomStringConvertible {
  var description: String {
    switch self {
    case .member(let name): Expression.isName(name) ? ".\(name)" : "[\(JSONValue.string(name))]"
    case .index(let index): "[\(index)]"
    case .each: "[*]"
    }
  }
}

extension Expression {
  /// Whether a text can follow a dot.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar == "_" || "0"..."9" ~= scalar || "a"..."z" ~= scalar || "A"..."Z" ~= scalar
    }
  }
}
