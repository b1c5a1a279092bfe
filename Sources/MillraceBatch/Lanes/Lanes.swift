import CMillrace

/// Functions of SIMD vectors for closures such as ``Batch/transform(_:into:on:lanes:)`` takes, which compile to vector instructions everywhere.
///
/// ```swift
/// Batch.transform(x, into: &y) { (v: SIMD8<Float>) in Lanes.exp(Lanes.min(v, 0)) }
/// ```
///
/// Some of the standard library's own do not: `clamped(lowerBound:upperBound:)`, `pointwiseMin`, `rounded()` and `squareRoot()` go lane by lane, and `addingProduct` calls the C library for each lane
/// where the processor that the module is compiled for has no fused instruction.
public enum Lanes {
  /// The lesser of each two lanes; that of `b` when either is not a number.
  @inlinable @inline(__always)
  public static func min<V: SIMD>(_ a: V, _ b: V) -> V where V.Scalar: Comparable {
    b.replacing(with: a, where: isLess(a, b))
  }

  @inlinable @inline(__always)
  public static func min<V: SIMD>(_ a: V, _ b: V.Scalar) -> V where V.Scalar: Comparable { min(a, V(repeating: b)) }

  /// The greater of each two lanes; that of `b` when either is not a number.
  @inlinable @inline(__always)
  public static func max<V: SIMD>(_ a: V, _ b: V) -> V where V.Scalar: Comparable {
    b.replacing(with: a, where: isLess(b, a))
  }

  @inlinable @inline(__always)
  public static func max<V: SIMD>(_ a: V, _ b: V.Scalar) -> V where V.Scalar: Comparable { max(a, V(repeating: b)) }

  /// Each lane, or the bound that it is beyond. What is not a number stays so.
  @inlinable @inline(__always)
  public static func clamp<V: SIMD>(_ v: V, to bounds: ClosedRange<V.Scalar>) -> V where V.Scalar: Comparable {
    let (low, high) = (V(repeating: bounds.lowerBound), V(repeating: bounds.upperBound))
    let raised = v.replacing(with: low, where: isLess(v, low))
    return raised.replacing(with: high, where: isLess(high, raised))
  }

  /// `a * b + c`: in one rounding when the module is compiled for a processor that has that as an instruction, else in two.
  @inlinable @inline(__always)
  public static func multiplyAdd<V: SIMD>(_ a: V, _ b: V, _ c: V) -> V where V.Scalar: FloatingPoint {
    millrace_target_fuses() ? c.addingProduct(a, b) : a * b + c
  }

  /// The nearest whole numbers, ties to even, of lanes between -2²² and 2²².
  @inlinable @inline(__always)
  public static func rounded<V: SIMD>(_ v: V) -> V where V.Scalar == Float {
    // Beyond 1.5 · 2²³ there are no fractions.
    (v + 12_582_912) - 12_582_912
  }

  /// *e* to the power of each lane, within 2 units in the last place (ulp), subnormal results too. Overflows to infinity; what is not a number stays so.
  @inlinable @inline(__always)
  public static func exp<V: SIMD>(_ v: V) -> V where V.Scalar == Float, V.MaskStorage.Scalar == Int32 {
    // Beyond these the results are 0 and infinity.
    let x = clamp(v, to: -104...89)
    // e to the x = 2 to the n · e to the r, with n whole and r at most ln 2 / 2 away from zero. ln 2 in two pieces, so that n times the first is exact.
    let shifted = x * 1.442_695_04 + 12_582_912
    let n = shifted - 12_582_912
    let r = multiplyAdd(n, V(repeating: -1.428_606_8e-6), multiplyAdd(n, V(repeating: -0.693_145_752), x))
    // The polynomial of that degree which is nowhere on the interval further from the power than it must be.
    var p = V(repeating: 0.001_381_459_8)
    p = multiplyAdd(p, r, V(repeating: 0.008_368_716_6))
    p = multiplyAdd(p, r, V(repeating: 0.041_668_389))
    p = multiplyAdd(p, r, V(repeating: 0.166_665_21))
    p = multiplyAdd(p, r, V(repeating: 0.499_999_94))
    p = multiplyAdd(p, r * r, r + 1)
    // 2 to the n in two factors, because n may be beyond the exponents that there are. The last bits of `shifted` are n, plus those of 1.5 · 2²³.
    let whole = unsafe unsafeBitCast(shifted, to: V.MaskStorage.self) &- 0x4B40_0000
    let half = whole &>> 1
    let one = V.MaskStorage(repeating: 127)
    let first = unsafe unsafeBitCast((half &+ one) &<< 23, to: V.self)
    let second = unsafe unsafeBitCast((whole &- half &+ one) &<< 23, to: V.self)
    return p * first * second
  }

  // MARK: Mechanism

  /// Where a lane of `a` is less than that of `b`.
  ///
  /// Written for any vector, `.<` goes lane by lane; the standard library has it as an instruction for the types themselves.
  @inlinable @inline(__always)
  static func isLess<V: SIMD>(_ a: V, _ b: V) -> SIMDMask<V.MaskStorage> where V.Scalar: Comparable {
    if V.self == SIMD2<Float>.self { return mask(a, b, { (a: SIMD2<Float>, b) in a .< b }) }
    if V.self == SIMD4<Float>.self { return mask(a, b, { (a: SIMD4<Float>, b) in a .< b }) }
    if V.self == SIMD8<Float>.self { return mask(a, b, { (a: SIMD8<Float>, b) in a .< b }) }
    if V.self == SIMD16<Float>.self { return mask(a, b, { (a: SIMD16<Float>, b) in a .< b }) }
    if V.self == SIMD32<Float>.self { return mask(a, b, { (a: SIMD32<Float>, b) in a .< b }) }
    if V.self == SIMD2<Double>.self { return mask(a, b, { (a: SIMD2<Double>, b) in a .< b }) }
    if V.self == SIMD4<Double>.self { return mask(a, b, { (a: SIMD4<Double>, b) in a .< b }) }
    if V.self == SIMD8<Double>.self { return mask(a, b, { (a: SIMD8<Double>, b) in a .< b }) }
    if V.self == SIMD16<Double>.self { return mask(a, b, { (a: SIMD16<Double>, b) in a .< b }) }
    if V.self == SIMD32<Double>.self { return mask(a, b, { (a: SIMD32<Double>, b) in a .< b }) }
    if V.self == SIMD2<Int32>.self { return mask(a, b, { (a: SIMD2<Int32>, b) in a .< b }) }
    if V.self == SIMD4<Int32>.self { return mask(a, b, { (a: SIMD4<Int32>, b) in a .< b }) }
    if V.self == SIMD8<Int32>.self { return mask(a, b, { (a: SIMD8<Int32>, b) in a .< b }) }
    if V.self == SIMD16<Int32>.self { return mask(a, b, { (a: SIMD16<Int32>, b) in a .< b }) }
    if V.self == SIMD32<Int32>.self { return mask(a, b, { (a: SIMD32<Int32>, b) in a .< b }) }
    return a .< b
  }

  /// Applies `compare` to vectors of type `V`, which is `W`.
  @inlinable @inline(__always)
  static func mask<V: SIMD, W: SIMD>(
    _ a: V, _ b: V, _ compare: (W, W) -> SIMDMask<W.MaskStorage>
  ) -> SIMDMask<V.MaskStorage> {
    unsafe unsafeBitCast(
      compare(unsafeBitCast(a, to: W.self), unsafeBitCast(b, to: W.self)), to: SIMDMask<V.MaskStorage>.self)
  }
}
