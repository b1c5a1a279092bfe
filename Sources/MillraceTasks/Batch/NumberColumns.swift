#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow

  /// Columns of numbers, all as long as each other, and what formulas make of them. A missing cell is not a number.
  ///
  /// A formula is cut into programs of up to three columns and some operations each, which make one pass over memory, on all workers.
  struct NumberColumns {
    /// Below what a program may have: 32 values that are needed at the same time.
    private static let operationLimit = 24

    private(set) var columns: [String: [Double]]
    let count: Int
    private var temporaries = 0

    init(_ columns: [String: [Double]], count: Int) {
      self.columns = columns
      self.count = count
    }

    /// The same, and one more.
    func adding(_ name: String, _ column: [Double]) -> NumberColumns {
      NumberColumns(columns.merging([name: column]) { $1 }, count: count)
    }

    /// One number.
    ///
    /// - Throws: ``TaskFailure`` for a formula that is a column; `CancellationError`.
    mutating func number(_ formula: Formula, _ source: String) throws -> Double {
      guard case .number(let number) = try withoutAggregates(formula) else {
        throw TaskFailure.invalidInput(
          "\"\(source)\" gives a column; one number is expected: say mean(…), sum(…), min(…), max(…), stddev(…) or count(…)"
        )
      }
      return number
    }

    /// A column.
    mutating func values(_ formula: Formula) throws -> [Double] {
      let formula = try planned(try withoutAggregates(formula))
      defer { for name in columns.keys where name.hasPrefix("\0") { columns[name] = nil } }
      switch formula {
      case .number(let number): return [Double](repeating: number, count: count)
      case .column(let name): return columns[name]!
      case .call: return try run(formula)
      }
    }

    // MARK: Numbers of columns

    /// Puts numbers where they can be known: for what is said of whole columns, and what is made of numbers alone.
    private mutating func withoutAggregates(_ formula: Formula) throws -> Formula {
      guard case .call(let name, let arguments) = formula else { return formula }
      if formula.isAggregate { return .number(try aggregate(name, of: arguments[0])) }
      var known: [Formula] = []
      for argument in arguments { known.append(try withoutAggregates(argument)) }
      let numbers = known.compactMap { if case .number(let number) = $0 { number } else { nil } }
      return numbers.count == known.count ? .number(Self.compute(name, numbers)) : .call(name, known)
    }

    private mutating func aggregate(_ name: String, of formula: Formula) throws -> Double {
      let present = try values(formula).filter { !$0.isNaN }
      switch name {
      case "count": return Double(present.count)
      case "sum": return try Batch.sum(present, on: .workers)
      case "min": return try Batch.min(present, on: .workers) ?? .nan
      case "max": return try Batch.max(present, on: .workers) ?? .nan
      case "mean": return try Batch.moments(present, on: .workers).mean
      default: return try Batch.moments(present, on: .workers).sampleDeviation
      }
    }

    private static func compute(_ name: String, _ x: [Double]) -> Double {
      switch name {
      case "+": x[0] + x[1]
      case "-": x[0] - x[1]
      case "*": x[0] * x[1]
      case "/": x[0] / x[1]
      case "neg": -x[0]
      case "<": x[0] < x[1] ? 1 : 0
      case "<=": x[0] <= x[1] ? 1 : 0
      case ">": x[0] > x[1] ? 1 : 0
      case ">=": x[0] >= x[1] ? 1 : 0
      case "==": x[0] == x[1] ? 1 : 0
      case "!=": x[0] != x[1] ? 1 : 0
      case "abs": abs(x[0])
      case "sqrt": x[0].squareRoot()
      case "exp": exp(x[0])
      case "log": log(x[0])
      case "sin": sin(x[0])
      case "cos": cos(x[0])
      case "tanh": tanh(x[0])
      case "sigmoid": 1 / (1 + exp(-x[0]))
      case "min": min(x[0], x[1])
      case "max": max(x[0], x[1])
      case "clamp": min(max(x[0], x[1]), x[2])
      default: x[0] != 0 ? x[1] : x[2]
      }
    }

    // MARK: Programs

    /// Computes parts into columns of their own, until what is left is one program.
    private mutating func planned(_ formula: Formula) throws -> Formula {
      guard case .call(let name, let arguments) = formula else { return formula }
      var parts: [Formula] = []
      for argument in arguments { parts.append(try planned(argument)) }
      while Formula.call(name, parts).columns.count > 3
        || Formula.call(name, parts).operationCount > Self.operationLimit
      {
        let largest = parts.indices.max { parts[$0].operationCount < parts[$1].operationCount }!
        temporaries += 1
        let temporary = "\0\(temporaries)"
        columns[temporary] = try run(parts[largest])
        parts[largest] = .column(temporary)
      }
      return .call(name, parts)
    }

    private func run(_ formula: Formula) throws -> [Double] {
      let names = formula.columns.sorted()
      let inputs = names.map { columns[$0]! }
      func place(_ values: Batch.Value<Double>...) -> Batch.Value<Double> {
        // A formula of numbers alone is a number by now: one with columns is a value.
        guard case .value(let value) = Term(formula, Dictionary(uniqueKeysWithValues: zip(names, values))) else {
          fatalError()
        }
        return value
      }
      var result = [Double](repeating: 0, count: count)
      switch inputs.count {
      case 1:
        try Batch.program(of: Double.self) { x in place(x) }.run(inputs[0], into: &result, on: .workers)
      case 2:
        try Batch.program(of: Double.self) { x, y in place(x, y) }
          .run(inputs[0], inputs[1], into: &result, on: .workers)
      default:
        try Batch.program(of: Double.self) { x, y, z in place(x, y, z) }
          .run(inputs[0], inputs[1], inputs[2], into: &result, on: .workers)
      }
      return result
    }
  }

  /// A formula as the parts of a program.
  private enum Term {
    case number(Double)
    case value(Batch.Value<Double>)

    init(_ formula: Formula, _ columns: [String: Batch.Value<Double>]) {
      switch formula {
      case .number(let number): self = .number(number)
      case .column(let name): self = .value(columns[name]!)
      case .call(let name, let arguments):
        let anyValue = columns.first!.value
        self = .value(Self.apply(name, arguments.map { Term($0, columns) }, anyValue))
      }
    }

    /// Numbers alone were computed before, so at least one argument is a value.
    private static func apply(_ name: String, _ x: [Term], _ any: Batch.Value<Double>) -> Batch.Value<Double> {
      /// A number, as the value that it is for every element.
      func value(_ term: Term) -> Batch.Value<Double> {
        switch term {
        case .value(let value): value
        case .number(let number): (any .== any).choose(number, else: number)
        }
      }
      func condition(_ condition: Batch.Condition<Double>) -> Batch.Value<Double> { condition.choose(1, else: 0) }
      let a = value(x[0])
      switch name {
      case "+": return a + value(x[1])
      case "-": return a - value(x[1])
      case "*": return a * value(x[1])
      case "/": return a / value(x[1])
      case "neg": return -a
      case "<": return condition(a .< value(x[1]))
      case "<=": return condition(a .<= value(x[1]))
      case ">": return condition(a .> value(x[1]))
      case ">=": return condition(a .>= value(x[1]))
      case "==": return condition(a .== value(x[1]))
      case "!=": return condition(a .!= value(x[1]))
      case "abs": return a.abs()
      case "sqrt": return a.squareRoot()
      case "exp": return a.exp()
      case "log": return a.log()
      case "sin": return a.sin()
      case "cos": return a.cos()
      case "tanh": return a.tanh()
      case "sigmoid": return a.sigmoid()
      case "min": return a.lesser(value(x[1]))
      case "max": return a.greater(value(x[1]))
      case "clamp": return a.greater(value(x[1])).lesser(value(x[2]))
      default: return (a .!= 0).choose(value(x[1]), else: value(x[2]))
      }
    }
  }

  extension Batch.Moments {
    /// Of what the elements were drawn from, as other descriptions of files give it.
    var sampleDeviation: Double { sampleVariance.squareRoot() }
  }
#endif
