import Foundation
import MillraceObserve

/// Samples a run of this program with Linux's `perf`.
struct PerfRecorder {
  enum Failure: Error {
    /// `perf` is missing or refused; a message.
    case perf(String)
    /// The program itself ended with this.
    case run(Int32)
  }

  private let perf: String

  init() throws {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let found = folders.map({ "\($0)/perf" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) })
    else {
      throw Failure.perf(
        "a flame graph needs perf, which is not in PATH (Debian: apt-get install linux-perf); the rest of the profile does not: leave --flamegraph out"
      )
    }
    perf = found
  }

  /// Runs this program with other arguments.
  func record(_ arguments: [String]) throws -> FlameGraph {
    let data = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString).perf").path
    defer { try? FileManager.default.removeItem(atPath: data) }
    let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let status = try run(
      ["record", "--quiet", "-e", "cpu-clock", "-F", "997", "-g", "-o", data, "--", program] + arguments)
    guard FileManager.default.fileExists(atPath: data) else {
      throw Failure.perf(
        "perf record could not sample this program (its status was \(status)); /proc/sys/kernel/perf_event_paranoid may forbid it; leave --flamegraph out"
      )
    }
    if status != 0 { throw Failure.run(status) }
    let script = try output(["script", "-i", data, "-F", "comm,ip,sym"])
    let graph = FlameGraph(perfScript: script, demangle: Demangler().name)
    guard graph.root.samples > 0 else {
      throw Failure.perf("perf took no samples: the run was too short; give the workload a larger size")
    }
    return graph
  }

  private func run(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: perf)
    process.arguments = arguments
    try start(process)
    process.waitUntilExit()
    return process.terminationStatus
  }

  private func output(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: perf)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try start(process)
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  private func start(_ process: Process) throws {
    do { try process.run() } catch { throw Failure.perf("\(perf) could not be started: \(error)") }
  }
}

/// Readable names of Swift functions, by the runtime's own demangler.
struct Demangler {
  private typealias Function =
    @convention(c) (
      UnsafePointer<CChar>?, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
    ) -> UnsafeMutablePointer<CChar>?

  func name(_ symbol: String) -> String {
    guard symbol.hasPrefix("$s") || symbol.hasPrefix("_$s"),
      let address = unsafe dlsym(UnsafeMutableRawPointer(bitPattern: 0), "swift_demangle")
    else { return symbol }
    // SAFETY: the runtime exports the function with this type; what it returns is the caller's to free.
    let function = unsafe unsafeBitCast(address, to: Function.self)
    guard let text = unsafe function(symbol, symbol.utf8.count, nil, nil, 0) else { return symbol }
    defer { unsafe free(text) }
    return Self.short(unsafe String(cString: text))
  }

  /// Without what the compiler tells about itself, and which file something private is of: so the picture has room for the name.
  private static func short(_ name: String) -> String {
    var name = name.replacing(/\sin _[0-9A-F]{32}/, with: "").replacing(/\b(Swift|Millrace\w*)\./, with: "")
    // "generic specialization <A, B<C>> of f": a name from where the brackets are closed again.
    let wrapper = /^(merged |([a-z -]*forwarder|[a-z -]*thunk helper|[a-z -]*specialization)\b.*? (for|of|from) )/
    while let match = name.firstMatch(of: wrapper) {
      name.removeSubrange(match.range)
    }
    return name
  }
}
