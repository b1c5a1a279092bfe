/// How an engine shares a store with others: it drives only runs of shards that it holds a lease of, and each of its changes carries that lease.
///
/// ```swift
/// import MillraceWorkflow
/// var configuration = WorkflowEngine.Configuration()
/// configuration.leasing = Leasing()
/// let engine = WorkflowEngine(store: MemoryRunStore(), configuration: configuration)
/// ```
///
/// Each workflow's runs are divided into ``shardCount`` shards by ``RunRecord/shardHash``, and the shards among the engines that drive the workflow. An engine may be asked about any run: what it is told of another's goes there by the store.
public struct Leasing: Sendable {
  /// Names this engine to the others. Two engines that live at the same time need two names; who starts again under the name of one that has ended takes its runs over at once, others when its leases end.
  public var owner: String
  /// Into how many shards each workflow's runs are divided, which is also the most engines that share a workflow. The same for all engines of a store.
  public var shardCount = 8
  /// How long an engine that has ended, or stands still, keeps its runs. Leases are renewed when a third of it has passed.
  public var duration = Duration.seconds(10)
  /// How often the store is looked at for what other engines leave to this one.
  public var lookPeriod = Duration.seconds(1)
  /// For so long no attempt begins in a shard that another engine is to have. If those under way have not ended then, the shard stays for the time being: none is cut short.
  public var handoverGrace = Duration.seconds(10)
  /// The workflows whose runs this engine drives; nil: all that it knows.
  public var workflows: Set<String>?

  /// - Parameter owner: by default a name that nobody else has.
  public init(owner: String? = nil) {
    var generator = SystemRandomNumberGenerator()
    self.owner = owner ?? "engine \(String(generator.next() as UInt64, radix: 36))"
  }

  func role(_ workflow: String, _ shard: Int) -> LeaseRole {
    LeaseRole(workflow: workflow, shard: shard, of: shardCount)
  }

  /// Held by each engine that drives the workflow, so that they can be counted.
  func membership(_ workflow: String) -> LeaseRole {
    let name = "\(ContentHash(of: owner.utf8))".prefix(16)
    return LeaseRole(workflow: workflow, process: Self.memberPrefix + name, of: shardCount)
  }

  static let memberPrefix = "engine."
  /// Of who hands on what runs tell the world.
  static let outbox = LeaseRole(workflow: LeaseRole.any, process: "outbox")

  func check() {
    precondition(shardCount > 0, "Leasing: at least one shard is expected; found \(shardCount)")
    precondition(
      lookPeriod > .zero && duration >= lookPeriod * 3,
      "Leasing: a duration of at least three look periods is expected; found \(duration) and \(lookPeriod)")
  }
}
