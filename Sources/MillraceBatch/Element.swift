import CMillraceKernels

extension Batch {
  /// What kernels compute with: `Float`, `Double`, `Int32`, `UInt8`.
  ///
  /// Not to be conformed to.
  public protocol Scalar: Comparable, BitwiseCopyable, Sendable, SendableMetatype {
    associatedtype _Kernels: _ScalarKernels<Self>
  }

  /// `Float`, `Double` and `Int32`. Sums, differences and products of `Int32` wrap.
  public protocol Number: Scalar where _Kernels: _NumberKernels<Self> {}

  /// `Float` and `Double`.
  public protocol Real: Number, BinaryFloatingPoint where _Kernels: _RealKernels<Self> {}

  /// A question about two elements. What is not a number is unequal to everything, and neither less nor greater.
  public enum Comparison: Sendable, Hashable, CaseIterable {
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual

    @inlinable
    var kernel: millrace_batch_comparison {
      switch self {
      case .less: .less
      case .lessOrEqual: .lessOrEqual
      case .greater: .greater
      case .greaterOrEqual: .greaterOrEqual
      case .equal: .equal
      case .notEqual: .notEqual
      }
    }
  }

  /// In which order the elements of a sum are added.
  public enum Order: Sendable, Hashable {
    /// An order that only the number of elements decides: the same result to the last bit at every ``level``, on any number of workers.
    case strict
    /// Whatever is fastest at the ``level``, and another one in another place.
    case relaxed
  }
}

extension Float: Batch.Real {
  public typealias _Kernels = _FloatKernels
}

extension Double: Batch.Real {
  public typealias _Kernels = _DoubleKernels
}

extension Int32: Batch.Number {
  public typealias _Kernels = _Int32Kernels
}

extension UInt8: Batch.Scalar {
  public typealias _Kernels = _UInt8Kernels
}

/// Elements that one participant computes at a time, at least: some microseconds' work at the widest level. Multiples of the strict reductions' blocks.
@usableFromInline
package enum Grain {
  /// For kernels that wait for memory.
  @inlinable static var streaming: Int { 65_536 }
  /// For kernels that read alone.
  @inlinable static var reading: Int { 131_072 }
  /// For exponentials and their kind.
  @inlinable static var dear: Int { 65_536 }
  /// For elements that are at random places.
  @inlinable static var scattered: Int { 32_768 }
  /// Elements of one partial result of a strict reduction.
  @inlinable static var block: Int { Int(MILLRACE_BATCH_STRICT_BLOCK) }
}
