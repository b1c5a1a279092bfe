import Foundation
import MillraceConnectors
import MillraceTesting
import MillraceWorkflow
import Synchronization

/// A topic of a stream.
struct StreamBench: EventSourceBench {
  let stream: any EventStream
  var source: any EventSource { StreamSource(stream, topic: "t") }

  func append(_ events: [(number: Int, key: String)]) async throws {
    _ = try await stream.append(
      events.map {
        OutboxEvent(id: "\($0.number)", topic: "t", key: $0.key, payload: Payload(["number": .int(Int64($0.number))]))
      }, whenFull: .error)
  }
}

/// A file that grows, and may be rotated now and then.
final class LineBench: EventSourceBench {
  let folder: TemporaryFolder
  private let store = MemoryRunStore()
  /// After so many lines; nil: never.
  private let rotation: Int?
  private let written = Mutex(0)

  init(rotation: Int?) throws {
    self.rotation = rotation
    folder = try TemporaryFolder()
  }

  private var path: String { folder.path("events.jsonl") }

  var source: any EventSource {
    var configuration = LineSource.Configuration()
    configuration.settlingTime = .zero
    return LineSource(
      "events", path: path, format: .json(key: "key"), store: store, configuration: configuration)
  }

  /// Also what stays in memory only of a subscription is gone: another source knows what the store does.
  func append(_ events: [(number: Int, key: String)]) throws {
    try written.withLock { written in
      for event in events {
        if let rotation, written > 0, written.isMultiple(of: rotation) { try folder.rotate("events.jsonl") }
        written += 1
        let line = Payload(["number": .int(Int64(event.number)), "key": .string(event.key)]).bytes + [0x0A]
        try folder.append(line, to: "events.jsonl")
      }
    }
  }

  func end() async { folder.remove() }
}

/// Files that come into a folder.
final class FolderBench: EventSourceBench {
  let folder: TemporaryFolder
  private let store = MemoryRunStore()

  init() throws { folder = try TemporaryFolder() }

  var source: any EventSource {
    var configuration = FolderSource.Configuration()
    configuration.settlingTime = .zero
    return FolderSource("files", folder: folder.path, store: store, configuration: configuration)
  }

  var hasKeys: Bool { false }

  func append(_ events: [(number: Int, key: String)]) throws {
    for event in events {
      // Moved in whole: without a time to settle, a file that is empty for a moment is another than the one with its content.
      let made = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try Data("x".utf8).write(to: made)
      try FileManager.default.moveItem(at: made, to: URL(filePath: folder.path("\(event.number)")))
    }
  }

  func number(of event: SourceEvent) -> Int? { Int(event.event.key) }

  func end() async { folder.remove() }
}

struct TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "millrace-connectors-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  func append(_ bytes: [UInt8], to name: String) throws {
    if !FileManager.default.fileExists(atPath: path(name)) {
      try Data(bytes).write(to: URL(filePath: path(name)))
      return
    }
    let file = try FileHandle(forWritingTo: URL(filePath: path(name)))
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: Data(bytes))
  }

  /// As logrotate does: each gets the next number.
  func rotate(_ name: String) throws {
    var last = 0
    while FileManager.default.fileExists(atPath: path("\(name).\(last + 1)")) { last += 1 }
    for number in stride(from: last, to: 0, by: -1) {
      try move("\(name).\(number)", to: "\(name).\(number + 1)")
    }
    try move(name, to: "\(name).1")
  }

  func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
  }

  func delete(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
