import Foundation
import Testing

/// The package's own text.
enum SourceTree {
  static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All files under a folder of the package whose names end so, hidden ones and build folders left out, sorted by path.
  static func paths(under folder: String, endings: [String] = ["swift"]) -> [String] {
    let walk = FileManager.default.enumerator(
      at: root.appending(path: folder), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    return (walk?.compactMap { $0 as? URL } ?? [])
      .filter { endings.contains($0.pathExtension) }
      .map { String($0.standardizedFileURL.path.dropFirst(root.standardizedFileURL.path.count + 1)) }
      .sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func read(under folder: String, endings: [String] = ["swift"]) throws -> [SourceText] {
    try paths(under: folder, endings: endings).map { SourceText(path: $0, try text($0)) }
  }
}

/// Expects no complaints, and lists them.
func expectNone(_ complaints: [String], sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(complaints.isEmpty, "\n\(complaints.joined(separator: "\n"))", sourceLocation: sourceLocation)
}
