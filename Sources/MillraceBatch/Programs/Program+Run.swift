import CMillraceKernels

/// Running programs.
///
/// Inputs and outputs are as long as each other. An output may be the very memory of an input when it is the only output; all else that overlaps traps.
extension Batch.Program {
  // MARK: Checks

  @inlinable @inline(__always)
  func require(_ count: Int, _ other: Int) {
    if count != other { Complaint.lengths("Program.run", "the first input", count, "another one", other) }
  }

  /// Finds an input's memory; it is as long as the first.
  @inlinable @inline(__always)
  func withInput<X: Batch.Source & ~Copyable & ~Escapable, R, E: Batch.Failure>(
    _ x: borrowing X, _ count: Int, _ body: (UnsafePointer<Element>) throws(E) -> R
  ) throws(E) -> R where X.Element == Element {
    unsafe try x.withElements { (x) throws(E) in
      require(count, x.count)
      return unsafe try body(x.baseAddress ?? Batch.nowhere())
    }
  }

  /// Finds an output's memory; it is as long as the first input.
  @inlinable @inline(__always)
  func withOutput<X: Batch.Target & ~Copyable & ~Escapable, R, E: Batch.Failure>(
    _ x: inout X, _ count: Int, _ body: (UnsafeMutablePointer<Element>) throws(E) -> R
  ) throws(E) -> R where X.Element == Element {
    unsafe try x.withMutableElements { (x) throws(E) in
      if count != x.count { Complaint.lengths("Program.run", "the first input", count, "an output", x.count) }
      return unsafe try body(x.baseAddress ?? UnsafeMutablePointer(mutating: Batch.nowhere()))
    }
  }

  /// What is read, and what is written, by a program with several outputs.
  @inlinable @inline(__always)
  func requireApart(
    _ inputs: (UnsafePointer<Element>, UnsafePointer<Element>, UnsafePointer<Element>),
    _ output: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    unsafe Batch.requireApart("Program.run", inputs.0, count, output, count)
    unsafe Batch.requireApart("Program.run", inputs.1, count, output, count)
    unsafe Batch.requireApart("Program.run", inputs.2, count, output, count)
  }

  @inlinable @inline(__always)
  func requireElementwise(
    _ inputs: (UnsafePointer<Element>, UnsafePointer<Element>, UnsafePointer<Element>),
    _ output: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    unsafe Batch.requireElementwise("Program.run", inputs.0, output, count)
    unsafe Batch.requireElementwise("Program.run", inputs.1, output, count)
    unsafe Batch.requireElementwise("Program.run", inputs.2, output, count)
  }

  @inlinable @inline(__always)
  func map<E: Batch.Failure>(
    _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>, _ z: UnsafePointer<Element>,
    _ a: UnsafeMutablePointer<Element>, _ b: UnsafeMutablePointer<Element>, _ c: UnsafeMutablePointer<Element>,
    _ count: Int, on place: Batch.Place<E>
  ) throws(E) {
    if count == 0 { return }
    try place.overGrains(count, storage.grain) { part in unsafe storage.run(x, y, z, a, b, c, nil, part) }
  }

  @inlinable @inline(__always)
  func reduce<E: Batch.Failure>(
    _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>, _ z: UnsafePointer<Element>, _ count: Int,
    on place: Batch.Place<E>
  ) throws(E) -> Element {
    let blocks = (count + Grain.block - 1) / Grain.block
    if blocks == 0 { return unsafe total(Batch.nowhere(), 0) }
    if blocks == 1, !place.isShared {
      var partial: Element = 0
      unsafe _withUnprotectedUnsafeMutablePointer(to: &partial) { place in
        // Nothing is written to outputs that a program does not have.
        unsafe storage.run(x, y, z, place, place, place, place, 0..<count)
      }
      return partial
    }
    var partials = [Element](repeating: 0, count: blocks)
    return unsafe try partials.withMutableElements { (partials) throws(E) in
      let base = unsafe partials.baseAddress.unsafelyUnwrapped
      try place.overGrains(count, storage.grain) { part in
        unsafe storage.run(x, y, z, base, base, base, base, part)
      }
      return unsafe total(base, blocks)
    }
  }

  /// What the blocks' totals come to.
  @inlinable @inline(__always)
  func total(_ partials: UnsafePointer<Element>, _ blocks: Int) -> Element {
    switch unsafe storage.program.reduction {
    case .min: unsafe Element._Kernels.reduceMin(partials, blocks)
    case .max: unsafe Element._Kernels.reduceMax(partials, blocks)
    case .sum, .none: unsafe Element._Kernels.strictCombine(partials, blocks)
    }
  }
}

