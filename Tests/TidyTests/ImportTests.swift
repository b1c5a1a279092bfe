import Testing

/// Arrows between modules only go down. What a folder of `Sources` may import, system modules included.
enum Imports {
  static let system: Set<String> = ["Synchronization", "Glibc", "Musl", "Darwin"]

  static let allowed: [String: Set<String>] = [
    "CMillrace": [],
    "CJemalloc": [],
    "MillracePrimitives": system.union(["CMillrace", "CJemalloc"]),
    "MillraceTimers": [],
    "CMillraceRuntimeHooks": [],
    "MillraceExecutor": system.union([
      "CMillrace", "MillracePrimitives", "MillraceTimers", "CMillraceRuntimeHooks",
    ]),
    "MillraceGraph": system.union(["CMillrace", "MillracePrimitives", "MillraceExecutor"]),
    "MillraceBatch": system.union([
      "CMillrace", "CMillraceKernels", "MillracePrimitives", "MillraceExecutor",
    ]),
    "Millrace": ["MillraceBatch", "MillraceExecutor", "MillraceGraph"],
    "MillraceTesting": system.union(["MillraceExecutor", "MillracePrimitives", "MillraceWorkflow"]),
    "MillraceWorkflow": system.union(["Millrace", "MillraceWfFormat", "Foundation"]),
    "MillraceSQLite": system.union(["MillraceCSV", "MillraceWorkflow", "GRDB", "GRDBSQLite", "Foundation"]),
    "MillraceTasks": system.union([
      "CMillrace", "Millrace", "MillraceWorkflow", "MillraceCSV", "Crypto", "FoundationNetworking", "Logging", "Yams",
      "Foundation",
    ]),
    "MillraceCSV": system.union([
      "CMillraceKernels", "MillraceExecutor", "MillraceGraph", "CMillrace", "Foundation",
    ]),
    "MillraceWfFormat": ["MillracePrimitives", "Foundation"],
    "MillraceObserve": system.union([
      "MillraceExecutor", "MillraceGraph", "MillracePrimitives", "MillraceWorkflow", "Histogram", "CoreMetrics",
      "Metrics",
      "Tracing", "Foundation", "FoundationNetworking",
    ]),
    "MillraceBench": system.union(["Millrace", "MillraceWorkflow", "Foundation", "Dispatch"]),
    "MillraceConnectors": system.union([
      "CMillrace", "Millrace", "MillraceSQLite", "MillraceTasks", "MillraceWorkflow", "CKafka", "CNATS", "Crypto",
      "Foundation",
    ]),
    "MillraceDashboard": system.union([
      "CMillraceAssets", "MillraceExecutor", "MillraceObserve", "MillraceWorkflow", "Crypto", "Logging", "Foundation",
      "FoundationNetworking",
    ]),
    "millrace-cli": system.union([
      "CMillrace", "Millrace", "MillraceBench", "MillraceConnectors", "MillraceCSV", "MillraceDashboard",
      "MillraceObserve", "MillracePrimitives", "MillraceSQLite", "MillraceTasks", "MillraceWfFormat",
      "MillraceWorkflow", "ArgumentParser", "Foundation",
    ]),
    "examples": system.union([
      "Millrace", "MillracePrimitives", "MillraceSQLite", "MillraceTasks", "MillraceTesting", "MillraceWorkflow",
      "ArgumentParser", "Foundation",
    ]),
    "stress": system.union([
      "Millrace", "MillraceExecutor", "MillraceGraph", "MillracePrimitives", "CMillrace", "Foundation", "Dispatch",
    ]),
  ]

  static func imports(of file: SourceText) -> [(index: Int, module: String)] {
    file.lines.enumerated().compactMap { index, line in
      line.code.firstMatch(
        of:
          /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)/
      ).map { (index, String($0.1)) }
    }
  }

  static func complaints(_ file: SourceText) -> [String] {
    let folder = file.path.split(separator: "/").dropFirst().first.map { String($0) } ?? ""
    guard let allowed = allowed[folder] else {
      return ["\(file.path): no one has said what \(folder) may import"]
    }
    return imports(of: file).filter { !allowed.contains($0.module) }.map {
      "\(file.path):\($0.index + 1): \(folder) may not import \($0.module)"
    }
  }

  /// A module that can be reached from itself.
  static func cycle(_ allowed: [String: Set<String>]) -> [String]? {
    func walk(_ path: [String]) -> [String]? {
      for next in (allowed[path.last!] ?? []).sorted() {
        if next == path.first { return path + [next] }
        if !path.contains(next), let found = walk(path + [next]) { return found }
      }
      return nil
    }
    return allowed.keys.sorted().lazy.compactMap { walk([$0]) }.first
  }
}

@Suite struct ImportTests {
  @Test func arrowsGoDown() throws {
    try expectNone(SourceTree.read(under: "Sources").flatMap(Imports.complaints))
    #expect(Imports.cycle(Imports.allowed) == nil)
  }

  @Test(arguments: [
    ("MillracePrimitives", "import MillraceExecutor", "MillraceExecutor"),
    ("Millrace", "@_exported import Foundation", "Foundation"),
    ("MillraceExecutor", "@testable import struct Millrace.A", "Millrace"),
    ("MillraceExecutor", "private import Foundation", "Foundation"),
  ])
  func arrowUpIsFound(folder: String, code: String, module: String) {
    let file = SourceText(path: "Sources/\(folder)/a.swift", code)
    #expect(Imports.complaints(file) == ["Sources/\(folder)/a.swift:1: \(folder) may not import \(module)"])
  }

  @Test func newFolderIsFound() {
    let file = SourceText(path: "Sources/MillraceNew/a.swift", "")
    #expect(Imports.complaints(file) == ["Sources/MillraceNew/a.swift: no one has said what MillraceNew may import"])
  }

  @Test func cycleIsFound() {
    #expect(Imports.cycle(["A": ["B"], "B": ["C"], "C": ["B"]]) == ["B", "C", "B"])
  }
}
