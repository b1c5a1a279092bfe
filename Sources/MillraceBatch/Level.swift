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
  /// Chosen at the first use of a kernel, once for the process.
  ///
  /// - Precondition: `MILLRACE_SIMD` is not set, or names a level that the processor has. Kernels do not look: with a wrong name they run at the widest level. Programs that are measured ask for their level first, or tell the
  ///   user ``levelComplaint``.
  public static var level: Level {
    if let complaint = levelComplaint { fatalError(complaint) }
    return Level(millrace_batch_level_current())
  }

  /// What is wrong with `MILLRACE_SIMD`, with the names that were expected. Nil: nothing.
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
