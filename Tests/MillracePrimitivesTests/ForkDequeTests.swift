import Synchronization
import Testing

@testable import MillracePrimitives

/// One owner's deque, looked at from both ends in one thread: every layout that the protocol can meet between two steps.
@Suite struct ForkDequeTests {
  private static let function: UInt = 0x1000

  @Test func unwantedJobIsPoppedByItsOwner() {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 7)
    #expect(deque.count == 1)
    #expect(deque.isDrained == false)
    #expect((deque.pop(cell, function: Self.function)) == true)
    #expect(deque.count == 0)
    #expect(deque.isDrained == true)
    #expect(deque.look() == .nothing)
  }

  @Test func thiefTakesTheOldest() throws {
    let deque = ForkDeque(capacity: 64)
    let first = deque.push(function: Self.function, context: 1)
    let second = deque.push(function: Self.function + 16, context: 2)
    guard case .job(let cell, let function) = deque.look() else { throw Failure() }
    #expect(cell == first)
    let stolenFound = deque.steal(cell: cell, function: function, thief: 3, base: 5)
    let stolen = try #require(stolenFound)
    #expect(stolen.context == 1)
    guard case .job(let next, _) = deque.look() else { throw Failure() }
    #expect(next == second)
  }

  @Test func lastElementGoesToExactlyOne() throws {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    let stolenFound = deque.steal(cell: cell, function: Self.function, thief: 3, base: 5)
    let stolen = try #require(stolenFound)
    #expect((deque.pop(cell, function: Self.function)) == false)
    let stateFound = deque.settle(cell)
    let state = try #require(stateFound)
    #expect(state.isStolen && state.thief == 3 && state.thiefBase == 5)
    deque.keepStolen(cell)
    #expect(!stolen.finish())
    deque.release(cell)
    #expect(deque.look() == .nothing)
    #expect(deque.count == 0)
  }

  @Test func poppedJobCannotBeStolen() {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    #expect((deque.pop(cell, function: Self.function)) == true)
    // The cell still holds the function; only `next` says that it is gone.
    #expect(deque.steal(cell: cell, function: Self.function, thief: 1, base: 0) == nil)
    // And the thief's retreat left it as it was.
    #expect((deque.pop(cell, function: Self.function)) == true)
  }

  @Test func aClaimOfAnOldJobDoesNotTakeTheNextOne() {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    #expect((deque.pop(cell, function: Self.function)) == true)
    let again = deque.push(function: Self.function + 16, context: 2)
    #expect(again == cell)
    #expect(deque.steal(cell: cell, function: Self.function, thief: 1, base: 0) == nil)
    #expect((deque.pop(again, function: Self.function + 16)) == true)
  }

  @Test func sleepingOwnerIsSeenByTheThiefThatFinishes() throws {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    let stolenFound = deque.steal(cell: cell, function: Self.function, thief: 9, base: 0)
    let stolen = try #require(stolenFound)
    let stateFound = deque.settle(cell)
    let state = try #require(stateFound)
    deque.keepStolen(cell)
    #expect((deque.announceWait(cell, state)) == true)
    let first = deque.firstStolen(from: deque.cells)
    #expect(first?.thief == 9)
    #expect(stolen.finish())
    deque.release(cell)
  }

  @Test func finishedJobCannotBeWaitedFor() throws {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    let stolenFound = deque.steal(cell: cell, function: Self.function, thief: 9, base: 0)
    let stolen = try #require(stolenFound)
    let stateFound = deque.settle(cell)
    let state = try #require(stateFound)
    #expect(!stolen.finish())
    #expect((deque.announceWait(cell, state)) == false)
  }

  @Test func forksMadeWhileWaitingLieAboveTheStolenOne() throws {
    let deque = ForkDeque(capacity: 64)
    let cell = deque.push(function: Self.function, context: 1)
    let stolenFound = deque.steal(cell: cell, function: Self.function, thief: 2, base: 0)
    let stolen = try #require(stolenFound)
    #expect((deque.pop(cell, function: Self.function)) == false)
    deque.keepStolen(cell)
    let above = deque.push(function: Self.function, context: 2)
    #expect(above > cell)
    #expect(deque.look() == .job(cell: above, function: Self.function))
    #expect(deque.look(from: above + 16) == .nothing)
    #expect((deque.pop(above, function: Self.function)) == true)
    _ = stolen.finish()
    deque.release(cell)
    #expect(deque.push(function: Self.function, context: 3) == cell)
    #expect(deque.look() == .job(cell: cell, function: Self.function))
  }

  @Test func statesSayWhatTheyWereMadeOf() {
    let states: [(ForkState, String)] = [
      (.empty, "empty"), (.done, "done"), (.claimed(by: 65_000), "claimed"),
      (.stolen(by: 1, base: 1_000_000), "stolen"),
      (ForkState.stolen(by: 1, base: 2).awaited, "awaited"), (ForkState(word: 0x7fff_1234_5670), "ready"),
    ]
    let table = states.map { state, name in
      "\(name): ready \(state.isReady), claimed \(state.isClaimed), stolen \(state.isStolen), awaited \(state.isAwaited)"
    }
    #expect(
      table == [
        "empty: ready false, claimed false, stolen false, awaited false",
        "done: ready false, claimed false, stolen false, awaited false",
        "claimed: ready false, claimed true, stolen false, awaited false",
        "stolen: ready false, claimed false, stolen true, awaited false",
        "awaited: ready false, claimed false, stolen true, awaited true",
        "ready: ready true, claimed false, stolen false, awaited false",
      ])
    #expect(ForkState.stolen(by: 65_000, base: 1_000_000).awaited.thief == 65_000)
    #expect(ForkState.stolen(by: 65_000, base: 1_000_000).awaited.thiefBase == 1_000_000)
  }

  private struct Failure: Error {}
}