extension Batch {
  /// An address for what has no elements.
  @inlinable @inline(__always)
  static func nowhere<T>() -> UnsafePointer<T> {
    unsafe UnsafePointer(bitPattern: MemoryLayout<T>.alignment).unsafelyUnwrapped
  }
}

extension Batch.Program where Inputs == Batch.One, Outputs == Batch.One {
  /// Computes the output.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<X: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into a: inout A, on place: Batch.Place<E> = .caller
  ) throws(E) where X.Element == Element, A.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withOutput(&a, count) { (a) throws(E) in
        unsafe requireElementwise((x, x, x), a, count)
        unsafe try map(x, x, x, a, a, a, count, on: place)
      }
    }
  }

  /// Replaces the elements.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<X: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Batch.Place<E> = .caller
  ) throws(E) where X.Element == Element {
    unsafe try x.withMutableElements { (x) throws(E) in
      guard let base = x.baseAddress else { return }
      unsafe try map(
        UnsafePointer(base), UnsafePointer(base), UnsafePointer(base), base, base, base, x.count, on: place)
    }
  }
}

extension Batch.Program where Inputs == Batch.One, Outputs == Batch.Two {
  /// Computes both outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable,
    B: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, into a: inout A, and b: inout B, on place: Batch.Place<E> = .caller) throws(E)
  where X.Element == Element, A.Element == Element, B.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withOutput(&a, count) { (a) throws(E) in
        unsafe try withOutput(&b, count) { (b) throws(E) in
          unsafe requireApart((x, x, x), a, count)
          unsafe requireApart((x, x, x), b, count)
          unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
          unsafe try map(x, x, x, a, b, a, count, on: place)
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.One, Outputs == Batch.Three {
  /// Computes all outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable,
    B: Batch.Target & ~Copyable & ~Escapable, C: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, into a: inout A, and b: inout B, and c: inout C, on place: Batch.Place<E> = .caller) throws(E)
  where X.Element == Element, A.Element == Element, B.Element == Element, C.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withOutput(&a, count) { (a) throws(E) in
        unsafe try withOutput(&b, count) { (b) throws(E) in
          unsafe try withOutput(&c, count) { (c) throws(E) in
            unsafe requireApart((x, x, x), a, count)
            unsafe requireApart((x, x, x), b, count)
            unsafe requireApart((x, x, x), c, count)
            unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
            unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, c, count)
            unsafe Batch.requireApart("Program.run", UnsafePointer(b), count, c, count)
            unsafe try map(x, x, x, a, b, c, count, on: place)
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.One, Outputs == Batch.Sum {
  /// Computes the total of all elements. The same to the last bit on any number of workers.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<X: Batch.Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Batch.Place<E> = .caller
  ) throws(E) -> Element where X.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    return unsafe try withInput(x, count) { (x) throws(E) in
      return unsafe try reduce(x, x, x, count, on: place)
    }
  }
}

extension Batch.Program where Inputs == Batch.Two, Outputs == Batch.One {
  /// Computes the output.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    A: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, _ y: borrowing Y, into a: inout A, on place: Batch.Place<E> = .caller) throws(E)
  where X.Element == Element, Y.Element == Element, A.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withOutput(&a, count) { (a) throws(E) in
          unsafe requireElementwise((x, y, x), a, count)
          unsafe try map(x, y, x, a, a, a, count, on: place)
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Two, Outputs == Batch.Two {
  /// Computes both outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    A: Batch.Target & ~Copyable & ~Escapable, B: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, _ y: borrowing Y, into a: inout A, and b: inout B, on place: Batch.Place<E> = .caller) throws(E)
  where X.Element == Element, Y.Element == Element, A.Element == Element, B.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withOutput(&a, count) { (a) throws(E) in
          unsafe try withOutput(&b, count) { (b) throws(E) in
            unsafe requireApart((x, y, x), a, count)
            unsafe requireApart((x, y, x), b, count)
            unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
            unsafe try map(x, y, x, a, b, a, count, on: place)
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Two, Outputs == Batch.Three {
  /// Computes all outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    A: Batch.Target & ~Copyable & ~Escapable, B: Batch.Target & ~Copyable & ~Escapable,
    C: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into a: inout A, and b: inout B, and c: inout C,
    on place: Batch.Place<E> = .caller
  ) throws(E)
  where X.Element == Element, Y.Element == Element, A.Element == Element, B.Element == Element, C.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withOutput(&a, count) { (a) throws(E) in
          unsafe try withOutput(&b, count) { (b) throws(E) in
            unsafe try withOutput(&c, count) { (c) throws(E) in
              unsafe requireApart((x, y, x), a, count)
              unsafe requireApart((x, y, x), b, count)
              unsafe requireApart((x, y, x), c, count)
              unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
              unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, c, count)
              unsafe Batch.requireApart("Program.run", UnsafePointer(b), count, c, count)
              unsafe try map(x, y, x, a, b, c, count, on: place)
            }
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Two, Outputs == Batch.Sum {
  /// Computes the total of all elements. The same to the last bit on any number of workers.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ y: borrowing Y, on place: Batch.Place<E> = .caller
  ) throws(E) -> Element where X.Element == Element, Y.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    return unsafe try withInput(x, count) { (x) throws(E) in
      return unsafe try withInput(y, count) { (y) throws(E) in
        return unsafe try reduce(x, y, x, count, on: place)
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Three, Outputs == Batch.One {
  /// Computes the output.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    Z: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, _ y: borrowing Y, _ z: borrowing Z, into a: inout A, on place: Batch.Place<E> = .caller) throws(E)
  where X.Element == Element, Y.Element == Element, Z.Element == Element, A.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withInput(z, count) { (z) throws(E) in
          unsafe try withOutput(&a, count) { (a) throws(E) in
            unsafe requireElementwise((x, y, z), a, count)
            unsafe try map(x, y, z, a, a, a, count, on: place)
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Three, Outputs == Batch.Two {
  /// Computes both outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    Z: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable,
    B: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, _ z: borrowing Z, into a: inout A, and b: inout B,
    on place: Batch.Place<E> = .caller
  ) throws(E)
  where X.Element == Element, Y.Element == Element, Z.Element == Element, A.Element == Element, B.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withInput(z, count) { (z) throws(E) in
          unsafe try withOutput(&a, count) { (a) throws(E) in
            unsafe try withOutput(&b, count) { (b) throws(E) in
              unsafe requireApart((x, y, z), a, count)
              unsafe requireApart((x, y, z), b, count)
              unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
              unsafe try map(x, y, z, a, b, a, count, on: place)
            }
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Three, Outputs == Batch.Three {
  /// Computes all outputs, in one pass.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    Z: Batch.Source & ~Copyable & ~Escapable, A: Batch.Target & ~Copyable & ~Escapable,
    B: Batch.Target & ~Copyable & ~Escapable, C: Batch.Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, _ z: borrowing Z, into a: inout A, and b: inout B, and c: inout C,
    on place: Batch.Place<E> = .caller
  ) throws(E)
  where
    X.Element == Element, Y.Element == Element, Z.Element == Element, A.Element == Element, B.Element == Element,
    C.Element == Element
  {
    let count = unsafe x.withElements({ $0.count })
    unsafe try withInput(x, count) { (x) throws(E) in
      unsafe try withInput(y, count) { (y) throws(E) in
        unsafe try withInput(z, count) { (z) throws(E) in
          unsafe try withOutput(&a, count) { (a) throws(E) in
            unsafe try withOutput(&b, count) { (b) throws(E) in
              unsafe try withOutput(&c, count) { (c) throws(E) in
                unsafe requireApart((x, y, z), a, count)
                unsafe requireApart((x, y, z), b, count)
                unsafe requireApart((x, y, z), c, count)
                unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, b, count)
                unsafe Batch.requireApart("Program.run", UnsafePointer(a), count, c, count)
                unsafe Batch.requireApart("Program.run", UnsafePointer(b), count, c, count)
                unsafe try map(x, y, z, a, b, c, count, on: place)
              }
            }
          }
        }
      }
    }
  }
}

extension Batch.Program where Inputs == Batch.Three, Outputs == Batch.Sum {
  /// Computes the total of all elements. The same to the last bit on any number of workers.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public func run<
    X: Batch.Source & ~Copyable & ~Escapable, Y: Batch.Source & ~Copyable & ~Escapable,
    Z: Batch.Source & ~Copyable & ~Escapable, E: Batch.Failure
  >(_ x: borrowing X, _ y: borrowing Y, _ z: borrowing Z, on place: Batch.Place<E> = .caller) throws(E) -> Element
  where X.Element == Element, Y.Element == Element, Z.Element == Element {
    let count = unsafe x.withElements({ $0.count })
    return unsafe try withInput(x, count) { (x) throws(E) in
      return unsafe try withInput(y, count) { (y) throws(E) in
        return unsafe try withInput(z, count) { (z) throws(E) in
          return unsafe try reduce(x, y, z, count, on: place)
        }
      }
    }
  }
}
