import CMillraceKernels

extension Batch {
  /// Elementwise expressions, compiled to run in one pass over memory at the best ``level``. Made by ``program(_:_:)-(_,(Value<Float>)->Value<Float>)``.
  ///
  /// ```swift
  /// let warm = Batch.program { x in (x * 1.5 + 2.5).exp().clamped(to: 0...1) }
  /// warm.run(x, into: &y)
  /// try warm.run(x, into: &y, on: .workers)
  /// ```
  ///
  /// A program is a value: any thread may run it, any number at the same time. Intermediate values stay in registers, so a program costs less than the kernels that it is made of, one after the other, as soon as
  /// the elements do not lie in the nearest cache.
  ///
  /// - Parameters of the type: `Inputs` and `Outputs` are how many there are, or that a ``Total`` comes out.
  public struct Program<Element: Real, Inputs: Sendable, Outputs: Sendable>: Sendable {
    @usableFromInline let storage: ProgramStorage

    init(_ storage: ProgramStorage) { self.storage = storage }

    /// How many operations there are for every element.
    public var operationCount: Int { unsafe storage.program.step_count }
  }

  /// See ``Program``.
  public enum One: Sendable {}
  /// See ``Program``.
  public enum Two: Sendable {}
  /// See ``Program``.
  public enum Three: Sendable {}
  /// See ``Program``: the program has a ``Total``.
  public enum Sum: Sendable {}
}

/// A compiled program. Constant.
// SAFETY: `steps` and `instructions` are written before anybody else sees them.
@safe
@usableFromInline
final class ProgramStorage: @unchecked Sendable {
  @usableFromInline let program: millrace_batch_program
  let steps: UnsafeMutableBufferPointer<millrace_batch_step>
  let instructions: UnsafeMutablePointer<millrace_batch_instruction>
  /// Elements that one participant computes at a time, at least.
  @usableFromInline let grain: Int

  init(_ compiler: ProgramCompiler, _ order: Batch.Order, _ reduction: millrace_batch_reduction) {
    // One more, so that there is an address.
    unsafe steps = .allocate(capacity: compiler.steps.count + 1)
    for (index, step) in compiler.steps.enumerated() { unsafe steps.initializeElement(at: index, to: step) }
    unsafe instructions = .allocate(capacity: 2 * compiler.steps.count + 3)
    var program = unsafe millrace_batch_program(
      steps: UnsafePointer(steps.baseAddress!), step_count: compiler.steps.count,
      register_count: compiler.registerCount, is_strict: order == .strict, reduction: reduction,
      reduced: compiler.reduced, instructions: nil, instruction_count: 0, has_saved: false)
    unsafe millrace_batch_program_prepare(&program, instructions)
    unsafe self.program = program
    grain = max(1, 2 * Grain.streaming / max(2, compiler.cost) / Grain.block) * Grain.block
  }

  deinit {
    unsafe steps.deallocate()
    unsafe instructions.deallocate()
  }

  /// Runs the program over a part of up to three inputs and outputs; those that it does not have may be any.
  ///
  /// - Parameter partials: of the whole; the part begins at a block.
  @inlinable @inline(__always)
  func run<T: Batch.Real>(
    _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>,
    _ y: UnsafeMutablePointer<T>, _ z: UnsafeMutablePointer<T>, _ partials: UnsafeMutablePointer<T>?,
    _ part: Range<Int>
  ) {
    let first = part.lowerBound
    var inputs = unsafe (a + first, b + first, c + first)
    var outputs = unsafe (x + first, y + first, z + first)
    var program = unsafe program
    let blocks = unsafe partials.map { unsafe $0 + first / Grain.block }
    // SAFETY: a tuple of pointers is laid out as an array of them.
    unsafe _withUnprotectedUnsafeMutablePointer(to: &inputs) { inputs in
      unsafe _withUnprotectedUnsafeMutablePointer(to: &outputs) { outputs in
        unsafe T._Kernels.program(
          &program, UnsafeRawPointer(inputs).assumingMemoryBound(to: UnsafePointer<T>.self),
          UnsafeRawPointer(outputs).assumingMemoryBound(to: UnsafeMutablePointer<T>.self), blocks, part.count)
      }
    }
  }
}
