/// Whose turn it is: priorities in a heap, within each the keys in a ring, for each key a chain of places.
struct TurnOrder: Sendable {
  /// Tickets of one key and one priority.
  struct Name: Sendable, Hashable {
    var priority: Int
    var key: String
  }

  private struct Group: Sendable {
    var name: Name
    var places: TicketChain
    /// Its neighbours in the ring.
    var previous: Int
    var next: Int
  }

  private var groups: [Group] = []
  private var free: [Int] = []
  private var byName: [Name: Int] = [:]
  /// Whose turn it is, for each priority with tickets.
  private var rings: [Int: Int] = [:]
  /// Priorities with tickets, and some that have none any more.
  private var priorities = PriorityHeap()

  /// The place whose turn it is. Then it is the next key's.
  mutating func next() -> Int? {
    while let top = priorities.top {
      if let turn = rings[top] {
        rings[top] = groups[turn].next
        return groups[turn].places.head
      }
      priorities.removeTop()
    }
    return nil
  }

  mutating func append(_ place: Int, in table: inout TicketTable<some Hashable & Sendable>) {
    let name = table.name(of: place)
    let group = byName[name] ?? addGroup(name)
    table.append(place, to: &groups[group].places)
  }

  mutating func remove(_ place: Int, in table: inout TicketTable<some Hashable & Sendable>) {
    let group = byName[table.name(of: place)]!
    table.remove(place, from: &groups[group].places)
    if groups[group].places.count == 0 { removeGroup(group) }
  }

  private mutating func addGroup(_ name: Name) -> Int {
    let group = free.popLast() ?? groups.count
    var new = Group(name: name, places: TicketChain(), previous: group, next: group)
    if let turn = rings[name.priority] {
      // Its turn comes last.
      (new.previous, new.next) = (groups[turn].previous, turn)
      groups[new.previous].next = group
      groups[turn].previous = group
    } else {
      rings[name.priority] = group
      priorities.insert(name.priority)
    }
    if group == groups.count { groups.append(new) } else { groups[group] = new }
    byName[name] = group
    return group
  }

  private mutating func removeGroup(_ group: Int) {
    let (name, previous, next) = (groups[group].name, groups[group].previous, groups[group].next)
    byName[name] = nil
    free.append(group)
    if next == group {
      rings[name.priority] = nil
      priorities.discard(keeping: rings.keys)
      return
    }
    groups[previous].next = next
    groups[next].previous = previous
    if rings[name.priority] == group { rings[name.priority] = next }
  }
}

/// A heap of distinct numbers, the greatest on top. Numbers that are no longer wanted stay until they are on top, or are most of it.
struct PriorityHeap: Sendable {
  private var numbers: [Int] = []
  private var members: Set<Int> = []

  var top: Int? { numbers.first }

  mutating func insert(_ number: Int) {
    guard members.insert(number).inserted else { return }
    numbers.append(number)
    var child = numbers.count - 1
    while child > 0, numbers[child] > numbers[(child - 1) / 2] {
      numbers.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeTop() {
    numbers.swapAt(0, numbers.count - 1)
    members.remove(numbers.removeLast())
    var parent = 0
    while true {
      let children = (2 * parent + 1..<2 * parent + 3).clamped(to: 0..<numbers.count)
      guard let child = children.max(by: { numbers[$0] < numbers[$1] }), numbers[child] > numbers[parent] else {
        return
      }
      numbers.swapAt(child, parent)
      parent = child
    }
  }

  /// One of its numbers is no longer wanted; these are.
  mutating func discard(keeping wanted: some Collection<Int>) {
    guard numbers.count > 64, wanted.count < numbers.count / 2 else { return }
    // Sorted downwards is a heap.
    numbers = wanted.sorted(by: >)
    members = Set(numbers)
  }
}
