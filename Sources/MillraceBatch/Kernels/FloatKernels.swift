import CMillraceKernels

/// See ``_RealKernels``.
public enum _FloatKernels: _RealKernels {
  @inlinable @inline(__always)
  public static func add(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_add_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func sub(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_sub_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func mul(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_mul_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func div(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_div_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func min(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_min_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func max(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_max_f32(out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func addScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_add_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func mulScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_mul_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func divScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_div_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func fromScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_from_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func intoScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_into_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func minScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_min_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func maxScalar(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_max_scalar_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func abs(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_abs_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func neg(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_neg_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sqrt(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_sqrt_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func fill(_ out: UnsafeMutablePointer<Float>, _ x: Float, _ n: Int) {
    unsafe millrace_batch_fill_f32(out, x, n)
  }

  @inlinable @inline(__always)
  public static func fma(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    _ n: Int
  ) {
    unsafe millrace_batch_fma_f32(out, a, b, c, n)
  }

  @inlinable @inline(__always)
  public static func axpy(
    _ out: UnsafeMutablePointer<Float>, _ x: Float, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_axpy_f32(out, x, a, b, n)
  }

  @inlinable @inline(__always)
  public static func affine(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ y: Float, _ n: Int
  ) {
    unsafe millrace_batch_affine_f32(out, a, x, y, n)
  }

  @inlinable @inline(__always)
  public static func shiftScale(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ y: Float, _ n: Int
  ) {
    unsafe millrace_batch_shift_scale_f32(out, a, x, y, n)
  }

  @inlinable @inline(__always)
  public static func polynomial(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ coefficients: UnsafePointer<Float>, _ count: Int,
    _ n: Int
  ) {
    unsafe millrace_batch_polynomial_f32(out, a, coefficients, count, n)
  }

  @inlinable @inline(__always)
  public static func clamp(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ low: Float, _ high: Float, _ n: Int
  ) {
    unsafe millrace_batch_clamp_f32(out, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func exp(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_exp_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func log(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_log_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sin(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_sin_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func cos(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_cos_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func tanh(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_tanh_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func sigmoid(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_sigmoid_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func compare(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_compare_f32(comparison, out, a, b, n)
  }

  @inlinable @inline(__always)
  public static func compareScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Float>, _ x: Float,
    _ n: Int
  ) {
    unsafe millrace_batch_compare_scalar_f32(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func compareBitsScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt64>, _ a: UnsafePointer<Float>, _ x: Float,
    _ n: Int
  ) {
    unsafe millrace_batch_compare_bits_scalar_f32(comparison, out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func select(
    _ out: UnsafeMutablePointer<Float>, _ mask: UnsafePointer<UInt8>, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_select_f32(out, mask, a, b, n)
  }

  @inlinable @inline(__always)
  public static func countScalar(
    _ comparison: millrace_batch_comparison, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int
  ) -> Int {
    unsafe millrace_batch_count_scalar_f32(comparison, a, x, n)
  }

  @inlinable @inline(__always)
  public static func sumStrict(_ a: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_sum_strict_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func sumStrictBlocks(_ partials: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_sum_strict_blocks_f32(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func dotStrict(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_dot_strict_f32(a, b, n)
  }

  @inlinable @inline(__always)
  public static func dotStrictBlocks(
    _ partials: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_dot_strict_blocks_f32(partials, a, b, n)
  }

  @inlinable @inline(__always)
  public static func momentsStrict(_ a: UnsafePointer<Float>, _ n: Int) -> millrace_batch_moments {
    unsafe millrace_batch_moments_strict_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func momentsStrictBlocks(
    _ partials: UnsafeMutablePointer<millrace_batch_moments>, _ a: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_moments_strict_blocks_f32(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func sumRelaxed(_ a: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_sum_relaxed_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func dotRelaxed(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_dot_relaxed_f32(a, b, n)
  }

  @inlinable @inline(__always)
  public static func momentsRelaxed(_ a: UnsafePointer<Float>, _ n: Int) -> millrace_batch_moments {
    unsafe millrace_batch_moments_relaxed_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMin(_ a: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_reduce_min_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMax(_ a: UnsafePointer<Float>, _ n: Int) -> Float {
    unsafe millrace_batch_reduce_max_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func reduceMinMax(
    _ low: UnsafeMutablePointer<Float>, _ high: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_reduce_min_max_f32(low, high, a, n)
  }

  @inlinable @inline(__always)
  public static func argmin(_ a: UnsafePointer<Float>, _ n: Int) -> Int {
    unsafe millrace_batch_argmin_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func argmax(_ a: UnsafePointer<Float>, _ n: Int) -> Int {
    unsafe millrace_batch_argmax_f32(a, n)
  }

  @inlinable @inline(__always)
  public static func expShiftedSum(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ x: Float, _ n: Int)
    -> Double
  {
    unsafe millrace_batch_exp_shifted_sum_f32(out, a, x, n)
  }

  @inlinable @inline(__always)
  public static func softmax(_ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int) {
    unsafe millrace_batch_softmax_f32(out, a, n)
  }

  @inlinable @inline(__always)
  public static func normalise(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ epsilon: Double, _ n: Int
  ) {
    unsafe millrace_batch_normalise_f32(out, a, epsilon, n)
  }

  @inlinable @inline(__always)
  public static func filterScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<Float>, _ capacity: Int,
    _ a: UnsafePointer<Float>, _ x: Float, _ n: Int
  ) -> Int {
    unsafe millrace_batch_filter_scalar_f32(comparison, out, capacity, a, x, n)
  }

  @inlinable @inline(__always)
  public static func compact(
    _ out: UnsafeMutablePointer<Float>, _ capacity: Int, _ a: UnsafePointer<Float>, _ mask: UnsafePointer<UInt8>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_compact_f32(out, capacity, a, mask, n)
  }

  @inlinable @inline(__always)
  public static func prefixSum(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ initial: Float, _ n: Int
  ) -> Float {
    unsafe millrace_batch_prefix_sum_f32(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumExclusive(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ initial: Float, _ n: Int
  ) -> Float {
    unsafe millrace_batch_prefix_sum_exclusive_f32(out, a, initial, n)
  }

  @inlinable @inline(__always)
  public static func prefixSumBlocks(
    _ partials: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ n: Int
  ) {
    unsafe millrace_batch_prefix_sum_blocks_f32(partials, a, n)
  }

  @inlinable @inline(__always)
  public static func next(_ sum: Float, _ more: Float) -> Float { sum + more }

  @inlinable @inline(__always)
  public static func gather(
    _ out: UnsafeMutablePointer<Float>, _ table: UnsafePointer<Float>, _ count: Int, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_gather_f32(out, table, count, indices, n)
  }

  @inlinable @inline(__always)
  public static func scatter(
    _ out: UnsafeMutablePointer<Float>, _ count: Int, _ a: UnsafePointer<Float>, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_scatter_f32(out, count, a, indices, n)
  }

  @inlinable @inline(__always)
  public static func transpose(
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ rows: Int,
    _ columns: Int
  ) {
    unsafe millrace_batch_transpose_f32(out, outStride, a, aStride, rows, columns)
  }

  @inlinable @inline(__always)
  public static func sortRows(_ a: UnsafeMutablePointer<Float>, _ stride: Int, _ rows: Int, _ width: Int) {
    unsafe millrace_batch_sort_rows_f32(a, stride, rows, width)
  }

  @inlinable @inline(__always)
  public static func matmul(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ isAdded: Bool,
    _ scratch: UnsafeMutableRawPointer
  ) {
    unsafe millrace_batch_matmul_f32(c, cStride, a, aStride, b, bStride, rows, columns, depth, isAdded, scratch)
  }

  @inlinable @inline(__always)
  public static func stencil3(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ left: Float, _ centre: Float, _ right: Float,
    _ n: Int
  ) {
    unsafe millrace_batch_stencil3_f32(out, a, left, centre, right, n)
  }

  @inlinable @inline(__always)
  public static func stencil5(
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ rows: Int,
    _ columns: Int, _ centre: Float, _ left: Float, _ right: Float, _ above: Float, _ below: Float
  ) {
    unsafe millrace_batch_stencil5_f32(out, outStride, a, aStride, rows, columns, centre, left, right, above, below)
  }

  @inlinable @inline(__always)
  public static func histogram(
    _ counts: UnsafeMutablePointer<UInt64>, _ bins: Int, _ a: UnsafePointer<Float>, _ low: Float, _ high: Float,
    _ n: Int
  ) -> Int {
    unsafe millrace_batch_histogram_f32(counts, bins, a, low, high, n)
  }

  @inlinable @inline(__always)
  public static func mandelbrot(
    _ out: UnsafeMutablePointer<Int32>, _ x: Float, _ step: Float, _ y: Float, _ limit: Int32, _ n: Int
  ) {
    unsafe millrace_batch_mandelbrot_f32(out, x, step, y, limit, n)
  }

  @inlinable @inline(__always)
  public static func program(
    _ program: UnsafePointer<millrace_batch_program>, _ inputs: UnsafePointer<UnsafePointer<Float>>,
    _ outputs: UnsafePointer<UnsafeMutablePointer<Float>>, _ partials: UnsafeMutablePointer<Float>?, _ n: Int
  ) {
    unsafe millrace_batch_program_f32(program, inputs, outputs, partials, n)
  }

  @inlinable @inline(__always)
  public static func strictCombine(_ partials: UnsafePointer<Float>, _ count: Int) -> Float {
    unsafe millrace_batch_strict_combine_f32(partials, count)
  }
}
