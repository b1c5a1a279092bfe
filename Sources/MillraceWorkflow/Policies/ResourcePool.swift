/// Named units of something scarce. A ticket gets all that it needs at once, or waits; nobody who came earlier and needs one of the same names is overtaken.
///
/// ```swift
/// import MillraceWorkflow
/// var pool = ResourcePool<String>(units: ["gpu": 1, "licence": 3])
/// _ = try pool.request("train", needs: ["gpu": 1])  // true: it may begin
/// _ = try pool.request("score", needs: ["gpu": 1, "licence": 1])  // false: it waits
/// for ticket in pool.release("train") { print("begin \(ticket)") }  // score
/// ```
///
/// Nothing is held while waiting, and the oldest that waits stands first in all its lines: so it waits only for those that run, and there is no deadlock.
///
/// A pure value.
/// - Complexity: amortised O(n) for n names that a ticket needs.
public struct ResourcePool<Ticket: Hashable & Sendable>: Sendable {
  private struct Line: Sendable {
    let units: Int
    var free: Int
    /// In order of arrival, with some that have gone.
    var waiting: [(ticket: Ticket, number: Int)] = []
    var first = 0

    /// Those that have gone, once they are most of it.
    mutating func forget() {
      guard first > 64, first > waiting.count / 2 else { return }
      waiting.removeFirst(first)
      first = 0
    }
  }

  private struct Claim: Sendable {
    let needs: [String: Int]
    /// Tells a ticket's second wait from one that was withdrawn.
    let number: Int
    var holds: Bool
  }

  private var lines: [String: Line]
  private var claims: [Ticket: Claim] = [:]
  private var arrivals = 0

  /// - Precondition: no number of units is negative.
  public init(units: [String: Int]) {
    precondition(
      units.values.allSatisfy { $0 >= 0 }, "ResourcePool: units are expected to be 0 or more; found \(units)")
    lines = units.mapValues { Line(units: $0, free: $0) }
  }

  /// Adds a name.
  ///
  /// - Precondition: it is not there, and the number of units is not negative.
  public mutating func add(_ name: String, units: Int) {
    precondition(lines[name] == nil && units >= 0, "ResourcePool: \(name) with \(units) units is there, or negative")
    lines[name] = Line(units: units, free: units)
  }

  /// Units that nobody holds; nil for a name that is not there.
  public func freeUnits(of name: String) -> Int? { lines[name]?.free }
  public private(set) var waitingCount = 0

  /// Tickets that wait and need units of this name.
  ///
  /// - Complexity: O(tickets)
  public func waitingCount(for name: String) -> Int {
    claims.values.count { !$0.holds && ($0.needs[name] ?? 0) > 0 }
  }

  /// Asks for units. Needs of 0 are none.
  ///
  /// - Returns: whether the ticket holds them; otherwise it waits, and a later ``release(_:)`` or ``withdraw(_:)`` names it.
  /// - Throws: ``WorkflowError/Code/invalidInput`` for a name that is not there, a negative number, or more than there are; the ticket does not wait then.
  /// - Precondition: the ticket neither waits nor holds anything.
  public mutating func request(_ ticket: Ticket, needs: [String: Int]) throws(WorkflowError) -> Bool {
    precondition(claims[ticket] == nil, "ResourcePool: \(ticket) asks while it waits or holds")
    for (name, need) in needs.sorted(by: { $0.key < $1.key }) {
      guard let line = lines[name] else {
        throw WorkflowError(
          .invalidInput, "there is no resource \"\(name)\", only \(lines.keys.sorted().joined(separator: ", "))")
      }
      guard (0...line.units).contains(need) else {
        throw WorkflowError(.invalidInput, "needs \(need) units of \"\(name)\", of which there are \(line.units)")
      }
    }
    let needs = needs.filter { $0.value > 0 }
    arrivals += 1
    claims[ticket] = Claim(needs: needs, number: arrivals, holds: false)
    waitingCount += 1
    for name in needs.keys { lines[name]!.waiting.append((ticket, arrivals)) }
    return take(ticket)
  }

  /// A ticket gives back what it holds. Without effect for one that holds nothing.
  ///
  /// - Returns: tickets that hold what they need now.
  public mutating func release(_ ticket: Ticket) -> [Ticket] {
    guard let claim = claims[ticket], claim.holds else { return [] }
    claims[ticket] = nil
    for (name, need) in claim.needs { lines[name]!.free += need }
    return serve(claim.needs.keys)
  }

  /// A ticket that waits goes away. Without effect for one that does not.
  ///
  /// - Returns: tickets that hold what they need now.
  public mutating func withdraw(_ ticket: Ticket) -> [Ticket] {
    guard let claim = claims[ticket], !claim.holds else { return [] }
    claims[ticket] = nil
    waitingCount -= 1
    return serve(claim.needs.keys)
  }

  // MARK: -

  /// Gives to the first in these lines as long as someone can be given to. Who gets something leaves other lines, too, where the next may then be first.
  private mutating func serve(_ names: some Collection<String>) -> [Ticket] {
    var served: [Ticket] = []
    // By name, so that the same events give the same order.
    var toLook = names.sorted()
    while let name = toLook.popLast() {
      while let ticket = first(in: name), take(ticket) {
        served.append(ticket)
        toLook += claims[ticket]!.needs.keys.filter { $0 != name }.sorted()
      }
    }
    return served
  }

  private mutating func take(_ ticket: Ticket) -> Bool {
    let claim = claims[ticket]!
    for (name, need) in claim.needs {
      if lines[name]!.free < need || first(in: name) != ticket { return false }
    }
    for (name, need) in claim.needs {
      lines[name]!.free -= need
      lines[name]!.first += 1
    }
    claims[ticket]!.holds = true
    waitingCount -= 1
    return true
  }

  /// The first that waits, after letting those go that have gone.
  private mutating func first(in name: String) -> Ticket? {
    var line = lines[name]!
    lines[name] = nil
    defer { lines[name] = line }
    while line.first < line.waiting.count {
      let (ticket, number) = line.waiting[line.first]
      if let claim = claims[ticket], claim.number == number, !claim.holds {
        line.forget()
        return ticket
      }
      line.first += 1
    }
    line.waiting.removeAll(keepingCapacity: true)
    line.first = 0
    return nil
  }
}
