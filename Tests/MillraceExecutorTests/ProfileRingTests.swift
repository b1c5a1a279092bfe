import Foundation
import Synchronization
import Testing

@testable import MillraceExecutor

@Suite struct ProfileRingTests {
  private static func event(_ number: Int) -> RawProfileEvent {
    let word = UInt64(number)
    return RawProfileEvent(
      ticks: word, .timerFired, detail: UInt8(number & 0xff), worker: number & 0xfff, name: UInt32(number),
      id: word &* 3, argument: ~word)
  }

  @Test func fieldsComeBack() {
    let event = RawProfileEvent(
      ticks: 7, .forkStarted, detail: 200, worker: 4095, name: .max, id: .max, argument: 9)
    #expect(event.kind == .forkStarted)
    #expect(event.detail == 200)
    #expect(event.worker == 4095)
    #expect(event.name == .max)
    #expect(RawProfileEvent(ticks: 7, .parked).worker == nil)
    #expect(MemoryLayout<RawProfileEvent>.stride == 32)
  }

  @Test func readsWhatWasWrittenOnce() {
    let ring = ProfileRing(capacity: 8)
    var events: [RawProfileEvent] = []
    #expect(ring.read(from: 0, into: &events) == (0, 0))
    for number in 0..<5 { ring.write(Self.event(number)) }
    #expect(ring.read(from: 0, into: &events) == (5, 0))
    #expect(events == (0..<5).map(Self.event))
    #expect(ring.read(from: 5, into: &events) == (5, 0))
    #expect(events.count == 5)
  }

  /// Full, one more than full, wrapped several times, after a first read at several places.
  @Test(arguments: [0, 1, 7, 8], [8, 9, 15, 16, 17, 40])
  func wrappedRingKeepsTheLastEvents(first: Int, count: Int) {
    let ring = ProfileRing(capacity: 8)
    for number in 0..<count { ring.write(Self.event(number)) }
    var events: [RawProfileEvent] = []
    let (next, lost) = ring.read(from: UInt(first), into: &events)
    let oldest = max(first, count - 8)
    #expect(next == UInt(count))
    #expect(lost == oldest - first)
    #expect(events == (oldest..<count).map(Self.event))
  }

  /// A reader looks all the while: no event is torn, none comes twice or out of order, and each is read or counted as lost.
  @Test(arguments: [1, 2, 64, 4096]) func drainedWhileItIsWritten(capacity: Int) async {
    final class Shared: @unchecked Sendable {  // SAFETY: one thread writes to the ring, one reads.
      let ring: ProfileRing
      let isOver = Atomic<Bool>(false)
      init(_ capacity: Int) { ring = ProfileRing(capacity: capacity) }
    }
    let shared = Shared(capacity)
    let count = 400_000
    let thread = Thread {
      for number in 0..<count { shared.ring.write(Self.event(number)) }
      shared.isOver.store(true, ordering: .releasing)
    }
    thread.start()
    var (next, lost, read, torn, last): (UInt, Int, Int, Int, UInt64) = (0, 0, 0, 0, 0)
    var isOver = false
    repeat {
      isOver = shared.isOver.load(ordering: .acquiring)
      var events: [RawProfileEvent] = []
      let result = shared.ring.read(from: next, into: &events)
      next = result.next
      lost += result.lost
      read += events.count
      for event in events {
        if event != Self.event(Int(event.ticks)) || (event.ticks <= last && read > events.count) { torn += 1 }
        last = event.ticks
      }
    } while !isOver
    #expect(torn == 0)
    #expect(next == UInt(count))
    #expect(read + lost == count)
  }

  @Test func outsideEventsAreWrittenOrCounted() {
    let recorder = ProfileRecorder(capacity: 1024)
    var cursor = recorder.end
    let threads = 16
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      for number in 0..<500 { recorder.writeOutside(Self.event(number)) }
    }
    var (read, lost) = (0, 0)
    recorder.read(&cursor) { worker, _, events, dropped in
      #expect(worker == nil)
      read += events.count
      lost += dropped
    }
    #expect(read + lost == threads * 500)
    #expect(read > 0)
  }
}
