import ArgumentParser
import Foundation
import Millrace

struct Mandelbrot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the Mandelbrot set: SIMD kernels, with rows of very different cost shared by the workers.",
    discussion: """
      Computes the square from -2 - 1.5i to 1 + 1.5i, and shows it as text, or writes it as a picture. MILLRACE_SIMD names the vector instructions \
      (sse2, avx2, avx512, neon); by default the widest that the processor has.

      Examples:
        millrace mandelbrot
        millrace mandelbrot --size 2048 --png set.png

      Exit codes: 0 done; 64 wrong usage, or a wrong MILLRACE_SIMD; 73 the picture cannot be written.
      """)

  @Option(help: "Points along a side.")
  var size = 1024

  @Option(help: "Steps after which a point is taken to be in the set.")
  var steps: Int32 = 256

  @Option(
    help: ArgumentHelp("Write the picture there, as PNG.", valueName: "file"), completion: .file(extensions: ["png"]))
  var png: String?

  @Option(help: "Worker threads; default: one for each CPU that may be used.")
  var workers: Int?

  func validate() throws {
    try Analyze.validate(workers: workers)
    guard (1...32_768).contains(size) else {
      throw ValidationError("--size is expected to be between 1 and 32768; found \(size)")
    }
    guard steps >= 1 else { throw ValidationError("--steps is expected to be at least 1; found \(steps)") }
  }

  func run() throws {
    if let complaint = Batch.levelComplaint { throw complain(complaint, code: 64) }
    var configuration = WorkStealingExecutor.Configuration()
    if let workers { configuration.workerCount = workers }
    let executor = WorkStealingExecutor(configuration)
    defer { executor.shutdownBlocking() }
    let clock = ContinuousClock()
    let start = clock.now
    let (size, steps) = (size, steps)
    // Float's digits suffice while points lie far enough apart.
    let counts = try executor.runBlocking {
      size <= 4096 ? Self.counts(Float.self, size, steps) : Self.counts(Double.self, size, steps)
    }
    let elapsed = clock.now - start
    if let png {
      try writeFile(Data(Self.picture(counts, size, steps).bytes), to: png)
    } else {
      print(Self.text(counts, size, steps))
    }
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    print(
      String(
        format: "%d × %d points in %.3f s: %.3f Gpoint/s on %d workers, %@", size, size, seconds,
        Double(size * size) / seconds / 1e9, executor.workerCount, Batch.level.description))
  }

  /// How many steps each point takes to leave, row after row from the top.
  static func counts<T: Batch.Real>(_: T.Type, _ size: Int, _ steps: Int32) -> [Int32] {
    var counts = [Int32](repeating: 0, count: size * size)
    let step = 3 / T(size)
    Parallel.forEachSlice(of: &counts, size: size) { offset, row in
      let y = 1.5 - (T(offset / size) + 0.5) * step
      Batch.mandelbrot(x: -2 + step / 2, step: step, y: y, limit: steps, into: &row)
    }
    return counts
  }

  /// Bands of colour that return, so that steep places show as well as flat ones; the set is black.
  static func picture(_ counts: [Int32], _ size: Int, _ steps: Int32) -> PNG {
    let colours = (0..<255).map { index -> (red: UInt8, green: UInt8, blue: UInt8) in
      func wave(_ phase: Double) -> UInt8 {
        UInt8((0.5 - 0.5 * cos(2 * .pi * (Double(index) / 255 + phase))) * 255)
      }
      return (wave(0), wave(0.08), wave(0.25))
    }
    let pixels = counts.map { count in
      // The logarithm spreads the many slow steps near the set.
      count == steps ? 0 : UInt8(1 + Int(log2(Double(count) + 1) * 40) % 255)
    }
    return PNG(width: size, height: size, palette: [(0, 0, 0)] + colours, pixels: pixels)
  }

  static func text(_ counts: [Int32], _ size: Int, _ steps: Int32) -> String {
    let shades = Array(" .:-=+*%@")
    let (columns, rows) = (78, 32)
    return (0..<rows).map { row in
      String(
        (0..<columns).map { column in
          let count = counts[row * size / rows * size + column * size / columns]
          return count == steps ? "#" : shades[Int(log2(Double(count) + 1)) % shades.count]
        })
    }.joined(separator: "\n")
  }
}
