#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  /// A folder for one test, removed after it.
  final class Folder: Sendable {
    let path: String

    init() throws {
      path = NSTemporaryDirectory() + "/millrace-sqlite-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    var database: String { path + "/runs.db" }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  @Suite struct SQLiteRunStoreTests {
    /// Opened again in the midst of each case, too.
    @Test(arguments: RunStoreConformance.cases)
    func keepsTheContract(tried: RunStoreConformance.Case) async throws {
      let folder = try Folder()
      let suite = Self.suite(in: folder)
      let failures = await suite.run(tried)
      #expect(failures.isEmpty, "\(failures)")
    }

    private static func suite(in folder: Folder, seed: UInt64 = 1) -> RunStoreConformance {
      RunStoreConformance(
        seed: seed,
        makeStore: { clock, limits in try SQLiteRunStore(path: folder.database, clock: clock, limits: limits) },
        reopen: { store, clock, limits in
          try await store.close()
          return try SQLiteRunStore(path: folder.database, clock: clock, limits: limits)
        })
    }
  }
#endif
