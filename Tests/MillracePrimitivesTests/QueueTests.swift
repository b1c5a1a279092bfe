import Dispatch
import Synchronization
import Testing

@testable import MillracePrimitives

/// What `Injector` and `JobRing` have in common, for tests that hold for both.
private protocol WordQueue: ~Copyable {
  func append(_ word: UInt)
  func removeFirst() -> UInt?
  var isEmpty: Bool { get }
  var count: Int { get }
}

extension Injector: WordQueue {
  fileprivate func append(_ word: UInt) { push(word) }
  fileprivate func removeFirst() -> UInt? { pop() }
}

extension JobRing: WordQueue {
  fileprivate func append(_ word: UInt) { push(word) }
  fileprivate func removeFirst() -> UInt? { take() }
}

@Suite struct QueueTests {
  @Test(arguments: [1, 2, 62, 63, 64, 65, 126, 127, 128, 1000])
  func smoke(count: Int) {
    check(Injector(), count)
    check(JobRing(), count)
  }

  private func check(_ queue: consuming some WordQueue & ~Copyable, _ count: Int) {
    #expect(queue.isEmpty == true)
    #expect(queue.removeFirst() == nil)
    for word in 1...count { queue.append(UInt(word)) }
    #expect(queue.count == count)
    #expect(queue.isEmpty == false)
    for word in 1...count { #expect(queue.removeFirst() == UInt(word)) }
    #expect(queue.isEmpty == true)
    #expect(queue.removeFirst() == nil)
    #expect(queue.count == 0)
  }

  @Test func randomOperationsAgreeWithAnArray() {
    let seed = UInt64.random(in: .min ... .max)
    check(Injector(), seed)
    check(JobRing(), seed)
  }

  private func check(_ queue: consuming some WordQueue & ~Copyable, _ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var model: [UInt] = []
    var next: UInt = 1
    for step in 0..<20_000 {
      // Long stretches that grow and that shrink, so that blocks and buffers are crossed both ways.
      let grows = (step / 700) % 2 == 0
      if random.next() % 10 < (grows ? 7 : 3) {
        queue.append(next)
        model.append(next)
        next += 1
      } else {
        let expected = model.isEmpty ? nil : model.removeFirst()
        let found = queue.removeFirst()
        if found != expected {
          Issue.record(
            "step \(step) with seed \(seed): expected \(String(describing: expected)), found \(String(describing: found))"
          )
          return
        }
      }
      if queue.count != model.count || queue.isEmpty != model.isEmpty {
        Issue.record("step \(step) with seed \(seed): expected \(model.count) words, found \(queue.count)")
        return
      }
    }
  }

  /// Every word arrives once, and each producer's in order.
  @Test(arguments: [(1, 1), (4, 4), (1, 6), (6, 1)])
  func stampedeOnTheInjector(producers: Int, consumers: Int) {
    let each = 40_000
    let shared = Shared(Injector())
    let seen = run(
      producers: producers, consumers: consumers, each: each, push: { shared.queue.push($0) },
      pop: { shared.queue.pop() })
    verify(seen, producers: producers, each: each)
    #expect(shared.queue.isEmpty == true)
  }

  @Test(arguments: [1, 2, 5])
  func stampedeOnTheRing(takers: Int) {
    let each = 100_000
    let shared = Shared(JobRing())
    let seen = run(
      producers: 1, consumers: takers, each: each, push: { shared.queue.push($0) }, pop: { shared.queue.take() })
    verify(seen, producers: 1, each: each)
    #expect(shared.queue.isEmpty == true)
  }

  // SAFETY: the queues are made for sharing; the class gives them a place that does not move.
  private final class Shared<Queue: ~Copyable>: @unchecked Sendable {
    let queue: Queue
    init(_ queue: consuming Queue) { self.queue = queue }
  }

  /// What each consumer saw.
  private func run(
    producers: Int, consumers: Int, each: Int, push: @escaping @Sendable (UInt) -> Void,
    pop: @escaping @Sendable () -> UInt?
  ) -> [[UInt]] {
    let left = Counter(producers * each)
    let seen = Lock<[[UInt]]>([])
    let shared = Box(seen)
    DispatchQueue.concurrentPerform(iterations: producers + consumers) { index in
      if index < producers {
        for number in 1...each { push(UInt(index) << 32 | UInt(number)) }
      } else {
        var mine: [UInt] = []
        while left.value > 0 {
          if let word = pop() {
            mine.append(word)
            left.decrement()
          }
        }
        shared.lock.withLock { $0.append(mine) }
      }
    }
    return shared.lock.withLock { $0 }
  }

  private final class Box: Sendable {
    let lock: Lock<[[UInt]]>
    init(_ lock: consuming Lock<[[UInt]]>) { self.lock = lock }
  }

  private final class Counter: Sendable {
    private let count: Atomic<Int>
    init(_ count: Int) { self.count = Atomic(count) }
    var value: Int { count.load(ordering: .relaxed) }
    func decrement() { count.wrappingSubtract(1, ordering: .relaxed) }
  }

  private func verify(_ seen: [[UInt]], producers: Int, each: Int) {
    #expect(seen.reduce(0) { $0 + $1.count } == producers * each)
    #expect(Set(seen.joined()).count == producers * each)
    for mine in seen {
      for producer in 0..<producers {
        let numbers = mine.filter { Int($0 >> 32) == producer }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
      }
    }
  }
}
