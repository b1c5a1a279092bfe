import CMillraceKernels

/// See ``_ScalarKernels``.
public enum _UInt8Kernels: _ScalarKernels {
  @inlinable @inline(__always)
  public static func add(
    _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_add_u8(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func sub(
    _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_sub_u8(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func min(
    _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_min_u8(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func max(
    _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_max_u8(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func clamp(
    _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ low: UInt8, _ high: UInt8, _ n: Int
  ) {
    unsafe millrace_batch_clamp_u8(out, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func compare(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>,
    _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_compare_u8(comparison, out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func select(
    _ out: UnsafeMutablePointer<UInt8>, _ mask: UnsafePointer<UInt8>, _ a: UnsafePointer<UInt8>,
    _ b: UnsafePointer<UInt8>, _ n: Int
  ) {
    unsafe millrace_batch_select_u8(out, mask, a, b, n)
  }

  @inlinable @inline(__always)
  public static func compareScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<UInt8>, _ x: UInt8,
    _ n: Int
  ) {
    unsafe millrace_batch_compare_scalar_u8(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func countScalar(
    _ comparison: millrace_batch_comparison, _ a: UnsafePointer<UInt8>, _ x: UInt8, _ n: Int
  ) -> Int {
    unsafe millrace_batch_count_scalar_u8(comparison, a, x, n)
  }

  @inlinable @inline(__always)
  public static func reduceMin(_ a: UnsafePointer<UInt8>, _ n: Int) -> UInt8 {
    unsafe millrace_batch_reduce_min_u8(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMax(_ a: UnsafePointer<UInt8>, _ n: Int) -> UInt8 {
    unsafe millrace_batch_reduce_max_u8(a, n)
  }
}
