import CMillraceKernels

extension Batch {
  /// What a program computes for every element: in the closure of ``Batch/program(_:_:)-(_,(Value<Float>)->Value<Float>)``, not to be kept beyond it.
  ///
  /// Numbers of the element's type may stand wherever a value may. What is written twice is computed once.
  public struct Value<Element: Real> {
    let builder: ProgramBuilder<Element>
    let index: Int
  }

  /// A question about every element, see ``choose(_:else:)-(Value,Value)``.
  public struct Condition<Element: Real> {
    /// 1 where it holds, else 0.
    let value: Value<Element>
  }

  /// One number made of all elements: ``Value/sum()``, ``Value/min()``, ``Value/max()``.
  public struct Total<Element: Real> {
    let value: Value<Element>
    let reduction: millrace_batch_reduction
  }
}

// MARK: Arithmetic

extension Batch.Value {
  public static func + (a: Self, b: Self) -> Self { a.join(.add, b) }
  public static func + (a: Self, n: Element) -> Self { a + a.constant(n) }
  public static func + (n: Element, a: Self) -> Self { a + n }

  public static func - (a: Self, b: Self) -> Self { a.join(.sub, b) }
  public static func - (a: Self, n: Element) -> Self { a - a.constant(n) }
  public static func - (n: Element, a: Self) -> Self { a.constant(n) - a }

  public static func * (a: Self, b: Self) -> Self { a.join(.mul, b) }
  public static func * (a: Self, n: Element) -> Self { a * a.constant(n) }
  public static func * (n: Element, a: Self) -> Self { a * n }

  public static func / (a: Self, b: Self) -> Self { a.join(.div, b) }
  public static func / (a: Self, n: Element) -> Self { a / a.constant(n) }
  public static func / (n: Element, a: Self) -> Self { a.constant(n) / a }

  public static prefix func - (a: Self) -> Self { a.apply(.neg) }

  /// The lesser of the two, as Swift's `min`.
  public func lesser(_ other: Self) -> Self { join(.min, other) }
  public func lesser(_ n: Element) -> Self { lesser(constant(n)) }

  /// The greater of the two, as Swift's `max`.
  public func greater(_ other: Self) -> Self { join(.max, other) }
  public func greater(_ n: Element) -> Self { greater(constant(n)) }

  /// The value, or the bound that it is beyond. What is not a number stays so.
  public func clamped(to bounds: ClosedRange<Element>) -> Self {
    apply(.clamp, Double(bounds.lowerBound), Double(bounds.upperBound))
  }
}

// MARK: Functions

/// As the kernels of the same names.
extension Batch.Value {
  public func abs() -> Self { apply(.abs) }
  public func squareRoot() -> Self { apply(.sqrt) }
  public func exp() -> Self { apply(.exp) }
  public func log() -> Self { apply(.log) }
  public func sin() -> Self { apply(.sin) }
  public func cos() -> Self { apply(.cos) }
  public func tanh() -> Self { apply(.tanh) }
  public func sigmoid() -> Self { apply(.sigmoid) }
}

// MARK: Questions

extension Batch.Value {
  public static func .< (a: Self, b: Self) -> Batch.Condition<Element> { Batch.Condition(value: a.join(.less, b)) }
  public static func .< (a: Self, n: Element) -> Batch.Condition<Element> { a .< a.constant(n) }
  public static func .<= (a: Self, b: Self) -> Batch.Condition<Element> {
    Batch.Condition(value: a.join(.lessOrEqual, b))
  }
  public static func .<= (a: Self, n: Element) -> Batch.Condition<Element> { a .<= a.constant(n) }
  public static func .> (a: Self, b: Self) -> Batch.Condition<Element> { b .< a }
  public static func .> (a: Self, n: Element) -> Batch.Condition<Element> { a.constant(n) .< a }
  public static func .>= (a: Self, b: Self) -> Batch.Condition<Element> { b .<= a }
  public static func .>= (a: Self, n: Element) -> Batch.Condition<Element> { a.constant(n) .<= a }
  public static func .== (a: Self, b: Self) -> Batch.Condition<Element> { Batch.Condition(value: a.join(.equal, b)) }
  public static func .== (a: Self, n: Element) -> Batch.Condition<Element> { a .== a.constant(n) }
  public static func .!= (a: Self, b: Self) -> Batch.Condition<Element> { Batch.Condition(value: a.join(.notEqual, b)) }
  public static func .!= (a: Self, n: Element) -> Batch.Condition<Element> { a .!= a.constant(n) }
}

extension Batch.Condition {
  /// `a` where it holds, else `b`. Both are computed for every element.
  ///
  /// ```swift
  /// let distance = Batch.program { x in (x .< 0).choose(-x, else: x) }
  /// ```
  public func choose(_ a: Batch.Value<Element>, else b: Batch.Value<Element>) -> Batch.Value<Element> {
    value.choose(a, b)
  }
  public func choose(_ a: Batch.Value<Element>, else n: Element) -> Batch.Value<Element> {
    choose(a, else: a.constant(n))
  }
  public func choose(_ n: Element, else b: Batch.Value<Element>) -> Batch.Value<Element> {
    choose(b.constant(n), else: b)
  }
  public func choose(_ n: Element, else m: Element) -> Batch.Value<Element> {
    choose(value.constant(n), else: value.constant(m))
  }

  /// Both hold.
  public static func .& (a: Self, b: Self) -> Self { Self(value: a.value * b.value) }
  /// One holds, or both.
  public static func .| (a: Self, b: Self) -> Self { Self(value: a.value.greater(b.value)) }
  /// It does not hold.
  public static prefix func .! (a: Self) -> Self { Self(value: 1 - a.value) }
}

// MARK: Reductions

extension Batch.Value {
  /// The sum over all elements, in the order of ``Batch/Order/strict``; 0 without any.
  public func sum() -> Batch.Total<Element> { Batch.Total(value: self, reduction: .sum) }
  /// The least of all elements, see ``Batch/min(_:on:)``; infinity without any.
  public func min() -> Batch.Total<Element> { Batch.Total(value: self, reduction: .min) }
  /// The greatest of all elements, see ``Batch/max(_:on:)``; negative infinity without any.
  public func max() -> Batch.Total<Element> { Batch.Total(value: self, reduction: .max) }
}

// MARK: Mechanism

extension Batch.Value {
  func constant(_ n: Element) -> Self { Self(builder: builder, index: builder.constant(n)) }

  func apply(_ operation: millrace_batch_operation, _ x: Double = 0, _ y: Double = 0) -> Self {
    Self(builder: builder, index: builder.apply(operation, index, x, y))
  }

  func join(_ operation: millrace_batch_operation, _ other: Self) -> Self {
    check(other)
    return Self(builder: builder, index: builder.join(operation, index, other.index))
  }

  func choose(_ a: Self, _ b: Self) -> Self {
    check(a)
    check(b)
    return Self(builder: builder, index: builder.choose(index, a.index, b.index))
  }

  private func check(_ other: Self) { builder.requireMine(other) }
}
