/// What a lease is for: the right to drive the runs of one shard of a workflow, to relay, or to count as an engine.
///
/// Written `{workflow}-{status}-{process}-{shard}-of-{total}`; a workflow's name may have hyphens, the rest has none.
public struct LeaseRole: Sendable, Hashable, CustomStringConvertible, LosslessStringConvertible {
  public var workflow: String
  /// Of a state machine; ``any`` for all that its runs may be in.
  public var status: String
  /// What its owner does.
  public var process: String
  public var shard: Int
  public var total: Int

  /// In place of a workflow or a status: all of them.
  public static let any = "any"
  /// The process that drives runs.
  public static let drive = "drive"

  /// - Precondition: 0 ≤ shard < total; no hyphens in status and process.
  public init(workflow: String, status: String = any, process: String = drive, shard: Int = 0, of total: Int = 1) {
    precondition(
      shard >= 0 && shard < total, "LeaseRole: a shard of \(total) is expected, from 0; found \(shard)")
    precondition(
      !status.contains("-") && !process.contains("-"),
      "LeaseRole: status and process without hyphens are expected; found \(status), \(process)")
    (self.workflow, self.status, self.process, self.shard, self.total) = (workflow, status, process, shard, total)
  }

  /// nil for a text that is not a role.
  public init?(_ description: String) {
    let parts = description.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 6, parts[parts.count - 2] == "of", let total = Int(parts[parts.count - 1]),
      let shard = Int(parts[parts.count - 3]), shard >= 0, shard < total, !parts[parts.count - 4].isEmpty,
      !parts[parts.count - 5].isEmpty
    else { return nil }
    self.init(
      workflow: parts.dropLast(5).joined(separator: "-"), status: String(parts[parts.count - 5]),
      process: String(parts[parts.count - 4]), shard: shard, of: total)
  }

  public var description: String { "\(workflow)-\(status)-\(process)-\(shard)-of-\(total)" }
}

/// Some shards of some workflows: which runs an engine drives.
public struct ShardSelection: Sendable, Hashable {
  /// Into how many shards each workflow's runs are divided.
  public let total: Int
  public var shards: [String: Set<Int>]

  /// - Precondition: total > 0.
  public init(of total: Int, _ shards: [String: Set<Int>] = [:]) {
    precondition(total > 0, "ShardSelection: at least one shard is expected; found \(total)")
    self.total = total
    self.shards = shards
  }

  public var isEmpty: Bool { shards.values.allSatisfy(\.isEmpty) }

  public func contains(workflow: String, shardHash: UInt32) -> Bool {
    shards[workflow]?.contains(Self.shard(of: shardHash, total)) ?? false
  }

  /// Which of so many shards a ``RunRecord/shardHash`` belongs to. Unsigned, so that there is exactly one, whatever the hash.
  public static func shard(of shardHash: UInt32, _ total: Int) -> Int { Int(UInt64(shardHash) % UInt64(total)) }
}
