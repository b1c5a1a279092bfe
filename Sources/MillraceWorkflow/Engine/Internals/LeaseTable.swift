/// Which leases an engine has: plain transitions, time is an argument.
///
/// ```text
///       taken                  asked to leave, nothing under way: released
/// free ──────→ held ⇄ leaving ───────────────────────────────────────────→ free
///               │        │  not renewed in time, fenced
///               └────────┴───────────────────────────────────────────────→ free
/// ```
struct LeaseTable {
  /// A lease, and until when it may be relied upon by the engine's own clock: counted from when it was asked for, so that it ends here no later than in the store.
  struct Holding {
    let lease: Lease
    let ends: Timestamp
  }

  struct Workflow {
    var member: Holding?
    var shards: [Int: Holding] = [:]
    /// Shards that another engine is to have, and until when attempts under way are waited for.
    var leaving: [Int: Timestamp] = [:]
    /// No shard is given up before.
    var stays: Timestamp?
  }

  let total: Int
  private(set) var workflows: [String: Workflow] = [:]
  var outbox: Holding?

  init(total: Int) {
    self.total = total
  }

  // MARK: Asking

  func covers(_ workflow: String) -> Bool { workflows[workflow] != nil }

  func holding(_ workflow: String, _ shard: Int, at now: Timestamp) -> Holding? {
    guard let found = workflows[workflow]?.shards[shard], now < found.ends else { return nil }
    return found
  }

  func isLeaving(_ workflow: String, _ shard: Int) -> Bool { workflows[workflow]?.leaving[shard] != nil }

  /// What it holds.
  func selection(at now: Timestamp) -> ShardSelection {
    ShardSelection(
      of: total, workflows.mapValues { Set($0.shards.filter { now < $0.value.ends }.keys) }.filter { !$0.value.isEmpty }
    )
  }

  /// All leases, by role.
  var holdings: [LeaseRole: Holding] {
    var all: [LeaseRole: Holding] = [:]
    for holding in workflows.values.flatMap({ [$0.member].compactMap(\.self) + $0.shards.values })
      + [outbox].compactMap(\.self)
    {
      all[LeaseRole(holding.lease.role)!] = holding
    }
    return all
  }

  // MARK: Changing

  mutating func cover(_ workflow: String, _ member: Holding) {
    workflows[workflow, default: Workflow()].member = member
  }

  mutating func set(_ role: LeaseRole, _ holding: Holding?) {
    if role == Leasing.outbox {
      outbox = holding
    } else if role.process == LeaseRole.drive {
      workflows[role.workflow]?.shards[role.shard] = holding
      if holding == nil { workflows[role.workflow]?.leaving[role.shard] = nil }
    } else {
      workflows[role.workflow]?.member = holding
    }
  }

  mutating func leave(_ workflow: String, _ shards: [Int], until: Timestamp) {
    for shard in shards { workflows[workflow]?.leaving[shard] = until }
  }

  /// Nothing is given up for the time being.
  ///
  /// - Returns: what was to be.
  mutating func stay(_ workflow: String, until: Timestamp?) -> Set<Int> {
    let leaving = Set((workflows[workflow]?.leaving ?? [:]).keys)
    workflows[workflow]?.leaving = [:]
    workflows[workflow]?.stays = until
    return leaving
  }

  /// Takes out what has ended.
  mutating func expire(at now: Timestamp) -> [LeaseRole] {
    let ended = holdings.filter { now >= $0.value.ends }.map(\.key)
    for role in ended { set(role, nil) }
    return ended
  }

  mutating func clear() {
    workflows = [:]
    outbox = nil
  }

  // MARK: Sharing

  /// What an engine does about its share of a workflow.
  struct Share {
    /// Free shards to be taken.
    var takes: [Int] = []
    /// How many shards others are to have.
    var excess = 0
  }

  /// Each engine may have as many shards as when they are divided evenly, rounded up; so each shard has somebody, and few move when an engine comes or goes.
  ///
  /// - Parameters:
  ///   - live: all leases that have not ended.
  ///   - first: the shard at which to begin to look for free ones, so that engines do not all try the same.
  func share(of workflow: String, owner: String, live: [LeaseRole: Lease], first: Int) -> Share {
    var members: Set = [owner]
    for (role, lease) in live where role.workflow == workflow && role.process.hasPrefix(Leasing.memberPrefix) {
      members.insert(lease.owner)
    }
    let most = (total + members.count - 1) / members.count
    let held = workflows[workflow]?.shards ?? [:]
    var share = Share()
    share.excess = max(0, held.count - most)
    let free = (0..<total).map { ($0 + first) % total }.filter { shard in
      guard held[shard] == nil else { return false }
      let lease = live[LeaseRole(workflow: workflow, shard: shard, of: total)]
      // Its own, from before it was started again.
      return lease == nil || lease?.owner == owner
    }
    share.takes = Array(free.prefix(max(0, most - held.count)))
    return share
  }
}
