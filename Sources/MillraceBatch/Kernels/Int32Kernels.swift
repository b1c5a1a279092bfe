import CMillraceKernels

/// See ``_NumberKernels``.
public enum _Int32Kernels: _NumberKernels {
  @inlinable @inline(__always)
  public static func add(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_add_i32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func sub(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_sub_i32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func mul(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_mul_i32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func min(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_min_i32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func max(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_max_i32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func affine(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ x: Int32, _ y: Int32, _ n: Int
  ) {
    unsafe millrace_batch_affine_i32(out, a, x, y, n)
  }

  @inlinable @inline(__always)
  public static func abs(_ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ n: Int) {
    unsafe millrace_batch_abs_i32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func clamp(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ low: Int32, _ high: Int32, _ n: Int
  ) {
    unsafe millrace_batch_clamp_i32(out, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func compare(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Int32>,
    _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_compare_i32(comparison, out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func compareScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Int32>, _ x: Int32,
    _ n: Int
  ) {
    unsafe millrace_batch_compare_scalar_i32(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func select(
    _ out: UnsafeMutablePointer<Int32>, _ mask: UnsafePointer<UInt8>, _ a: UnsafePointer<Int32>,
    _ b: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_select_i32(out, mask, a, b, n)
  }

  @inlinable @inline(__always)
  public static func countScalar(
    _ comparison: millrace_batch_comparison, _ a: UnsafePointer<Int32>, _ x: Int32, _ n: Int
  ) -> Int {
    unsafe millrace_batch_count_scalar_i32(comparison, a, x, n)
  }

  @inlinable @inline(__always)
  public static func reduceMin(_ a: UnsafePointer<Int32>, _ n: Int) -> Int32 {
    unsafe millrace_batch_reduce_min_i32(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMax(_ a: UnsafePointer<Int32>, _ n: Int) -> Int32 {
    unsafe millrace_batch_reduce_max_i32(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMinMax(
    _ low: UnsafeMutablePointer<Int32>, _ high: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ n: Int
  ) {
    unsafe millrace_batch_reduce_min_max_i32(low, high, a, n)
  }

  @inlinable @inline(__always)
  public static func argmin(_ a: UnsafePointer<Int32>, _ n: Int) -> Int {
    unsafe millrace_batch_argmin_i32(a, n)
  }

  @inlinable @inline(__always)
  public static func argmax(_ a: UnsafePointer<Int32>, _ n: Int) -> Int {
    unsafe millrace_batch_argmax_i32(a, n)
  }

  @inlinable @inline(__always)
  public static func filterScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<Int32>, _ capacity: Int,
    _ a: UnsafePointer<Int32>, _ x: Int32, _ n: Int
  ) -> Int {
    unsafe millrace_batch_filter_scalar_i32(comparison, out, capacity, a, x, n)
  }

  @inlinable @inline(__always)
  public static func compact(
    _ out: UnsafeMutablePointer<Int32>, _ capacity: Int, _ a: UnsafePointer<Int32>, _ mask: UnsafePointer<UInt8>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_compact_i32(out, capacity, a, mask, n)
  }

  @inlinable @inline(__always)
  public static func prefixSum(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ initial: Int32, _ n: Int
  ) -> Int32 {
    unsafe millrace_batch_prefix_sum_i32(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumExclusive(
    _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ initial: Int32, _ n: Int
  ) -> Int32 {
    unsafe millrace_batch_prefix_sum_exclusive_i32(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumBlocks(
    _ partials: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Int32>, _ n: Int
  ) {
    for (index, start) in stride(from: 0, to: n, by: Grain.block).enumerated() {
      unsafe partials[index] = Int32(
        truncatingIfNeeded: millrace_batch_sum_i32(a + start, Swift.min(Grain.block, n - start)))
    }
  }

  @inlinable @inline(__always)
  public static func next(_ sum: Int32, _ more: Int32) -> Int32 { sum &+ more }

  @inlinable @inline(__always)
  public static func gather(
    _ out: UnsafeMutablePointer<Int32>, _ table: UnsafePointer<Int32>, _ count: Int, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_gather_i32(out, table, count, indices, n)
  }

  @inlinable @inline(__always)
  public static func scatter(
    _ out: UnsafeMutablePointer<Int32>, _ count: Int, _ a: UnsafePointer<Int32>, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_scatter_i32(out, count, a, indices, n)
  }

  @inlinable @inline(__always)
  public static func transpose(
    _ out: UnsafeMutablePointer<Int32>, _ outStride: Int, _ a: UnsafePointer<Int32>, _ aStride: Int, _ rows: Int,
    _ columns: Int
  ) {
    unsafe millrace_batch_transpose_i32(out, outStride, a, aStride, rows, columns)
  }

  @inlinable @inline(__always)
  public static func sortRows(_ a: UnsafeMutablePointer<Int32>, _ stride: Int, _ rows: Int, _ width: Int) {
    unsafe millrace_batch_sort_rows_i32(a, stride, rows, width)
  }
}
