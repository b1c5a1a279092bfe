import CMillraceKernels

/// Making programs: of one, two or three inputs, for one, two or three outputs or a ``Total``.
///
/// ```swift
/// let polar = Batch.program { x, y in ((x * x + y * y).squareRoot(), x / y) }
/// let energy = Batch.program(of: Double.self) { x in (x * x).sum() }
/// ```
///
/// - Parameters:
///   - element: `Float` unless said otherwise.
///   - order: ``Order/relaxed``, the default: a multiplication and the addition that needs it are rounded once, where the ``level`` can. ``Order/strict``: twice, everywhere, so that programs
///     without exponentials and their kind give the same bits at every level.
///   - body: is called once. It is made of ``Value``s' operators and functions, and numbers.
/// - Precondition: at most 128 operations, and at most 32 values that are needed at the same time.
/// - Complexity: O(operations).
extension Batch {
  /// A program; see the top of this group.
  public static func program(_ order: Order = .relaxed, _ body: (Value<Float>) -> Value<Float>) -> Program<
    Float, One, One
  > {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(_ order: Order = .relaxed, _ body: (Value<Float>) -> (Value<Float>, Value<Float>))
    -> Program<Float, One, Two>
  {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>) -> (Value<Float>, Value<Float>, Value<Float>)
  ) -> Program<Float, One, Three> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(_ order: Order = .relaxed, _ body: (Value<Float>) -> Total<Float>) -> Program<
    Float, One, Sum
  > {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(_ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>) -> Value<Float>)
    -> Program<Float, Two, One>
  {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>) -> (Value<Float>, Value<Float>)
  ) -> Program<Float, Two, Two> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>) -> (Value<Float>, Value<Float>, Value<Float>)
  ) -> Program<Float, Two, Three> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(_ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>) -> Total<Float>)
    -> Program<Float, Two, Sum>
  {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>, Value<Float>) -> Value<Float>
  ) -> Program<Float, Three, One> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>, Value<Float>) -> (Value<Float>, Value<Float>)
  ) -> Program<Float, Three, Two> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed,
    _ body: (Value<Float>, Value<Float>, Value<Float>) -> (Value<Float>, Value<Float>, Value<Float>)
  ) -> Program<Float, Three, Three> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program(
    _ order: Order = .relaxed, _ body: (Value<Float>, Value<Float>, Value<Float>) -> Total<Float>
  ) -> Program<Float, Three, Sum> {
    program(of: Float.self, order, body)
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>) -> Value<T>)
    -> Program<T, One, One>
  {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile([body(builder.value(0))], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>) -> (Value<T>, Value<T>)
  ) -> Program<T, One, Two> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0))
    return Program(builder.compile([outputs.0, outputs.1], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>) -> (Value<T>, Value<T>, Value<T>)
  ) -> Program<T, One, Three> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0))
    return Program(builder.compile([outputs.0, outputs.1, outputs.2], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>) -> Total<T>)
    -> Program<T, One, Sum>
  {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile(body(builder.value(0)), order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>) -> Value<T>
  ) -> Program<T, Two, One> {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile([body(builder.value(0), builder.value(1))], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>) -> (Value<T>, Value<T>)
  ) -> Program<T, Two, Two> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0), builder.value(1))
    return Program(builder.compile([outputs.0, outputs.1], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>) -> (Value<T>, Value<T>, Value<T>)
  ) -> Program<T, Two, Three> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0), builder.value(1))
    return Program(builder.compile([outputs.0, outputs.1, outputs.2], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>) -> Total<T>
  ) -> Program<T, Two, Sum> {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile(body(builder.value(0), builder.value(1)), order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>, Value<T>) -> Value<T>
  ) -> Program<T, Three, One> {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile([body(builder.value(0), builder.value(1), builder.value(2))], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>, Value<T>) -> (Value<T>, Value<T>)
  ) -> Program<T, Three, Two> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0), builder.value(1), builder.value(2))
    return Program(builder.compile([outputs.0, outputs.1], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed,
    _ body: (Value<T>, Value<T>, Value<T>) -> (Value<T>, Value<T>, Value<T>)
  ) -> Program<T, Three, Three> {
    let builder = ProgramBuilder<T>()
    let outputs = body(builder.value(0), builder.value(1), builder.value(2))
    return Program(builder.compile([outputs.0, outputs.1, outputs.2], order))
  }

  /// See ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  public static func program<T: Real>(
    of element: T.Type, _ order: Order = .relaxed, _ body: (Value<T>, Value<T>, Value<T>) -> Total<T>
  ) -> Program<T, Three, Sum> {
    let builder = ProgramBuilder<T>()
    return Program(builder.compile(body(builder.value(0), builder.value(1), builder.value(2)), order))
  }
}

extension ProgramBuilder {
  fileprivate func value(_ number: Int) -> Batch.Value<Element> { Batch.Value(builder: self, index: input(number)) }

  fileprivate func compile(_ outputs: [Batch.Value<Element>], _ order: Batch.Order) -> ProgramStorage {
    for output in outputs { requireMine(output) }
    return ProgramStorage(ProgramCompiler(nodes, outputs: outputs.map(\.index), total: nil), order, .none)
  }

  fileprivate func compile(_ total: Batch.Total<Element>, _ order: Batch.Order) -> ProgramStorage {
    requireMine(total.value)
    return ProgramStorage(ProgramCompiler(nodes, outputs: [], total: total.value.index), order, total.reduction)
  }

  func requireMine(_ value: Batch.Value<Element>) {
    precondition(
      value.builder === self,
      "Batch.program: a value is of another program; values are good in the closure that they were given to")
  }
}
