import Foundation

/// The installed compiler, asked about code that uses the modules that were built beside the running test.
struct Compiler {
  /// A diagnostic that is an error.
  struct Complaint: Hashable {
    let file: String
    let line: Int
    let message: String
  }

  /// The folder that holds the test's executable, or bundle, and `Modules`.
  let buildFolder: URL

  init?() {
    var folder = Self.executable.deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appending(path: "Modules/Millrace.swiftmodule").path) {
      if folder.path.count <= 1 { return nil }
      folder.deleteLastPathComponent()
    }
    buildFolder = folder
  }

  private static var executable: URL {
    #if os(Linux)
      URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      Bundle(for: InBundle.self).bundleURL
    #endif
  }

  private final class InBundle {}

  /// Compiles files as one module, as far as diagnostics go (some come after type checking), as a user of the package would: Swift 6 mode, no
  /// other flags.
  func complaints(about files: [URL]) throws -> Set<Complaint> {
    var arguments = ["swiftc", "-emit-sil", "-o", "/dev/null", "-wmo", "-parse-as-library", "-swift-version", "6"]
    arguments += ["-module-name", "Snippets", "-I", buildFolder.appending(path: "Modules").path]
    arguments += ["-module-cache-path", buildFolder.appending(path: "ModuleCache").path]
    for map in moduleMaps { arguments += ["-Xcc", "-fmodule-map-file=\(map.path)"] }
    #if os(macOS)
      arguments += ["-target", "\(Self.architecture)-apple-macosx15.0"]
    #endif
    let (status, output) = try Self.run(arguments + files.map(\.path))
    let complaints = Self.errors(in: output)
    // A compiler that fails without a diagnostic has crashed, or was not found: that is never what a test expects.
    if (status == 0) != complaints.isEmpty { throw Failure(output: output) }
    return complaints
  }

  /// Of the C modules: written by hand beside the source, or made by the build for those that have none.
  private var moduleMaps: [URL] {
    let sources = SourceTree.root.appending(path: "Sources")
    let modules = (try? FileManager.default.contentsOfDirectory(atPath: sources.path)) ?? []
    return modules.sorted().flatMap { module in
      [
        buildFolder.appending(path: "\(module).build/module.modulemap"),
        sources.appending(path: "\(module)/module.modulemap"),
        sources.appending(path: "\(module)/include/module.modulemap"),
      ].filter { FileManager.default.fileExists(atPath: $0.path) }.prefix(1)
    } + packageModuleMaps
  }

  /// Of the C modules of the packages that Millrace's modules import.
  private var packageModuleMaps: [URL] {
    let checkouts = buildFolder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "checkouts")
    let packages = (try? FileManager.default.contentsOfDirectory(atPath: checkouts.path)) ?? []
    return packages.sorted().flatMap { package in
      let sources = checkouts.appending(path: "\(package)/Sources")
      let modules = (try? FileManager.default.contentsOfDirectory(atPath: sources.path)) ?? []
      return modules.sorted().flatMap { module in
        ["include/module.modulemap", "module.modulemap"].map { sources.appending(path: "\(module)/\($0)") }
      }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }
  }

  struct Failure: Error {
    let output: String
  }

  #if arch(arm64)
    private static let architecture = "arm64"
  #else
    private static let architecture = "x86_64"
  #endif

  /// Lines such as `/folder/File.swift:3:5: error: message`.
  static func errors(in output: String) -> Set<Complaint> {
    Set(
      output.matches(of: /(?m)^(.+):(\d+):\d+: error: (.*)$/).map {
        Complaint(file: URL(filePath: String($0.1)).lastPathComponent, line: Int($0.2)!, message: String($0.3))
      })
  }

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
