import Foundation
import Testing

/// The command `millrace`, as it was built beside these tests, and a folder for its files.
struct Command {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "millrace-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// - Parameters:
  ///   - environment: is added to the test's own.
  ///   - directory: where it runs; nil: at the package's root.
  func run(
    _ arguments: [String], path: String? = nil, environment: [String: String] = [:], directory: URL? = nil
  ) throws -> Outcome {
    let running = try start(arguments, path: path, environment: environment, directory: directory)
    return try running.wait()
  }

  /// A command that has been started.
  final class Running {
    let process = Process()
    fileprivate let output: URL
    private let errors = Pipe()
    private var heard = ""

    fileprivate init(output: URL) { self.output = output }

    fileprivate func run(_ terminal: FileHandle?) throws {
      process.standardOutput = try terminal ?? FileHandle(forWritingTo: output)
      if let terminal { process.standardInput = terminal }
      process.standardError = errors
      try process.run()
      try errors.fileHandleForWriting.close()
    }

    /// Waits until it has said something on standard error.
    ///
    /// - Returns: false if it has ended without.
    @discardableResult
    func hear(_ text: String) -> Bool { hear { $0.contains(text) } }

    /// What it has said on standard error, as far as it was heard.
    var said: String { heard }

    /// Waits until all that it has said on standard error is like this.
    func hear(where isEnough: (String) -> Bool) -> Bool {
      while !isEnough(heard) {
        let data = errors.fileHandleForReading.availableData
        if data.isEmpty { return false }
        heard += String(decoding: data, as: UTF8.self)
      }
      return true
    }

    func wait() throws -> Outcome {
      heard += String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8), errors: heard)
    }
  }

  /// The built `millrace`.
  static func executable() throws -> URL {
    var command = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    #if os(Linux)
      command = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    #endif
    while !FileManager.default.isExecutableFile(atPath: command.appending(path: "millrace").path) {
      try #require(command.path.count > 1, "found no built millrace above the test's executable")
      command.deleteLastPathComponent()
    }
    return command.appending(path: "millrace")
  }

  /// - Parameter terminal: for its input and output.
  func start(
    _ arguments: [String], path: String? = nil, environment: [String: String] = [:], directory: URL? = nil,
    terminal: FileHandle? = nil
  ) throws -> Running {
    let output = folder.appending(path: "\(UUID().uuidString).out")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let running = Running(output: output)
    let process = running.process
    process.executableURL = try Self.executable()
    process.arguments = arguments
    process.currentDirectoryURL = directory ?? Self.root
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let path { process.environment!["PATH"] = path }
    try running.run(terminal)
    return running
  }
}
