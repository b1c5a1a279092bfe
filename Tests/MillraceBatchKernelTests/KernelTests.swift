import CMillraceKernels
import Foundation
import KernelChecks
import Testing

/// Every kernel against its meaning, at every level that this processor has. Serial: the level is the process's.
@Suite(.serialized)
struct KernelTests {
  static let levels: [millrace_batch_level] = [.sse2, .avx2, .avx512, .neon].filter(
    millrace_batch_level_is_available)

  static func name(of level: millrace_batch_level) -> String {
    unsafe String(cString: millrace_batch_level_name(level))
  }

  @Test(arguments: levels.flatMap { level in (0..<kernel_check_count()).map { (level, $0) } })
  func kernelIsItsMeaning(level: millrace_batch_level, check: Int) {
    let before = millrace_batch_level_current()
    defer { millrace_batch_level_use(before) }
    #expect(millrace_batch_level_use(level))
    var text = [CChar](repeating: 0, count: 1024)
    let capacity = text.count
    let isRight = unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe kernel_check_run(check, false, text.baseAddress!, capacity)
    }
    let failures = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #expect(isRight, "\(Self.name(of: level)): \(failures)")
  }
}
