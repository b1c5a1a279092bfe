import Testing

@testable import MillraceWorkflow

@Suite struct ShardingTests {
  /// What is stored under these numbers must be found by every version of the program.
  @Test(
    arguments: [
      ("", 0xE3B0_C442, 0, 2), ("a", 0xCA97_8112, 0, 2), ("b", 0x3E23_E816, 0, 6), ("order-1", 0x0BAF_E221, 1, 1),
      ("customer-17", 0xDB2F_1AAB, 1, 3), ("Ada", 0x99A5_63AB, 1, 3), ("Émile", 0xAFB4_B674, 0, 4),
    ] as [(String, UInt32, Int, Int)])
  func aKeyHasAFixedShard(_ key: String, _ hash: UInt32, _ ofTwo: Int, _ ofEight: Int) {
    #expect(ContentHash(of: key.utf8).shardHash == hash)
    #expect(ShardSelection.shard(of: hash, 2) == ofTwo)
    #expect(ShardSelection.shard(of: hash, 8) == ofEight)
  }

  /// Read as signed, half of these are negative.
  @Test(arguments: [1, 2, 3, 7, 8, 64])
  func everyHashIsInExactlyOneShard(_ total: Int) {
    var hashes: [UInt32] = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF]
    hashes += (0..<1000).map { ContentHash(of: "key \($0)".utf8).shardHash }
    #expect(hashes.contains { Int32(bitPattern: $0) < 0 })
    var used: Set<Int> = []
    for hash in hashes {
      let shards = (0..<total).filter {
        ShardSelection(of: total, ["w": [$0]]).contains(workflow: "w", shardHash: hash)
      }
      #expect(shards == [ShardSelection.shard(of: hash, total)])
      #expect(!ShardSelection(of: total, ["w": Set(0..<total)]).contains(workflow: "v", shardHash: hash))
      used.formUnion(shards)
    }
    #expect(used.count == total)
  }

  @Test func rolesAreReadAsTheyAreWritten() throws {
    let role = LeaseRole(workflow: "nightly-report", shard: 3, of: 8)
    #expect("\(role)" == "nightly-report-any-drive-3-of-8")
    #expect(LeaseRole("\(role)") == role)
    let other = try #require(LeaseRole("orders-awaiting-relay-0-of-2"))
    #expect(other == LeaseRole(workflow: "orders", status: "awaiting", process: "relay", shard: 0, of: 2))
    for text in ["", "a role", "orders-any-drive-2-of-2", "orders-any-drive--1-of-2", "drive-0-of-1", "a-b-c-d-of-e"] {
      #expect(LeaseRole(text) == nil, "\(text)")
    }
  }

  /// Whatever engines come and go, in whatever order: each shard has one in the end, and none has more than its part.
  @Test(arguments: 1...9) func sharesAreEven(_ engines: Int) {
    let total = 8
    var owners: [Int: Int] = [:]
    for round in 1...3 {
      let present = round == 2 ? max(1, engines - 2) : engines
      // What an engine that has gone had is free.
      owners = owners.filter { $0.value < present }
      var live: [LeaseRole: Lease] = [:]
      for engine in 0..<present {
        let role = Self.leasing(engine).membership("w")
        live[role] = Lease(role: "\(role)", owner: "\(engine)", token: 1, expires: .distantFuture)
      }
      for _ in 0..<4 {
        for engine in 0..<present {
          var table = LeaseTable(total: total)
          var all = live
          table.cover("w", Self.holding(engine, Self.leasing(engine).membership("w")))
          for (shard, owner) in owners {
            let role = LeaseRole(workflow: "w", shard: shard, of: total)
            all[role] = Lease(role: "\(role)", owner: "\(owner)", token: 1, expires: .distantFuture)
            if owner == engine { table.set(role, Self.holding(engine, role)) }
          }
          let share = table.share(of: "w", owner: "\(engine)", live: all, first: engine * 3)
          #expect(share.takes.isEmpty || share.excess == 0)
          for shard in share.takes {
            #expect(owners[shard] == nil)
            owners[shard] = engine
          }
          for shard in owners.filter({ $0.value == engine }).keys.sorted().prefix(share.excess) { owners[shard] = nil }
        }
      }
      #expect(owners.count == total, "\(owners)")
      let counts = Dictionary(grouping: owners.values) { $0 }.mapValues(\.count)
      #expect(counts.values.allSatisfy { $0 <= (total + present - 1) / present }, "\(counts)")
    }
  }

  private static func leasing(_ engine: Int) -> Leasing { Leasing(owner: "\(engine)") }

  private static func holding(_ engine: Int, _ role: LeaseRole) -> LeaseTable.Holding {
    LeaseTable.Holding(
      lease: Lease(role: "\(role)", owner: "\(engine)", token: 1, expires: .distantFuture), ends: .distantFuture)
  }
}
