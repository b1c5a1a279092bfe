import Foundation
import MillraceTesting
import Testing

@testable import MillraceWorkflow

@Suite struct TriggerFileTests {
  private let clock = ManualWallClock()
  private let store = MemoryRunStore()
  private let starter = RecordingStarter()

  /// A folder, and a runner that watches it until `body` returns.
  private func watching(_ folder: URL, _ body: () async throws -> Void) async throws {
    var configuration = TriggerRunner.Configuration()
    configuration.wallClock = clock
    let runner = TriggerRunner(starter: starter, store: store, configuration: configuration)
    var trigger = TriggerDefinition(
      name: "t", source: .file(folder: folder.path(percentEncoded: false), pattern: "*.csv"))
    trigger.input = ["name": "${event.name}", "size": "${event.size}"]
    try runner.add(trigger, of: "w")
    let task = Task { try await runner.run() }
    await clock.waitForSleepers(2)
    do { try await body() } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-trigger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private func names() async -> [JSONValue] { await starter.requests.map { $0.input["name"]! } }

  #if os(Linux)
    /// Time stands still: only inotify can tell.
    @Test func filesThatAreClosedOrMovedInAreHeardOf() async throws {
      try await withFolder { folder in
        try await watching(folder) {
          try Data("1".utf8).write(to: folder.appending(path: "a.csv"))
          await starter.wait(forCalls: 1)
          try Data("1".utf8).write(to: folder.appending(path: "other.txt"))
          // Not atomically, and then by being renamed.
          try Data("22".utf8).write(to: folder.appending(path: "b.part"))
          try FileManager.default.moveItem(
            at: folder.appending(path: "b.part"), to: folder.appending(path: "b.csv"))
          await starter.wait(forCalls: 2)
          try Data("333".utf8).write(to: folder.appending(path: "a.csv"))
          await starter.wait(forCalls: 3)
        }
        #expect(await names() == ["a.csv", "b.csv", "a.csv"])
        #expect(await starter.requests.map { $0.input["size"]! } == [1, 2, 3])
      }
    }
  #endif

  @Test func whatHappenedMeanwhileIsFoundAndWhatWasDoneIsNotDoneAgain() async throws {
    try await withFolder { folder in
      for name in ["a.csv", "b.csv", ".hidden.csv", "c.txt"] {
        try Data(name.utf8).write(to: folder.appending(path: name))
      }
      try FileManager.default.createDirectory(
        at: folder.appending(path: "folder.csv"), withIntermediateDirectories: true)
      try await watching(folder) {
        #expect(await starter.calls == 0)
        clock.advance(by: .seconds(2))
        await starter.wait(forCalls: 2)
        await clock.waitForSleepers(2)
      }
      #expect(await names() == ["a.csv", "b.csv"])
      try FileManager.default.removeItem(at: folder.appending(path: "a.csv"))
      try Data("longer than it was".utf8).write(to: folder.appending(path: "b.csv"))
      try await watching(folder) {
        clock.advance(by: .seconds(2))
        await starter.wait(forCalls: 3)
        await clock.waitForSleepers(2)
      }
      #expect(await names() == ["a.csv", "b.csv", "b.csv"])
      let remembered = try await store.documents(in: "triggers/files/w/t", after: nil, limit: 10)
      #expect(remembered.map(\.name.key) == ["b.csv"])
      try await watching(folder) {
        clock.advance(by: .seconds(60))
        await clock.waitForSleepers(2)
      }
      #expect(await starter.calls == 3)
    }
  }

  @Test func folderThatIsMissingIsWaitedFor() async throws {
    try await withFolder { parent in
      let folder = parent.appending(path: "later")
      try await watching(folder) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("1".utf8).write(to: folder.appending(path: "a.csv"))
        // The trigger tries again, and then the file settles.
        clock.advance(by: .seconds(60))
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2))
        await starter.wait(forCalls: 1)
        await clock.waitForSleepers(2)
      }
      #expect(await names() == ["a.csv"])
    }
  }

  // MARK: Settling

  private func stamp(_ modified: Int64, _ size: Int64) -> FileSettling.Stamp { .init(modified: modified, size: size) }

  @Test func growingFileIsTakenWhenItRests() {
    var files = FileSettling(done: [:])
    func look(_ size: Int64, at seconds: Double, closed: Set<String> = []) -> ([String], Timestamp?) {
      let look = files.looked(
        ["a": stamp(size, size)], for: nil, closed: closed, at: .at(seconds), settlingTime: .seconds(2))
      for (name, stamp) in look.ready { files.finish(name, stamp) }
      return (look.ready.map(\.name), look.lookAgain)
    }
    #expect(look(1, at: 0) == ([], .at(2)))
    #expect(look(2, at: 1.5) == ([], .at(3.5)))
    #expect(look(2, at: 3) == ([], .at(3.5)))
    #expect(look(2, at: 3.5) == (["a"], nil))
    #expect(look(2, at: 9) == ([], nil))
    // Closed: whole at once.
    #expect(look(3, at: 10, closed: ["a"]) == (["a"], nil))
    // Set back by an hour while it settles.
    #expect(look(4, at: 11) == ([], .at(13)))
    #expect(look(4, at: -3600) == ([], .at(-3598)))
    #expect(look(4, at: -3598) == (["a"], nil))
  }

  @Test func whatIsGoneIsForgotten() {
    var files = FileSettling(done: ["a": stamp(1, 1), "b": stamp(1, 1)])
    let some = files.looked(["a": stamp(1, 1)], for: ["a"], closed: [], at: .at(0), settlingTime: .seconds(2))
    #expect(some.gone == [])
    let all = files.looked(["a": stamp(1, 1)], for: nil, closed: [], at: .at(0), settlingTime: .seconds(2))
    #expect(all.gone == ["b"])
    files.forget("b")
    let again = files.looked(["b": stamp(1, 1)], for: nil, closed: ["b"], at: .at(0), settlingTime: .seconds(2))
    #expect(again.ready.map(\.name) == ["b"])
  }
}
