/// How the memory of inputs and outputs is found and checked, the same for every kernel.
extension Batch {
  /// Calls `body` with the first elements of an input and an output of the same length, and that length, unless they are empty.
  ///
  /// The output may be the input's very memory, when the elements are of one size.
  @inlinable @inline(__always)
  static func withMemory<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ name: StaticString, _ x: borrowing X, _ y: inout Y,
    _ body: (UnsafePointer<X.Element>, UnsafeMutablePointer<Y.Element>, Int) throws(E) -> Void
  ) throws(E) {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try y.withMutableElements { (y) throws(E) in
        if x.count != y.count { Complaint.lengths(name, "the input", x.count, "the output", y.count) }
        guard let from = x.baseAddress, let to = y.baseAddress, x.count > 0 else { return }
        unsafe requireElementwise(name, from, to, x.count)
        unsafe try body(from, to, x.count)
      }
    }
  }

  /// The same with two inputs.
  @inlinable @inline(__always)
  static func withMemory<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ name: StaticString, _ x: borrowing X, _ y: borrowing Y, _ z: inout Z,
    _ body: (UnsafePointer<X.Element>, UnsafePointer<Y.Element>, UnsafeMutablePointer<Z.Element>, Int) throws(E) -> Void
  ) throws(E) {
    unsafe try y.withElements { (y) throws(E) in
      unsafe try withMemory(name, x, &z) { (x, z, count) throws(E) in
        if y.count != count { Complaint.lengths(name, "the first input", count, "the second", y.count) }
        let second = unsafe y.baseAddress.unsafelyUnwrapped
        unsafe requireElementwise(name, second, z, count)
        unsafe try body(x, second, z, count)
      }
      if y.count != 0, unsafe z.withElements({ $0.count }) == 0 {
        Complaint.lengths(name, "the first input", 0, "the second", y.count)
      }
    }
  }

  /// Elementwise kernels read a place before they write it: input and output may be one and the same, or have nothing in common.
  @inlinable @inline(__always)
  static func requireElementwise<T, U>(
    _ name: StaticString, _ input: UnsafePointer<T>, _ output: UnsafeMutablePointer<U>, _ count: Int
  ) {
    if MemoryLayout<T>.stride == MemoryLayout<U>.stride, unsafe UnsafeRawPointer(input) == UnsafeRawPointer(output) {
      return
    }
    unsafe requireApart(name, input, count, output, count)
  }

  /// What is written has nothing in common with what is read.
  @inlinable @inline(__always)
  static func requireApart<T, U>(
    _ name: StaticString, _ input: UnsafePointer<T>, _ inputCount: Int, _ output: UnsafeMutablePointer<U>,
    _ outputCount: Int
  ) {
    let (from, to) = (UInt(bitPattern: input), UInt(bitPattern: output))
    if from < to &+ UInt(outputCount &* MemoryLayout<U>.stride), to < from &+ UInt(inputCount &* MemoryLayout<T>.stride)
    {
      Complaint.overlap(name, Int(bitPattern: to &- from))
    }
  }
}

/// What a caller of a kernel has done wrong. Never inlined: it costs callers a compare and a branch.
@usableFromInline
enum Complaint {
  @usableFromInline
  @inline(never)
  static func lengths(
    _ name: StaticString, _ first: StaticString, _ count: Int, _ second: StaticString, _ other: Int
  ) -> Never {
    fatalError(
      "Batch.\(name): \(first) has \(count) elements and \(second) has \(other); they are expected to have as many")
  }

  @usableFromInline
  @inline(never)
  static func overlap(_ name: StaticString, _ distance: Int) -> Never {
    fatalError(
      "Batch.\(name): the output begins \(distance) bytes from an input that it overlaps; they are expected to have no memory in common"
        + (distance == 0 ? "" : ", or, where the kernel is elementwise, to be the same memory"))
  }
}
