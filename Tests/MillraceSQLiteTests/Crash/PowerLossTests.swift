#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceSQLite
  import MillraceWorkflow
  import Testing

  /// What SQLite does to its files is written down while an engine works; then disks are made as they may be when the power fails at any place: each opens, nothing that waited for the disk is missing, and what is there is whole.
  ///
  /// The model: a file keeps what was written before its last sync; of what came after, each sector of 512 bytes may be there or not. What a process leaves that is killed at that place, is one of them.
  ///
  /// The long form: `MILLRACE_CRASHES=200 swift test --traits Workflow --filter 'SQLiteCrashTests|EngineCrashTests|PowerLossTests'`.
  @Suite(.serialized) struct PowerLossTests {
    @Test func nothingThatWaitedForTheDiskIsMissing() async throws {
      let folder = try Folder()
      await #expect(processExitsWith: .success) { [folder = folder.path as String] in
        let disk = DiskLog()
        WatchedFiles.watch(folder) { _, operation in disk.append(.file(operation)) }
        let bench = try CrashBench(folder: folder, log: CrashLog(folder + "/log") { disk.append(.line($0)) })
        try await bench.live(after: [], rounds: 2)
        try await bench.end()
        try disk.write(to: folder + "/disk")
      }
      let disk = try DiskLog(contentsOf: folder.path + "/disk")
      #expect(disk.count > 500)
      let places = (0..<(CrashCampaign.length ?? 2)).map { _ in Int.random(in: 0...disk.count) }
      var runs = 0
      for place in places {
        for loss in DiskLog.Loss.allCases {
          let seed = UInt64.random(in: .min ... .max)
          let after = try Folder()
          try disk.make(after.path, after: place, losing: loss, seed: seed)
          runs += try await CrashCampaign.finish(
            after.path, "power lost after \(place) of \(disk.count), \(loss) lost, seed \(seed)",
            survivors: loss == .nothing ? [.processCrash, .powerLoss] : [.powerLoss])
        }
      }
      #expect(runs > 0)
      print(
        "\(places.count) places in \(disk.count), \(DiskLog.Loss.allCases.count) disks each: \(runs) runs, nothing lost"
      )
    }

    @Test(arguments: [Durability.processCrash, .powerLoss])
    func aStreamWaitsForTheDiskIfItIsToSurvivePowerLoss(durability: Durability) async throws {
      let folder = try Folder()
      await #expect(processExitsWith: .success) {
        [folder = folder.path as String, durability = durability as Durability] in
        let disk = DiskLog()
        WatchedFiles.watch(folder) { _, operation in disk.append(.file(operation)) }
        let stream = try SQLiteEventStream(path: folder + "/events.db", durability: durability)
        _ = try await stream.append([OutboxEvent(id: "1", topic: "t", key: "k")], whenFull: .wait)
        let isSynced = disk.last == .file(.sync("events.db-wal"))
        precondition(isSynced == (durability == .powerLoss), "the last that was done: \(String(describing: disk.last))")
      }
    }

    /// The model finds what it is for: a store that says that it waits for the disk, and does not, loses.
    @Test func theModelLosesWhatWasNotSynced() throws {
      let folder = try Folder()
      let disk = DiskLog([
        .file(.write("a", offset: 0, [UInt8](repeating: 1, count: 1024))), .file(.sync("a")),
        .file(.write("a", offset: 512, [UInt8](repeating: 2, count: 1024))), .line("life"),
      ])
      func file(_ loss: DiskLog.Loss, after count: Int = 4) throws -> [UInt8] {
        try disk.make(folder.path, after: count, losing: loss, seed: 1)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a")))
      }
      #expect(try file(.everything) == [UInt8](repeating: 1, count: 1024))
      #expect(try file(.nothing) == [UInt8](repeating: 1, count: 512) + [UInt8](repeating: 2, count: 1024))
      #expect(try file(.everything, after: 2) == [UInt8](repeating: 1, count: 1024))
      #expect(try CrashLog.read(folder.path + "/log") == [])
    }
  }
#endif
