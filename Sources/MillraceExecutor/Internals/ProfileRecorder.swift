import CMillrace
import MillracePrimitives
import Synchronization

/// Whether an executor is being profiled, and where its workers write.
struct ProfileSwitch: ~Copyable {
  // Not private: the compiler (6.3.1) loses a private type that a stored property of a non-copyable one is generic over.
  struct State {
    var sessions = 0
    /// Of growing capacities. Kept until the scheduler goes, because a worker may still write to one after its session has ended.
    var recorders: [ProfileRecorder] = []
  }

  /// Address of the recorder, or 0: not being profiled.
  private let current = Atomic<UInt>(0)
  let state = Lock(State())

  @inline(__always)
  var isOn: Bool {
    // Relaxed: whoever finds it on calls `withRecorder`.
    current.load(ordering: .relaxed) != 0
  }

  /// Calls `body` with the recorder, which is not retained for it, if there is one.
  @inline(__always)
  func withRecorder(_ body: (ProfileRecorder) -> Void) {
    // R3: pairs with `begin`; the recorder travels.
    guard let address = unsafe UnsafeRawPointer(bitPattern: current.load(ordering: .acquiring)) else { return }
    // SAFETY: `state` keeps every recorder.
    unsafe Unmanaged<ProfileRecorder>.fromOpaque(address)._withUnsafeGuaranteedRef { body($0) }
  }

  func begin(capacity: Int) -> ProfileRecorder {
    state.withLock { state in
      state.sessions += 1
      if state.sessions > 1 { return state.recorders.last! }
      if state.recorders.last.map({ $0.capacity < capacity }) ?? true {
        state.recorders.append(ProfileRecorder(capacity: capacity))
      }
      let recorder = state.recorders.last!
      // R3: pairs with `withRecorder`.
      unsafe current.store(UInt(bitPattern: Unmanaged.passUnretained(recorder).toOpaque()), ordering: .releasing)
      return recorder
    }
  }

  func end() {
    state.withLock { state in
      state.sessions -= 1
      // Relaxed: a request to stop; what is written after it is not read.
      if state.sessions == 0 { current.store(0, ordering: .relaxed) }
    }
  }
}

/// The rings of one executor: one for each worker, made by the worker when it first writes, and a few for all threads from outside.
// SAFETY: every stored property is constant or atomic; rings are freed in `deinit`, when nobody has the recorder any more.
@safe
final class ProfileRecorder: @unchecked Sendable {
  let capacity: Int
  private let rings: UnsafeMutablePointer<Atomic<UInt>>
  private let outside: [8 of OutsideRing]
  /// Events of outside threads that found every outside ring in use.
  private let dropped = Atomic<Int>(0)

  private static var workers: Int { WorkStealingExecutor.Configuration.maximumWorkers }

  init(capacity: Int) {
    self.capacity = capacity
    unsafe rings = .allocate(capacity: Self.workers)
    for index in 0..<Self.workers { unsafe (rings + index).initialize(to: Atomic(0)) }
    outside = .init { _ in OutsideRing(capacity: capacity) }
  }

  deinit {
    for index in 0..<Self.workers {
      guard let ring = unsafe ring(index) else { continue }
      unsafe ring.deinitialize(count: 1)
      unsafe ring.deallocate()
    }
    unsafe rings.deallocate()
  }

  /// The ring of a worker, if it has written anything.
  private func ring(_ index: Int) -> UnsafeMutablePointer<ProfileRing>? {
    // R4: pairs with `write`; the ring travels.
    unsafe UnsafeMutablePointer(bitPattern: rings[index].load(ordering: .acquiring))
  }

  /// The thread that is the worker `index` only.
  func write(_ event: RawProfileEvent, worker index: Int) {
    if let ring = unsafe ring(index) {
      unsafe ring.pointee.write(event)
      return
    }
    let ring = UnsafeMutablePointer<ProfileRing>.allocate(capacity: 1)
    unsafe ring.initialize(to: ProfileRing(capacity: capacity))
    unsafe ring.pointee.write(event)
    // R4: pairs with `ring(_:)`.
    unsafe rings[index].store(UInt(bitPattern: ring), ordering: .releasing)
  }

  /// Any thread that is not a worker. Never waits: an event that finds all rings in use is counted, and dropped.
  func writeOutside(_ event: RawProfileEvent) {
    let first = Int(truncatingIfNeeded: millrace_thread_self() >> 12)
    for offset in 0..<outside.count where outside[(first &+ offset) & 7].tryWrite(event) { return }
    // Relaxed: a figure.
    dropped.wrappingAdd(1, ordering: .relaxed)
  }

  // MARK: Reading

  /// How far one reader has read.
  struct Cursor {
    fileprivate var workers: [UInt]
    fileprivate var outside: [UInt]
    fileprivate var dropped: Int
  }

  /// After all that has been written so far.
  var end: Cursor {
    Cursor(
      workers: (0..<Self.workers).map { unsafe ring($0)?.pointee.end ?? 0 },
      outside: (0..<outside.count).map { outside[$0].ring.end },
      // Relaxed: a figure.
      dropped: dropped.load(ordering: .relaxed))
  }

  /// Calls `body` for each ring that has something new: with its worker (nil: outside), its number, its events, and how many were lost.
  func read(_ cursor: inout Cursor, _ body: (_ worker: Int?, _ ring: Int, [RawProfileEvent], _ lost: Int) -> Void) {
    for index in 0..<Self.workers {
      guard let ring = unsafe ring(index) else { continue }
      var events: [RawProfileEvent] = []
      let (next, lost) = unsafe ring.pointee.read(from: cursor.workers[index], into: &events)
      cursor.workers[index] = next
      if !events.isEmpty || lost > 0 { body(index, index, events, lost) }
    }
    // Relaxed: a figure.
    let dropped = self.dropped.load(ordering: .relaxed)
    for place in 0..<outside.count {
      var events: [RawProfileEvent] = []
      let (next, lost) = outside[place].ring.read(from: cursor.outside[place], into: &events)
      cursor.outside[place] = next
      let all = lost + (place == 0 ? dropped - cursor.dropped : 0)
      if !events.isEmpty || all > 0 { body(nil, place, events, all) }
    }
    cursor.dropped = dropped
  }
}

/// A ring for threads that are no workers, one at a time.
private struct OutsideRing: ~Copyable {
  private let isTaken = Atomic<Bool>(false)
  let ring: ProfileRing

  init(capacity: Int) { ring = ProfileRing(capacity: capacity) }

  /// False: another thread is writing.
  func tryWrite(_ event: RawProfileEvent) -> Bool {
    // R5: pairs with the store below; the ring travels from writer to writer.
    if isTaken.exchange(true, ordering: .acquiring) { return false }
    ring.write(event)
    // R5: pairs with the exchange above.
    isTaken.store(false, ordering: .releasing)
    return true
  }
}
