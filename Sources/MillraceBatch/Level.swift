import CMillraceKernels

extension Batch {
  /// A set of vector instructions that the kernels and programs are compiled for.
  public enum Level: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case sse2
    /// With FMA, F16C, BMI and carry-less multiplication.
    case avx2
    /// The same, and AVX-512 F, BW, DQ and VL.
    case avx512
    /// On arm64.
    case neon

    init(_ level: millrace_batch_level) {
      self =
        switch level {
        case .sse2: .sse2
        case .avx2: .avx2
        case .avx512: .avx512
        case .neon: .neon
        }
    }

    var kernels: millrace_batch_level {
      switch self {
      case .sse2: .sse2
      case .avx2: .avx2
      case .avx512: .avx512
      case .neon: .neon
      }
    }

    public var description: String { rawValue }

    /// The processor has it.
    public var isAvailable: Bool { millrace_batch_level_is_available(kernels) }
  }

  /// The level that kernels and programs run at: the widest that the processor has, or that which the environment variable `MILLRACE_SIMD` names (`sse2`, `avx2`, `avx512`, `neon`).
  ///
  /// Chosen at the first use of a kernel or a program, once for the process. Closures have no level: they are compiled with your module.
  ///
  /// - Precondition: `MILLRACE_SIMD` is not set, or is empty, or names a level that the processor has. With anything else the first kernel or program traps, as this does, with a message that says what was expected. A program
  ///   with users asks for ``levelComplaint`` first.
  public static var level: Level { Level(millrace_batch_level_current()) }

  /// What is wrong with `MILLRACE_SIMD`, with the names that were expected. Nil: nothing, and kernels run.
  public static var levelComplaint: String? {
    unsafe millrace_batch_level_complaint().map { unsafe String(cString: $0) }
  }

  /// Runs kernels at `level` from now on, everywhere in the process: for tests and measurements.
  ///
  /// - Precondition: ``Level/isAvailable``.
  package static func use(_ level: Level) {
    precondition(millrace_batch_level_use(level.kernels), "Batch.use: this processor does not have \(level)")
  }
}
