#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceSQLite
  import MillraceWorkflow
  import Testing

  /// An engine on SQLite is killed and started again, over and over, while clients, triggers and the relay work: nothing that was acknowledged is lost, nothing is done twice but what may be.
  ///
  /// The long form: `MILLRACE_CRASHES=200 swift test --traits Workflow --filter 'SQLiteCrashTests|EngineCrashTests|PowerLossTests'`.
  @Suite(.serialized) struct EngineCrashTests {
    @Test func killedAtRandomTimesItLosesAndDoublesNothing() async throws {
      let crashes = CrashCampaign.length ?? 4
      var folder = try Folder()
      var runs = 0
      for crash in 0..<crashes {
        // The first may come before anything has begun, the last after some hundred transitions.
        let end = Int.random(in: 0..<400_000)
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder.path as String, end = end as Int] in
          try await CrashVictim(folder: folder).run(microseconds: end, fromItsBeginning: end % 4 == 0)
        }
        // Several on one database: it recovers from what it has recovered from.
        if crash % 10 == 9 || crash == crashes - 1 {
          runs += try await CrashCampaign.finish(folder.path, "crash \(crash) after \(end) µs")
          folder = try Folder()
        }
      }
      // Crashes that all came before the first run would show nothing.
      #expect(runs > 0)
      print("\(crashes) crashes at random times: \(runs) runs, nothing lost, nothing doubled")
    }

    /// Before each of the first writes to a file: what is killed there has written all that came before, and nothing after.
    @Test func killedAtEachWriteItLosesAndDoublesNothing() async throws {
      // In the short form a few, others each time.
      let places =
        CrashCampaign.length == nil
        ? (0..<3).map { _ in Int.random(in: 0..<CrashCampaign.writes) } : Array(0..<CrashCampaign.writes)
      var runs = 0
      for place in places {
        let folder = try Folder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder.path as String, place = place as Int] in
          try await CrashVictim(folder: folder).run(writes: place)
        }
        runs += try await CrashCampaign.finish(folder.path, "a crash before write \(place)")
      }
      print("\(places.count) crashes before writes: \(runs) runs, nothing lost, nothing doubled")
    }
  }

  enum CrashCampaign {
    /// How many crashes the long form has; nil: the short form.
    static let length = ProcessInfo.processInfo.environment["MILLRACE_CRASHES"].flatMap { Int($0) }
    /// A round of all kinds of run in all durabilities makes about so many writes.
    static let writes = 600

    /// A last life, in this process, that nobody ends; then the oracle.
    ///
    /// - Returns: how many runs are stored.
    static func finish(
      _ folder: String, _ label: String, survivors: Set<Durability> = [.processCrash, .powerLoss]
    ) async throws -> Int {
      let path = folder + "/log"
      let before = try CrashLog.read(path)
      let bench = try CrashBench(folder: folder, log: CrashLog(path))
      try await bench.live(after: before, rounds: 0)
      await bench.engine.shutdown()
      let (faults, runs) = try await CrashOracle.look(at: try CrashLog.read(path), bench.store, survivors: survivors)
      let isRight = faults.isEmpty
      #expect(isRight, "\(label): \(faults.prefix(3).joined(separator: "\n"))")
      try await bench.end()
      return runs
    }
  }

  /// The process that dies.
  struct CrashVictim {
    let folder: String

    /// Until so long has passed: since its beginning, or since it has begun to work.
    func run(microseconds: Int, fromItsBeginning: Bool) async throws {
      @Sendable func begin() {
        DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(microseconds)) { kill(getpid(), SIGKILL) }
      }
      if fromItsBeginning { begin() }
      try await live { if $0 == "life", !fromItsBeginning { begin() } }
    }

    /// Until so many writes to files have been made.
    func run(writes: Int) async throws {
      WatchedFiles.watch(folder) { write, _ in if write == writes { kill(getpid(), SIGKILL) } }
      try await live()
    }

    private func live(observe: @escaping @Sendable (String) -> Void = { _ in }) async throws {
      let before = try CrashLog.read(folder + "/log")
      let bench = try CrashBench(folder: folder, log: CrashLog(folder + "/log", observe: observe))
      try await bench.live(after: before, rounds: .max)
    }
  }
#endif
