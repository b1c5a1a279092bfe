import Foundation
import Testing

@Suite(.serialized) struct MandelbrotCommandTests {
  @Test func pictureIsAPNG() throws {
    let command = try Command()
    let path = command.folder.appending(path: "set.png").path
    let outcome = try command.run(["mandelbrot", "--size", "300", "--png", path])
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(outcome.output.hasPrefix("300 × 300 points in "))
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // Width and height; then the checksum of the header's known bytes.
    #expect(Array(bytes[16..<24]) == [0, 0, 1, 44, 0, 0, 1, 44])
    #expect(String(decoding: bytes.suffix(8).prefix(4), as: UTF8.self) == "IEND")
    #expect(Array(bytes.suffix(4)) == [0xAE, 0x42, 0x60, 0x82])
  }

  @Test func textShowsTheSet() throws {
    let outcome = try Command().run(["mandelbrot", "--size", "64", "--workers", "1"])
    let lines = outcome.output.split(separator: "\n")
    #expect(outcome.status == 0 && lines.count == 33)
    // The middle row goes through the set, the first one passes it by.
    #expect(lines[16].contains("#######") && !lines[0].contains("#"))
  }

  @Test func wrongUsageIsTold() throws {
    let outcome = try Command().run(["mandelbrot", "--size", "0"])
    #expect(outcome.status == 64 && outcome.errors.contains("--size is expected to be between 1 and 32768; found 0"))
    let unwritable = try Command().run(["mandelbrot", "--size", "8", "--png", "/nowhere/a.png"])
    #expect(unwritable.status == 73 && unwritable.errors.contains("cannot write /nowhere/a.png"))
  }

  @Test func wrongLevelIsTold() throws {
    let outcome = try Command().run(["mandelbrot", "--size", "8"], environment: ["MILLRACE_SIMD": "avx51"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("MILLRACE_SIMD is \"avx51\", which is no level: expected one of"))
  }

  @Test(arguments: ["sse2", "avx2", "avx512", "neon"]) func everyLevelDrawsTheSame(level: String) throws {
    let outcome = try Command().run(["mandelbrot", "--size", "64"], environment: ["MILLRACE_SIMD": level])
    // A level that this processor does not have is refused.
    if outcome.status == 64 { return #expect(outcome.errors.contains("which")) }
    let reference = try Command().run(["mandelbrot", "--size", "64"])
    let picture = { (text: String) in text.split(separator: "\n").dropLast() }
    #expect(picture(outcome.output) == picture(reference.output) && outcome.output.contains(level))
  }
}
