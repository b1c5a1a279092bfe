import CMillraceKernels

// What the kernels of each element are called. Made for the module's own generic code, which the compiler specialises: so these are one call, of the C function.
//
// Parameters are as in `CMillraceKernels`: what is written comes first, the number of elements last.

/// Kernels that every element has.
public protocol _ScalarKernels<Element> {
  associatedtype Element
  static func add(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func sub(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func min(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func max(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func clamp(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ low: Element, _ high: Element, _ n: Int)
  static func compare(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Element>,
    _ b: UnsafePointer<Element>, _ n: Int)
  static func select(
    _ out: UnsafeMutablePointer<Element>, _ mask: UnsafePointer<UInt8>, _ a: UnsafePointer<Element>,
    _ b: UnsafePointer<Element>, _ n: Int)
  static func compareScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt8>, _ a: UnsafePointer<Element>,
    _ x: Element, _ n: Int)
  static func countScalar(_ comparison: millrace_batch_comparison, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
    -> Int
  static func reduceMin(_ a: UnsafePointer<Element>, _ n: Int) -> Element
  static func reduceMax(_ a: UnsafePointer<Element>, _ n: Int) -> Element
}

/// Kernels that all but bytes have.
public protocol _NumberKernels<Element>: _ScalarKernels {
  static func mul(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func abs(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func affine(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ y: Element, _ n: Int)
  static func reduceMinMax(
    _ low: UnsafeMutablePointer<Element>, _ high: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func argmin(_ a: UnsafePointer<Element>, _ n: Int) -> Int
  static func argmax(_ a: UnsafePointer<Element>, _ n: Int) -> Int
  static func filterScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<Element>, _ capacity: Int,
    _ a: UnsafePointer<Element>, _ x: Element, _ n: Int
  ) -> Int
  static func compact(
    _ out: UnsafeMutablePointer<Element>, _ capacity: Int, _ a: UnsafePointer<Element>, _ mask: UnsafePointer<UInt8>,
    _ n: Int
  ) -> Int
  static func prefixSum(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ initial: Element, _ n: Int)
    -> Element
  static func prefixSumExclusive(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ initial: Element, _ n: Int
  ) -> Element
  /// What each block of `Grain.block` elements adds to those after it.
  static func prefixSumBlocks(_ partials: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  /// A running sum with what comes next, wrapping for integers.
  static func next(_ sum: Element, _ more: Element) -> Element
  static func gather(
    _ out: UnsafeMutablePointer<Element>, _ table: UnsafePointer<Element>, _ count: Int,
    _ indices: UnsafePointer<Int32>, _ n: Int
  ) -> Int
  static func scatter(
    _ out: UnsafeMutablePointer<Element>, _ count: Int, _ a: UnsafePointer<Element>, _ indices: UnsafePointer<Int32>,
    _ n: Int
  ) -> Int
  static func transpose(
    _ out: UnsafeMutablePointer<Element>, _ outStride: Int, _ a: UnsafePointer<Element>, _ aStride: Int, _ rows: Int,
    _ columns: Int)
  static func sortRows(_ a: UnsafeMutablePointer<Element>, _ stride: Int, _ rows: Int, _ width: Int)
}

/// Kernels of floating-point elements.
public protocol _RealKernels<Element>: _NumberKernels {
  static func div(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func addScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func mulScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func divScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func fromScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func intoScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func minScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func maxScalar(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
  static func neg(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func sqrt(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func fill(_ out: UnsafeMutablePointer<Element>, _ x: Element, _ n: Int)
  static func fma(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>,
    _ c: UnsafePointer<Element>, _ n: Int)
  static func axpy(
    _ out: UnsafeMutablePointer<Element>, _ x: Element, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>,
    _ n: Int)
  static func shiftScale(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ y: Element, _ n: Int)
  static func polynomial(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ coefficients: UnsafePointer<Element>,
    _ count: Int, _ n: Int)
  static func exp(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func log(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func sin(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func cos(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func tanh(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func sigmoid(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func compareBitsScalar(
    _ comparison: millrace_batch_comparison, _ out: UnsafeMutablePointer<UInt64>, _ a: UnsafePointer<Element>,
    _ x: Element, _ n: Int)
  static func sumStrict(_ a: UnsafePointer<Element>, _ n: Int) -> Element
  static func sumStrictBlocks(_ partials: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func dotStrict(_ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int) -> Element
  static func dotStrictBlocks(
    _ partials: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int)
  static func momentsStrict(_ a: UnsafePointer<Element>, _ n: Int) -> millrace_batch_moments
  static func momentsStrictBlocks(
    _ partials: UnsafeMutablePointer<millrace_batch_moments>, _ a: UnsafePointer<Element>, _ n: Int)
  static func sumRelaxed(_ a: UnsafePointer<Element>, _ n: Int) -> Element
  static func dotRelaxed(_ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, _ n: Int) -> Element
  static func momentsRelaxed(_ a: UnsafePointer<Element>, _ n: Int) -> millrace_batch_moments
  static func expShiftedSum(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ x: Element, _ n: Int)
    -> Double
  static func softmax(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ n: Int)
  static func normalise(_ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ epsilon: Double, _ n: Int)
  static func matmul(
    _ c: UnsafeMutablePointer<Element>, _ cStride: Int, _ a: UnsafePointer<Element>, _ aStride: Int,
    _ b: UnsafePointer<Element>, _ bStride: Int, _ rows: Int, _ columns: Int, _ depth: Int, _ isAdded: Bool,
    _ scratch: UnsafeMutableRawPointer)
  static func stencil3(
    _ out: UnsafeMutablePointer<Element>, _ a: UnsafePointer<Element>, _ left: Element, _ centre: Element,
    _ right: Element, _ n: Int)
  static func stencil5(
    _ out: UnsafeMutablePointer<Element>, _ outStride: Int, _ a: UnsafePointer<Element>, _ aStride: Int, _ rows: Int,
    _ columns: Int, _ centre: Element, _ left: Element, _ right: Element, _ above: Element, _ below: Element)
  static func histogram(
    _ counts: UnsafeMutablePointer<UInt64>, _ bins: Int, _ a: UnsafePointer<Element>, _ low: Element, _ high: Element,
    _ n: Int
  ) -> Int
  static func mandelbrot(
    _ out: UnsafeMutablePointer<Int32>, _ x: Element, _ step: Element, _ y: Element, _ limit: Int32, _ n: Int)
  static func program(
    _ program: UnsafePointer<millrace_batch_program>, _ inputs: UnsafePointer<UnsafePointer<Element>>,
    _ outputs: UnsafePointer<UnsafeMutablePointer<Element>>, _ partials: UnsafeMutablePointer<Element>?, _ n: Int)
  static func strictCombine(_ partials: UnsafePointer<Element>, _ count: Int) -> Element
}
