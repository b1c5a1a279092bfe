import CMillraceKernels
import KernelChecks
import Testing

/// Every kernel against its meaning, at every level that this processor has. Serial: the checks share their memory.
@Suite(.serialized)
struct KernelTests {
  static let levels: [millrace_batch_level] = [.sse2, .avx2, .avx512, .neon].filter(
    millrace_batch_level_is_available)

  static func name(of level: millrace_batch_level) -> String {
    unsafe String(cString: millrace_batch_level_name(level))
  }

  @Test(arguments: levels.flatMap { level in (0..<kernel_check_count()).map { (level, $0) } })
  func kernelIsItsMeaning(level: millrace_batch_level, check: Int) {
    var text = [CChar](repeating: 0, count: 1024)
    let capacity = text.count
    let isRight = unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe kernel_check_run(check, level, false, text.baseAddress!, capacity)
    }
    let failures = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #expect(isRight, "\(Self.name(of: level)): \(failures)")
  }

  @Test func widestLevelRunsUnlessAnotherIsNamed() throws {
    let isRight = unsafe millrace_batch_level_complaint() == nil
    try #require(isRight)
    #expect(Self.levels.contains(millrace_batch_level_current()))
    let input: [Float] = [1, 2, 3]
    var output: [Float] = [0, 0, 0]
    unsafe millrace_batch_add_scalar_f32(&output, input, 1, 3)
    #expect(output == [2, 3, 4])
  }
}
