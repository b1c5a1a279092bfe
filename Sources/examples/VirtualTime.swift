#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization

  /// An engine for which days pass in no time: whenever the run that it drives waits, the clock is set to what it waits for.
  struct VirtualTime {
    let engine: WorkflowEngine
    let store: any RunStore
    let clock: ManualWallClock

    /// - Parameter seed: of ids and delays, which are the same each time; another one for another engine on the store.
    init(store: any RunStore, clock: ManualWallClock, seed: UInt64 = 1, observers: [any RunObserver] = []) {
      self.store = store
      self.clock = clock
      var configuration = WorkflowEngine.Configuration()
      configuration.wallClock = clock
      configuration.observers = observers
      let chance = SharedChance(seed: seed)
      configuration.random = { chance }
      engine = WorkflowEngine(store: store, configuration: configuration)
    }

    /// Lets time pass for a run, to its end.
    ///
    /// - Parameter happens: what else happens up to a time, to which the clock would be set next. It returns true if the run goes on by that, else false.
    func pass(
      for run: RunID, where happens: (_ due: Timestamp) async throws -> Bool = { _ in false }
    ) async throws -> RunRecord {
      var seen: Revision?
      while true {
        let record = try await engine.wait(for: run) { [seen] record in
          record.state.isFinal || record.state == .waiting && record.revision != seen
        }
        if record.state.isFinal { return record }
        guard let stored = try await store.load(run), stored.record.revision == record.revision,
          let due = stored.timers.map(\.due).min()
        else { continue }
        seen = record.revision
        // What has come is about to be taken, unless a step is to be tried again before.
        if !stored.inbox.isEmpty, !stored.timers.contains(where: { $0.name.hasPrefix("retry:") }) { continue }
        if try await happens(due) { continue }
        clock.set(to: max(clock.now, due))
      }
    }
  }

  /// One row of random numbers for all who ask.
  private final class SharedChance: RandomNumberGenerator, Sendable {
    private let numbers: Mutex<SplitMix64>

    init(seed: UInt64) { numbers = Mutex(SplitMix64(seed: seed)) }

    func next() -> UInt64 { numbers.withLock { $0.next() } }
  }

  extension SplitMix64 {
    /// 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
  }

  /// Writes what steps log, with the time of the clock since the beginning.
  struct Narrator: RunObserver {
    let clock: ManualWallClock
    let begin: Timestamp

    init(_ clock: ManualWallClock) {
      self.clock = clock
      begin = clock.now
    }

    func observe(_ observation: RunObservation) {
      guard case .log(_, _, let line) = observation.kind else { return }
      let seconds = Int(clock.now.duration(since: begin) / .seconds(1))
      print("+\(seconds) s".padded(10) + line)
    }
  }

  /// Rows of text, each column as wide as its widest cell.
  func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
    }
    return rows.map { row in
      let line = zip(row, widths).map { $0.padded($1) }.joined(separator: "  ")
      return String(line[...(line.lastIndex { $0 != " " } ?? line.startIndex)])
    }.joined(separator: "\n")
  }

  extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  }
#endif
