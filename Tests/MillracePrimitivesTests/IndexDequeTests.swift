import Synchronization
import Testing

@testable import MillracePrimitives

@Suite struct IndexDequeTests {
  // MARK: One thread

  @Test func ownerTakesTheNewestAndThievesTheOldest() {
    let deque = IndexDeque()
    let thief = IndexDeque()
    for index in 0..<10 as Range<UInt32> { deque.push(index) }
    #expect(deque.count == 10)
    #expect(deque.pop() == 9)
    let first = deque.steal(into: thief)
    #expect(first == 0)
    // Half of nine, rounded up: the thief goes on in the victim's order.
    let stolen = drain(thief)
    #expect(stolen == [1, 2, 3, 4])
    let left = drain(deque)
    #expect(left == [8, 7, 6, 5])
    let none = deque.steal(into: thief)
    #expect(none == nil)
  }

  @Test func theLastOneIsStolenToo() {
    let deque = IndexDeque()
    let thief = IndexDeque()
    deque.push(7)
    let first = deque.steal(into: thief)
    #expect(first == 7)
    #expect(deque.pop() == nil)
    #expect(thief.pop() == nil)
    deque.push(8)
    #expect(deque.pop() == 8)
    #expect(deque.pop() == nil)
  }

  /// Layouts: wrapped, full, just grown, with the front stolen or not.
  @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 1000])
  func growthKeepsWhatIsThere(front: Int) {
    let deque = IndexDeque()
    let thief = IndexDeque()
    for index in 0..<front {
      deque.push(UInt32(index))
      let stolen = deque.steal(into: thief)
      #expect(stolen == UInt32(index))
    }
    let count = 64 * 5 + 1
    for index in 0..<count { deque.push(UInt32(index)) }
    #expect(deque.count == count)
    let all = drain(deque)
    #expect(all == (0..<UInt32(count)).reversed())
  }

  @Test func noMoreThanTheMostIsStolen() {
    let deque = IndexDeque()
    let thief = IndexDeque()
    let count = IndexDeque.mostStolen * 3
    for index in 0..<count { deque.push(UInt32(index)) }
    let first = deque.steal(into: thief)
    #expect(first == 0)
    #expect(thief.count == IndexDeque.mostStolen - 1)
    #expect(deque.count == count - IndexDeque.mostStolen)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func randomOperationsAgreeWithAModel(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let deques = [Boxed(), Boxed()]
    // Oldest first.
    var models: [[UInt32]] = [[], []]
    var next: UInt32 = 0
    let burst = 1 + random.next() % 200
    for _ in 0..<2_000 {
      let one = Int(random.next() % 2)
      switch random.next() % 6 {
      case 0:
        for _ in 0..<random.next() % burst {
          deques[one].deque.push(next)
          models[one].append(next)
          next += 1
        }
      case 1:
        for _ in 0..<random.next() % burst {
          let popped = deques[one].deque.pop()
          #expect(popped == models[one].popLast(), "seed \(seed)")
        }
      case 2, 3:
        deques[one].deque.push(next)
        models[one].append(next)
        next += 1
      case 4:
        let popped = deques[one].deque.pop()
        #expect(popped == models[one].popLast(), "seed \(seed)")
      default:
        let stolen = deques[one].deque.steal(into: deques[1 - one].deque)
        let half = models[one].prefix(min((models[one].count + 1) / 2, IndexDeque.mostStolen))
        models[one].removeFirst(half.count)
        #expect(stolen == half.first, "seed \(seed)")
        models[1 - one] += half.dropFirst().reversed()
      }
      #expect(deques[one].deque.count == models[one].count, "seed \(seed)")
    }
    for one in 0..<2 {
      let left = drain(deques[one].deque)
      #expect(left == models[one].reversed(), "seed \(seed)")
    }
  }

  // MARK: Many threads

  @Test func lastElementGoesToExactlyOne() async {
    let owned = Boxed()
    let rounds = 20_000
    let taken = Taken(rounds)
    await withThieves(2, of: owned, taken) {
      for index in 0..<rounds {
        owned.deque.push(UInt32(index))
        if let popped = owned.deque.pop() { taken.note(popped) }
      }
    }
    #expect(taken.areAllOnce)
  }

  /// A thief that has announced more than there is goes back; the owner must not take that for an empty deque.
  @Test func emptyStaysEmpty() async {
    let owned = Boxed()
    let rounds = 40_000
    let taken = Taken(rounds * 19)
    var reappeared = 0
    var next: UInt32 = 0
    await withThieves(1, of: owned, taken) {
      for round in 0..<rounds {
        let depth = 1 + round % 32
        for _ in 0..<depth {
          owned.deque.push(next)
          next += 1
        }
        for _ in 0..<depth { if let popped = owned.deque.pop() { taken.note(popped) } }
        for _ in 0..<2 {
          owned.deque.push(next)
          next += 1
        }
        while let popped = owned.deque.pop() { taken.note(popped) }
        for _ in 0..<100 where owned.deque.count > 0 { reappeared += 1 }
      }
    }
    #expect(reappeared == 0)
    #expect(taken.areOnce(next))
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func stress(seed: UInt64) async {
    let owned = Boxed()
    let count = 100_000
    let taken = Taken(count)
    await withThieves(3, of: owned, taken) {
      var random = SplitMix64(seed: seed)
      var next = 0
      while next < count {
        for _ in 0..<min(Int(random.next() % (seed * 40)), count - next) {
          owned.deque.push(UInt32(next))
          next += 1
        }
        for _ in 0..<random.next() % (seed * 40) { if let popped = owned.deque.pop() { taken.note(popped) } }
      }
      while let popped = owned.deque.pop() { taken.note(popped) }
    }
    #expect(taken.areAllOnce, "seed \(seed)")
  }

  // MARK: Helpers

  private func drain(_ deque: borrowing IndexDeque) -> [UInt32] {
    var all: [UInt32] = []
    while let index = deque.pop() { all.append(index) }
    return all
  }

  /// Runs `owner` here while tasks steal, from it and from each other, what they then take.
  private func withThieves(_ count: Int, of owned: Boxed, _ taken: Taken, _ owner: () -> Void) async {
    let isOver = Flag()
    let thieves = (0..<count).map { _ in Boxed() }
    let tasks = thieves.indices.map { number in
      Task.detached {
        let own = thieves[number]
        while true {
          let wasOver = isOver.isSet
          var hasFound = false
          for victim in [owned] + thieves where victim !== own {
            guard let first = victim.deque.steal(into: own.deque) else { continue }
            hasFound = true
            taken.note(first)
            while let popped = own.deque.pop() { taken.note(popped) }
          }
          if wasOver, !hasFound { return }
        }
      }
    }
    owner()
    isOver.set()
    for task in tasks { await task.value }
  }

  private final class Boxed: Sendable { let deque = IndexDeque() }

  private final class Flag: Sendable {
    private let flag = Atomic<Bool>(false)
    // Relaxed: nothing travels; the tasks are awaited.
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
  }

  /// How often each index was taken.
  private final class Taken: Sendable {
    private let times: [Counter]
    private final class Counter: Sendable { let value = Atomic<Int>(0) }

    init(_ count: Int) { times = (0..<count).map { _ in Counter() } }

    // Relaxed: a count; the tasks are awaited.
    func note(_ index: UInt32) { times[Int(index)].value.wrappingAdd(1, ordering: .relaxed) }
    var areAllOnce: Bool { areOnce(UInt32(times.count)) }
    func areOnce(_ count: UInt32) -> Bool {
      // Relaxed: likewise.
      times.prefix(Int(count)).allSatisfy { $0.value.load(ordering: .relaxed) == 1 }
    }
  }
}
