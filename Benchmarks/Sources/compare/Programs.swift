import ArgumentParser
import Foundation

/// The contenders' programs.
final class Programs {
  private let contender: URL
  /// The same, compiled for this machine's processor.
  private let native: URL
  private let peersFolder: URL
  let peers: [String]
  /// For each round: how much faster two one-worker processes at once are than one after the other.
  private(set) var controls: [Double] = []

  /// `chrt` may be used.
  private let canBeRealtime: Bool

  /// Builds those of the peers that are wanted.
  init(peers wanted: Set<String>) throws {
    canBeRealtime = (try? Self.call("/usr/bin/env", ["chrt", "-f", "1", "true"]).status) == 0
    let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    contender = own.appendingPathComponent("contender")
    native = own.appendingPathComponent("contender-native")
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    peersFolder = package.appendingPathComponent(".build-peers")
    for program in [contender, native] where !FileManager.default.isExecutableFile(atPath: program.path) {
      print("building the contenders …")
      let name = program.lastPathComponent
      let status = try Self.call(
        "/usr/bin/env", ["swift", "build", "-c", "release", "--package-path", package.path, "--product", name]
      ).status
      guard status == 0, FileManager.default.isExecutableFile(atPath: program.path) else {
        throw ValidationError(
          "the contenders' program is missing: run swift build -c release --package-path Benchmarks")
      }
    }
    guard !wanted.isEmpty else {
      peers = []
      return
    }
    let build = package.appendingPathComponent("Peers/build").path
    print("building the peers …")
    guard try Self.call("/bin/bash", [build, "--only", wanted.sorted().joined(separator: ",")]).status == 0 else {
      throw ValidationError("\(build) failed; run it to see why")
    }
    let folder = peersFolder
    let all = [
      "tbb", "openmp", "rayon", "go", "tokio", "netty", "nio", "mojo", "numpy", "highway", "clang", "duckdb", "polars",
      "dbos", "temporal", "prefect", "luigi",
    ]
    peers = all.filter {
      wanted.contains($0) && FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent($0).path)
    }
  }

  /// The machine and the versions.
  func describe() {
    let model =
      (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
      .split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? " unknown processor"
    print(
      "machine:\(model), \(ProcessInfo.processInfo.activeProcessorCount) processors, \(ProcessInfo.processInfo.operatingSystemVersionString)"
    )
    let swift = (try? Self.call("/usr/bin/env", ["swift", "--version"]).output) ?? ""
    print("swift: \(swift.split(separator: "\n").first ?? "unknown")")
    if !canBeRealtime { print("real-time scheduling: not permitted, cases that need it are left out") }
    for peer in peers {
      let version = (try? Self.call(peersFolder.appendingPathComponent(peer).path, ["--version"]).output) ?? "unknown"
      print("\(peer): \(version.trimmingCharacters(in: .whitespacesAndNewlines))")
    }
  }

  /// Runs once. Nil: the contender does not have this workload.
  func run(_ entrant: Entrant, small: Bool) throws -> Sample? {
    if entrant.workload.isRealtime, !canBeRealtime { return nil }
    let program =
      peers.contains(entrant.contender)
      ? peersFolder.appendingPathComponent(entrant.contender) : entrant.workload.isNative ? native : contender
    var arguments = [
      "--workload", entrant.workload.name, "--contender", entrant.contender, "--workers", "\(entrant.workers)",
    ]
    if peers.contains(entrant.contender) { arguments.removeSubrange(2..<4) }
    if !entrant.workload.variant.isEmpty { arguments += ["--case", entrant.workload.variantOfProgram] }
    let size = small ? entrant.workload.smallSize : entrant.workload.size
    if size > 0 { arguments += ["--size", "\(size)"] }
    let (status, output) =
      entrant.workload.isRealtime
      ? try Self.call("/usr/bin/env", ["chrt", "-f", "1", program.path] + arguments)
      : try Self.call(program.path, arguments)
    if status == 3 { return nil }
    guard status == 0, let sample = try? JSONDecoder().decode(Sample.self, from: Data(output.utf8)), sample.verified
    else {
      throw Failure(command: [program.lastPathComponent] + arguments, status: status, output: output)
    }
    return sample
  }

  /// Measures what two processors give at present: fib by one worker, alone and twice at once.
  func control(small: Bool) throws {
    let arguments =
      ["--workload", "fib", "--contender", "millrace", "--workers", "1"] + (small ? ["--size", "25"] : [])
    func wall(_ output: String) throws -> Double { try JSONDecoder().decode(Sample.self, from: Data(output.utf8)).wall }
    let alone = try wall(Self.call(contender.path, arguments).output)
    let pair = try (0..<2).map { _ in try Self.start(contender.path, arguments) }
    let together = try pair.map { try wall(Self.finish($0).output) }
    controls.append(2 * alone / (together.reduce(0, +) / 2))
  }

  // MARK: Processes

  /// A contender has not said what it was to say.
  struct Failure: Error, CustomStringConvertible {
    let command: [String]
    let status: Int32
    let output: String

    var description: String {
      "left out: \(command.joined(separator: " ")) failed with exit code \(status), saying: \(output)"
    }
  }

  private typealias Running = (process: Process, pipe: Pipe)

  private static func start(_ program: String, _ arguments: [String]) throws -> Running {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    return (process, pipe)
  }

  private static func finish(_ running: Running) throws -> (status: Int32, output: String) {
    let output = running.pipe.fileHandleForReading.readDataToEndOfFile()
    running.process.waitUntilExit()
    return (running.process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  private static func call(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    try finish(start(program, arguments))
  }
}
