import Dispatch
import Synchronization
import Testing

@testable import MillracePrimitives

@Suite struct ParkerTests {
  private final class Shared: Sendable {
    let parker = Parker()
    let turn = Atomic<Int>(0)
  }

  @Test func tokenBeforeParkIsKept() {
    let shared = Shared()
    shared.parker.unpark()
    shared.parker.unpark()
    shared.parker.park()
    #expect(shared.parker.park(nanoseconds: 1) == false)
  }

  @Test func timeEndsAParkWithoutToken() {
    let shared = Shared()
    #expect(shared.parker.park(nanoseconds: 1_000) == false)
    shared.parker.unpark()
    #expect(shared.parker.park(nanoseconds: 1_000) == true)
  }

  /// Two threads hand a turn back and forth; one lost token would hang it.
  @Test func pingPong() {
    let sides = [Shared(), Shared()]
    let rounds = 20_000
    DispatchQueue.concurrentPerform(iterations: 2) { side in
      for round in 0..<rounds {
        if side == 0 {
          sides[1].turn.store(round, ordering: .relaxed)
          sides[1].parker.unpark()
          sides[0].parker.park()
        } else {
          sides[1].parker.park()
          if sides[1].turn.load(ordering: .relaxed) != round { Issue.record("round \(round) was out of turn") }
          sides[0].parker.unpark()
        }
      }
    }
  }
}

@Suite struct SleepersTests {
  @Test func nobodyIsWokenWhileSomebodySearches() {
    let sleepers = Sleepers(capacity: 4)
    sleepers.beginSearch()
    sleepers.enter(2)
    #expect(Sleepers.wantsWake(sleepers.snapshot.word))
    sleepers.beginSearch()
    #expect(!Sleepers.wantsWake(sleepers.snapshot.word))
    #expect(sleepers.take() == nil)
    #expect(sleepers.endSearch() == true)
    #expect(sleepers.take() == 2)
    // The one that was taken counts as searching until it says otherwise.
    #expect(sleepers.snapshot.searching == 1 && sleepers.snapshot.parked == 0)
    #expect(sleepers.endSearch() == true)
  }

  @Test func lastToParkIsFirstToWake() {
    let sleepers = Sleepers(capacity: 4)
    for index in 0..<4 {
      sleepers.beginSearch()
      sleepers.enter(index)
    }
    #expect(sleepers.snapshot.parked == 4 && sleepers.snapshot.top == 3)
    #expect((0..<4).map { _ in sleepers.take(force: true) } == [3, 2, 1, 0])
    #expect(sleepers.take(force: true) == nil)
  }

  /// Against a plain list, over random operations.
  @Test func randomOperationsAgreeWithAModel() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix64(seed: seed)
    let sleepers = Sleepers(capacity: 8)
    var parked: [Int] = []
    var searching: Set<Int> = []
    var running = Set(0..<8)
    for step in 0..<10_000 {
      switch random.next() % 4 {
      case 0:
        if let worker = running.randomElement(using: &random) {
          running.remove(worker)
          searching.insert(worker)
          sleepers.beginSearch()
        }
      case 1:
        if let worker = searching.randomElement(using: &random) {
          searching.remove(worker)
          running.insert(worker)
          #expect(sleepers.endSearch() == searching.isEmpty)
        }
      case 2:
        if let worker = searching.randomElement(using: &random) {
          searching.remove(worker)
          parked.append(worker)
          sleepers.enter(worker)
        }
      default:
        let expected = searching.isEmpty ? parked.popLast() : nil
        if let expected { searching.insert(expected) }
        #expect(sleepers.take() == expected)
      }
      let snapshot = sleepers.snapshot
      if snapshot.parked != parked.count || snapshot.searching != searching.count || snapshot.top != parked.last {
        Issue.record("step \(step) with seed \(seed): expected \(parked), \(searching); found \(snapshot)")
        return
      }
    }
  }
}
