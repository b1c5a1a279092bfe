import CMillraceKernels

/// See ``_RealKernels``.
public enum _DoubleKernels: _RealKernels {
  @inlinable @inline(__always)
  public static func add(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_add_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func sub(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_sub_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func mul(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_mul_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func div(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_div_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func min(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_min_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func max(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_max_f64(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func addScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_add_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func mulScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_mul_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func divScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_div_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func fromScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int)
  {
    unsafe millrace_batch_from_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func intoScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int)
  {
    unsafe millrace_batch_into_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func minScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_min_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func maxScalar(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_max_scalar_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func abs(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_abs_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func neg(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_neg_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sqrt(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_sqrt_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func fill(_ out: UnsafeMutablePointer<Double>, _ x: Double, _ n: Int) {
    unsafe millrace_batch_fill_f64(out, x, n)
  }

  @inlinable @inline(__always)
  public static func fma(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    _ c: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_fma_f64(out, a, b, c, n)
  }

  @inlinable @inline(__always)
  public static func axpy(
    _ out: UnsafeMutablePointer<Double>, _ x: Double, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_axpy_f64(out, x, a, b, n)
  }

  @inlinable @inline(__always)
  public static func affine(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ y: Double, _ n: Int
  ) {
    unsafe millrace_batch_affine_f64(out, a, x, y, n)
  }

  @inlinable @inline(__always)
  public static func shiftScale(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ y: Double, _ n: Int
  ) {
    unsafe millrace_batch_shift_scale_f64(out, a, x, y, n)
  }

  @inlinable @inline(__always)
  public static func polynomial(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ coefficients: UnsafePointer<Double>,
    _ count: Int, _ n: Int
  ) {
    unsafe millrace_batch_polynomial_f64(out, a, coefficients, count, n)
  }

  @inlinable @inline(__always)
  public static func clamp(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ low: Double, _ high: Double, _ n: Int
  ) {
    unsafe millrace_batch_clamp_f64(out, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func exp(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_exp_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func log(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_log_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sin(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_sin_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func cos(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_cos_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func tanh(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_tanh_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sigmoid(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_sigmoid_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func compare(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_compare_f64(comparison, out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func compareScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Double>,
    _ x: Double, _ n: Int
  ) {
    unsafe millrace_batch_compare_scalar_f64(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func compareBitsScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt64>, _ a: UnsafePointer<Double>,
    _ x: Double, _ n: Int
  ) {
    unsafe millrace_batch_compare_bits_scalar_f64(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func select(
    _ out: UnsafeMutablePointer<Double>, _ mask: UnsafePointer<UInt8>, _ a: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_select_f64(out, mask, a, b, n)
  }

  @inlinable @inline(__always)
  public static func countScalar(
    _ comparison: millrace_batch_comparison, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int
  ) -> Int {
    unsafe millrace_batch_count_scalar_f64(comparison, a, x, n)
  }

  @inlinable @inline(__always)
  public static func sumStrict(_ a: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_sum_strict_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func sumStrictBlocks(_ partials: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_sum_strict_blocks_f64(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func dotStrict(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_dot_strict_f64(a, b, n)
  }

  @inlinable @inline(__always)
  public static func dotStrictBlocks(
    _ partials: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_dot_strict_blocks_f64(partials, a, b, n)
  }

  @inlinable @inline(__always)
  public static func momentsStrict(_ a: UnsafePointer<Double>, _ n: Int) -> millrace_batch_moments {
    unsafe millrace_batch_moments_strict_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func momentsStrictBlocks(
    _ partials: UnsafeMutablePointer<millrace_batch_moments>, _ a: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_moments_strict_blocks_f64(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func sumRelaxed(_ a: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_sum_relaxed_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func dotRelaxed(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_dot_relaxed_f64(a, b, n)
  }

  @inlinable @inline(__always)
  public static func momentsRelaxed(_ a: UnsafePointer<Double>, _ n: Int) -> millrace_batch_moments {
    unsafe millrace_batch_moments_relaxed_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMin(_ a: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_reduce_min_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMax(_ a: UnsafePointer<Double>, _ n: Int) -> Double {
    unsafe millrace_batch_reduce_max_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMinMax(
    _ low: UnsafeMutablePointer<Double>, _ high: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_reduce_min_max_f64(low, high, a, n)
  }

  @inlinable @inline(__always)
  public static func argmin(_ a: UnsafePointer<Double>, _ n: Int) -> Int {
    unsafe millrace_batch_argmin_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func argmax(_ a: UnsafePointer<Double>, _ n: Int) -> Int {
    unsafe millrace_batch_argmax_f64(a, n)
  }

  @inlinable @inline(__always)
  public static func expShiftedSum(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Double, _ n: Int
  ) -> Double {
    unsafe millrace_batch_exp_shifted_sum_f64(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func softmax(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int) {
    unsafe millrace_batch_softmax_f64(out, a, n)
  }

  @inlinable @inline(__always)
  public static func normalise(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ epsilon: Double, _ n: Int
  ) {
    unsafe millrace_batch_normalise_f64(out, a, epsilon, n)
  }

  @inlinable @inline(__always)
  public static func filterScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<Double>, _ capacity: Int,
    _ a: UnsafePointer<Double>, _ x: Double, _ n: Int
  ) -> Int {
    unsafe millrace_batch_filter_scalar_f64(comparison, out, capacity, a, x, n)
  }

  @inlinable @inline(__always)
  public static func compact(
    _ out: UnsafeMutablePointer<Double>, _ capacity: Int, _ a: UnsafePointer<Double>, _ mask: UnsafePointer<UInt8>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_compact_f64(out, capacity, a, mask, n)
  }

  @inlinable @inline(__always)
  public static func prefixSum(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ initial: Double, _ n: Int
  ) -> Double {
    unsafe millrace_batch_prefix_sum_f64(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumExclusive(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ initial: Double, _ n: Int
  ) -> Double {
    unsafe millrace_batch_prefix_sum_exclusive_f64(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumBlocks(
    _ partials: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ n: Int
  ) {
    unsafe millrace_batch_prefix_sum_blocks_f64(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func next(_ sum: Double, _ more: Double) -> Double { sum + more }

  @inlinable @inline(__always)
  public static func gather(
    _ out: UnsafeMutablePointer<Double>, _ table: UnsafePointer<Double>, _ count: Int, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_gather_f64(out, table, count, indices, n)
  }

  @inlinable @inline(__always)
  public static func scatter(
    _ out: UnsafeMutablePointer<Double>, _ count: Int, _ a: UnsafePointer<Double>, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_scatter_f64(out, count, a, indices, n)
  }

  @inlinable @inline(__always)
  public static func transpose(
    _ out: UnsafeMutablePointer<Double>, _ outStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int, _ rows: Int,
    _ columns: Int
  ) {
    unsafe millrace_batch_transpose_f64(out, outStride, a, aStride, rows, columns)
  }

  @inlinable @inline(__always)
  public static func sortRows(_ a: UnsafeMutablePointer<Double>, _ stride: Int, _ rows: Int, _ width: Int) {
    unsafe millrace_batch_sort_rows_f64(a, stride, rows, width)
  }

  @inlinable @inline(__always)
  public static func matmul(
    _ c: UnsafeMutablePointer<Double>, _ cStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int,
    _ b: UnsafePointer<Double>, _ bStride: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ isAdded: Bool,
    _ scratch: UnsafeMutableRawPointer
  ) {
    unsafe millrace_batch_matmul_f64(c, cStride, a, aStride, b, bStride, rows, columns, depth, isAdded, scratch)
  }

  @inlinable @inline(__always)
  public static func stencil3(
    _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ left: Double, _ centre: Double, _ right: Double,
    _ n: Int
  ) {
    unsafe millrace_batch_stencil3_f64(out, a, left, centre, right, n)
  }

  @inlinable @inline(__always)
  public static func stencil5(
    _ out: UnsafeMutablePointer<Double>, _ outStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int, _ rows: Int,
    _ columns: Int, _ centre: Double, _ left: Double, _ right: Double, _ above: Double, _ below: Double
  ) {
    unsafe millrace_batch_stencil5_f64(out, outStride, a, aStride, rows, columns, centre, left, right, above, below)
  }

  @inlinable @inline(__always)
  public static func histogram(
    _ counts: UnsafeMutablePointer<UInt64>, _ bins: Int, _ a: UnsafePointer<Double>, _ low: Double, _ high: Double,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_histogram_f64(counts, bins, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func mandelbrot(
    _ out: UnsafeMutablePointer<Int32>, _ x: Double, _ step: Double, _ y: Double, _ limit: Int32, _ n: Int
  ) {
    unsafe millrace_batch_mandelbrot_f64(out, x, step, y, limit, n)
  }

  @inlinable @inline(__always)
  public static func program(
    _ program: UnsafePointer<millrace_batch_program>, _ inputs: UnsafePointer<UnsafePointer<Double>>,
    _ outputs: UnsafePointer<UnsafeMutablePointer<Double>>, _ partials: UnsafeMutablePointer<Double>?, _ n: Int
  ) {
    unsafe millrace_batch_program_f64(program, inputs, outputs, partials, n)
  }

  @inlinable @inline(__always)
  public static func strictCombine(_ partials: UnsafePointer<Double>, _ count: Int) -> Double {
    unsafe millrace_batch_strict_combine_f64(partials, count)
  }
}
