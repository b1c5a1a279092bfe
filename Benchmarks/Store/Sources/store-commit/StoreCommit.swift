import Foundation
import MillraceSQLite
import MillraceWorkflow

/// What a transition costs in a store: in memory, in SQLite, and in a loop around SQLite's C functions that stores the same rows with the same settings.
///
///     swift run -c release --package-path Benchmarks/Store store-commit [FOLDER]
///
/// A transition is a change of a run as the engine makes them: the record, a step, an entry of the history, and an event in the outbox. Store and loop take turns, on files in the same folder (by default a new one in the temporary folder); only their ratios mean something elsewhere.
@main
struct StoreCommit {
  static let rounds = 5

  static func main() async throws {
    let folder = CommandLine.arguments.dropFirst().first ?? NSTemporaryDirectory() + "/store-commit-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await measureSize()
    try printSync(folder)
    try await measureMemory()
    for durability in [Durability.processCrash, .powerLoss] {
      for batch in [1, 10, 100, 1000] { try await compare(durability, batch: batch, in: folder) }
    }
    for durability in [Durability.processCrash, .powerLoss] { try await callers(durability, count: 100, in: folder) }
    try await recovery(in: folder)
  }

  // MARK: The disk itself

  private static func printSync(_ folder: String) throws {
    let descriptor = unsafe open(folder + "/sync", O_RDWR | O_CREAT, 0o644)
    precondition(descriptor >= 0, "no file can be made in \(folder)")
    defer { close(descriptor) }
    let page = [UInt8](repeating: 1, count: 4096)
    var times: [Duration] = []
    for place in 0..<200 {
      let start = ContinuousClock.now
      _ = unsafe page.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(place * 4096)) }
      fdatasync(descriptor)
      times.append(.now - start)
    }
    times.sort()
    print("a synced write of 4 KiB: p50 \(microseconds(times[100])) µs, p99 \(microseconds(times[198])) µs")
  }

  // MARK: In memory

  /// First of all: later there is memory of others to be used again.
  private static func measureSize() async throws {
    let store = MemoryRunStore()
    let changes = (0..<10_000).map { Fleet.start($0) }
    let before = residentBytes()
    _ = try await store.commit(changes)
    // Strings and payloads are shared with the changes, which were there before.
    print("memory: \((residentBytes() - before) / changes.count) bytes a new run, without its payloads")
    let count = try await store.count(RunQuery())
    precondition(count == changes.count, "\(count) runs, not \(changes.count)")
  }

  private static func measureMemory() async throws {
    let count = 100_000
    let store = MemoryRunStore()
    let runs = (0..<10_000).map { Fleet.record($0) }
    _ = try await store.commit(runs.map { RunChange(record: $0, expected: nil) })
    var fleet = Fleet(runs)
    let batches = (0..<count / 100).map { _ in fleet.changes(100) }
    var times: [Duration] = []
    for batch in batches {
      let start = ContinuousClock.now
      _ = try await store.commit(batch)
      times.append(.now - start)
    }
    times.sort()
    let singles = fleet.changes(10_000).map { [$0] }
    let start = ContinuousClock.now
    for change in singles { _ = try await store.commit(change) }
    let single = ContinuousClock.now - start
    print(
      "memory: \(nanoseconds(times[times.count / 2]) / 100) ns a transition in commits of 100, "
        + "\(nanoseconds(single) / singles.count) ns alone")
  }

  // MARK: SQLite

  private static func compare(_ durability: Durability, batch: Int, in folder: String) async throws {
    let total = durability == .powerLoss ? max(batch * 20, 200) : max(batch * 50, 5000)
    var ours: [Double] = []
    var raw: [Double] = []
    for round in 0..<rounds {
      let path = folder + "/\(durability.rawValue)-\(batch)-\(round)"
      let runs = (0..<1000).map { Fleet.record($0) }
      for isRaw in round % 2 == 0 ? [false, true] : [true, false] {
        let file = path + (isRaw ? "-raw.db" : ".db")
        var fleet = Fleet(runs)
        let store = try SQLiteRunStore(path: file)
        _ = try await store.commit(runs.map { RunChange(record: $0, expected: nil) })
        let batches = (0..<total / batch).map { _ in fleet.changes(batch, durability) }
        if isRaw {
          try await store.close()
          let loop = try RawLoop(path: file, isSynced: durability == .powerLoss)
          raw.append(rate(total) { for changes in batches { loop.commit(changes) } })
          loop.close()
        } else {
          let start = ContinuousClock.now
          for changes in batches { _ = try await store.commit(changes) }
          ours.append(Double(total) / ((ContinuousClock.now - start) / .seconds(1)))
          try await store.close()
        }
      }
    }
    let ratios = zip(ours, raw).map { $0 / $1 }.sorted()
    print(
      "\(durability) \(batch) a commit: \(whole(ours)) transitions/s, raw \(whole(raw)), ratio \(decimal(ratios[rounds / 2])) "
        + "(\(decimal(ratios[0])) to \(decimal(ratios[rounds - 1])))")
  }

  /// Callers that each commit one change after the other: the store makes groups of them.
  private static func callers(_ durability: Durability, count: Int, in folder: String) async throws {
    let store = try SQLiteRunStore(path: folder + "/callers-\(durability.rawValue).db")
    let runs = (0..<count).map { Fleet.record($0) }
    _ = try await store.commit(runs.map { RunChange(record: $0, expected: nil) })
    let each = durability == .powerLoss ? 20 : 100
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for run in runs {
        group.addTask {
          var fleet = Fleet([run])
          for _ in 0..<each { _ = try await store.commit(fleet.changes(1, durability)) }
        }
      }
      try await group.waitForAll()
    }
    print(
      "\(durability) \(count) callers: \(Int(Double(count * each) / ((ContinuousClock.now - start) / .seconds(1)))) transitions/s"
    )
    try await store.close()
  }

  private static func recovery(in folder: String) async throws {
    let path = folder + "/recovery.db"
    let count = 10_000
    let first = try SQLiteRunStore(path: path)
    _ = try await first.commit((0..<count).map { Fleet.start($0) })
    try await first.close()
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    print("SQLite: \(size / count) bytes a new run on disk")
    let start = ContinuousClock.now
    let store = try SQLiteRunStore(path: path)
    let opened = ContinuousClock.now - start
    var found = 0
    var last: RunID?
    while true {
      let page = try await store.runsToResume(after: last, limit: 1000)
      if page.isEmpty { break }
      found += page.count
      last = page.last?.record.id
    }
    precondition(found == count, "\(found) runs to resume, not \(count)")
    print(
      "SQLite: opened in \(microseconds(opened) / 1000) ms, \(count) runs to resume read in \(microseconds(.now - start) / 1000 - microseconds(opened) / 1000) ms"
    )
    try await store.close()
  }

  // MARK: Figures

  private static func rate(_ count: Int, _ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }

  private static func whole(_ rates: [Double]) -> Int { Int(rates.sorted()[rates.count / 2]) }
  private static func decimal(_ ratio: Double) -> String { String(format: "%.2f", ratio) }
  private static func microseconds(_ duration: Duration) -> Int { Int(duration / .microseconds(1)) }
  private static func nanoseconds(_ duration: Duration) -> Int { Int(duration / .nanoseconds(1)) }

  private static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
