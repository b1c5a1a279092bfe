/// Who waits at a queue, and who may begin: at most so many at a time, at most so many in a period, by priority, keys taking turns.
///
/// ```swift
/// import MillraceWorkflow
/// var policy = QueuePolicy()
/// policy.concurrency = 1
/// var queue = AdmissionQueue<String>(policy: policy)
/// let clock = SystemWallClock()
/// _ = queue.offer("clean", key: "customer 7", at: clock.now)
/// let admission = queue.admit(at: clock.now)
/// for ticket in admission.started { print("begin \(ticket)") }  // later: queue.finish(ticket), and admit again
/// ```
///
/// - **Order.** Higher priority first; within a priority keys take turns, and a key's tickets go in the order of their offers. Every eighth ticket that begins is the oldest that waits, whatever its priority, so that nobody waits for ever:
///   who has n older ones before him is among the next 8n + 8.
/// - **Bound.** At most ``QueuePolicy/bound`` wait. More are refused, or wait outside, as ``QueuePolicy/whenFull`` says, and come in, oldest first, as places become free. Inside and outside nobody waits longer than ``QueuePolicy/timeout``.
/// - **Rate.** In any window of ``QueuePolicy/ratePeriod``, wherever it begins, at most ``QueuePolicy/rate`` begin. (Not a token bucket: a full one lets twice its rate pass in one period.)
///
/// A pure value; time is an argument. A clock that is set back stands still for the queue until it goes on.
///
/// - Complexity: each operation O(log p) amortised for p priorities that wait, for each ticket that it moves.
public struct AdmissionQueue<Ticket: Hashable & Sendable>: Sendable {
  public enum Offer: Sendable, Hashable {
    case waiting
    /// The queue is full; it waits outside.
    case outside
    /// The queue is full; the ticket was not taken.
    case full
  }

  public struct Admission: Sendable {
    /// They begin now: each is to be given back by ``AdmissionQueue/finish(_:)``.
    public var started: [Ticket] = []
    /// They have waited for too long, and are out.
    public var timedOut: [Ticket] = []
    /// When to look again although nothing has happened; nil: not before something happens.
    public var lookAgain: Timestamp?
  }

  public let policy: QueuePolicy
  private var table = TicketTable<Ticket>()
  private var turns = TurnOrder()
  private var running: Set<Ticket> = []
  /// When the latest began, at most as many as may in a period.
  private var starts = RecentStarts()
  /// Time as the queue counts it: never back.
  private var elapsed: Int64 = 0
  private var latest: Timestamp?
  private var startsSinceOldest = 0

  /// - Precondition: concurrency, bound, rate, period and timeout of the policy are positive.
  public init(policy: QueuePolicy) {
    precondition(
      policy.concurrency > 0 && policy.bound > 0 && policy.rate ?? 1 > 0 && policy.ratePeriod > .zero
        && policy.timeout > .zero,
      "AdmissionQueue: concurrency, bound, rate, ratePeriod and timeout of its policy are expected to be positive; found \(policy)"
    )
    self.policy = policy
  }

  /// Inside.
  public var waitingCount: Int { table.inside.count }
  public var outsideCount: Int { table.outside.count }
  public var runningCount: Int { running.count }
  /// New work is better refused.
  public var isFull: Bool { waitingCount >= policy.bound }

  // MARK: Events

  /// Somebody comes.
  ///
  /// - Precondition: the ticket neither waits nor runs.
  public mutating func offer(_ ticket: Ticket, key: String, priority: Int = 0, at now: Timestamp) -> Offer {
    precondition(
      !running.contains(ticket) && table[ticket] == nil, "AdmissionQueue: \(ticket) is offered while it waits or runs")
    pass(to: now)
    if isFull && policy.whenFull == .error { return .full }
    let isOutside = isFull || table.outside.count > 0
    let place = table.add(
      ticket, key: policy.isFair ? key : "", priority: priority, deadline: deadline, isOutside: isOutside)
    if isOutside { return .outside }
    turns.append(place, in: &table)
    return .waiting
  }

  /// Lets begin who may.
  public mutating func admit(at now: Timestamp) -> Admission {
    pass(to: now)
    var admission = Admission()
    for list in [\TicketTable<Ticket>.inside, \.outside] {
      while let oldest = table[keyPath: list].head, table.deadline(of: oldest) <= elapsed {
        admission.timedOut.append(remove(oldest))
      }
    }
    comeIn()
    while running.count < policy.concurrency, table.inside.count > 0, rateAllows {
      startsSinceOldest += 1
      let place = startsSinceOldest % 8 == 0 ? table.inside.head! : turns.next()!
      let ticket = remove(place)
      running.insert(ticket)
      if let rate = policy.rate { starts.append(elapsed, keeping: rate) }
      admission.started.append(ticket)
      comeIn()
    }
    admission.lookAgain = nextLook.map { Timestamp(microseconds: $0).moved(from: elapsed, to: now) }
    return admission
  }

  /// A ticket that had begun is done.
  ///
  /// - Returns: whether it had.
  @discardableResult
  public mutating func finish(_ ticket: Ticket) -> Bool { running.remove(ticket) != nil }

  /// Somebody who waits goes away.
  ///
  /// - Returns: whether it waited.
  @discardableResult
  public mutating func withdraw(_ ticket: Ticket) -> Bool {
    guard let place = table[ticket] else { return false }
    _ = remove(place)
    comeIn()
    return true
  }

  // MARK: -

  private mutating func pass(to now: Timestamp) {
    if let latest, now > latest { elapsed += now.microseconds - latest.microseconds }
    latest = now
  }

  private var deadline: Int64 {
    let (sum, overflowed) = elapsed.addingReportingOverflow(policy.timeout.wholeMicroseconds)
    return overflowed ? .max : sum
  }

  /// From when on the next may begin, as far as the rate is concerned.
  private var rateOpens: Int64 {
    guard let rate = policy.rate, let first = starts.first(of: rate) else { return .min }
    let (sum, overflowed) = first.addingReportingOverflow(policy.ratePeriod.wholeMicrosecondsUp)
    return overflowed ? .max : sum
  }

  private var rateAllows: Bool { rateOpens <= elapsed }

  private var nextLook: Int64? {
    var looks = [table.inside.head, table.outside.head].compactMap { $0 }.map { table.deadline(of: $0) }
    if running.count < policy.concurrency, table.inside.count > 0 { looks.append(rateOpens) }
    return looks.min()
  }

  private mutating func remove(_ place: Int) -> Ticket {
    if !table.isOutside(place) { turns.remove(place, in: &table) }
    return table.remove(place)
  }

  /// Those outside take free places.
  private mutating func comeIn() {
    while table.inside.count < policy.bound, let place = table.outside.head {
      table.comeIn(place)
      turns.append(place, in: &table)
    }
  }
}

extension Timestamp {
  /// The same distance from another origin; saturates.
  fileprivate func moved(from origin: Int64, to now: Timestamp) -> Timestamp {
    let (sum, overflowed) = now.microseconds.addingReportingOverflow(microseconds - origin)
    return overflowed ? .distantFuture : Timestamp(microseconds: sum)
  }
}
