/// Places of a ``TicketTable`` in order, linked there.
struct TicketChain: Sendable {
  fileprivate(set) var head: Int?
  fileprivate var tail: Int?
  fileprivate(set) var count = 0
}

/// The tickets of an ``AdmissionQueue``: places in one array, chained by age, and for each key of each priority.
struct TicketTable<Ticket: Hashable & Sendable>: Sendable {
  private struct Links: Sendable {
    var previous: Int?
    var next: Int?
  }

  private struct Place: Sendable {
    /// nil: free.
    var ticket: Ticket?
    var key: String
    var priority: Int
    var deadline: Int64
    var isOutside: Bool
    var byAge = Links()
    var inGroup = Links()
  }

  /// Oldest first. All of them are older than those outside.
  private(set) var inside = TicketChain()
  private(set) var outside = TicketChain()
  private var places: [Place] = []
  private var free: [Int] = []
  private var byTicket: [Ticket: Int] = [:]

  subscript(ticket: Ticket) -> Int? { byTicket[ticket] }
  func deadline(of place: Int) -> Int64 { places[place].deadline }
  func isOutside(_ place: Int) -> Bool { places[place].isOutside }
  func name(of place: Int) -> TurnOrder.Name {
    TurnOrder.Name(priority: places[place].priority, key: places[place].key)
  }

  mutating func add(_ ticket: Ticket, key: String, priority: Int, deadline: Int64, isOutside: Bool) -> Int {
    let new = Place(ticket: ticket, key: key, priority: priority, deadline: deadline, isOutside: isOutside)
    let place = free.popLast() ?? places.count
    if place == places.count { places.append(new) } else { places[place] = new }
    byTicket[ticket] = place
    append(place, to: isOutside ? \.outside : \.inside)
    return place
  }

  mutating func remove(_ place: Int) -> Ticket {
    unlink(place, from: places[place].isOutside ? \.outside : \.inside)
    let ticket = places[place].ticket!
    places[place].ticket = nil
    byTicket[ticket] = nil
    free.append(place)
    return ticket
  }

  mutating func comeIn(_ place: Int) {
    unlink(place, from: \.outside)
    places[place].isOutside = false
    append(place, to: \.inside)
  }

  // MARK: Chains of a group, kept by `TurnOrder`

  mutating func append(_ place: Int, to chain: inout TicketChain) { append(place, to: &chain, \.inGroup) }
  mutating func remove(_ place: Int, from chain: inout TicketChain) { unlink(place, from: &chain, \.inGroup) }

  // MARK: -

  private mutating func append(_ place: Int, to chain: WritableKeyPath<Self, TicketChain>) {
    var changed = self[keyPath: chain]
    append(place, to: &changed, \.byAge)
    self[keyPath: chain] = changed
  }

  private mutating func unlink(_ place: Int, from chain: WritableKeyPath<Self, TicketChain>) {
    var changed = self[keyPath: chain]
    unlink(place, from: &changed, \.byAge)
    self[keyPath: chain] = changed
  }

  private mutating func append(_ place: Int, to chain: inout TicketChain, _ links: WritableKeyPath<Place, Links>) {
    places[place][keyPath: links] = Links(previous: chain.tail, next: nil)
    if let tail = chain.tail { places[tail][keyPath: links].next = place } else { chain.head = place }
    chain.tail = place
    chain.count += 1
  }

  private mutating func unlink(_ place: Int, from chain: inout TicketChain, _ links: WritableKeyPath<Place, Links>) {
    let (previous, next) = (places[place][keyPath: links].previous, places[place][keyPath: links].next)
    if let previous { places[previous][keyPath: links].next = next } else { chain.head = next }
    if let next { places[next][keyPath: links].previous = previous } else { chain.tail = previous }
    chain.count -= 1
  }
}
