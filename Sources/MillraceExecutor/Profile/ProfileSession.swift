import CMillrace
import MillracePrimitives

extension WorkStealingExecutor {
  /// Begins to record what the workers do.
  ///
  /// ```swift
  /// let executor = WorkStealingExecutor.shared
  /// let session = executor.startProfile()
  /// try executor.submit { print("profiled") }
  /// let recording = session.stop()
  /// print(recording.eventCount, "events,", recording.lost, "lost")
  /// ```
  ///
  /// Each worker keeps its last `capacity` events; ``ProfileSession/drain()`` takes them out while the work goes on. Jobs that were submitted before are not told of. Several sessions may run
  /// at the same time; they share the capacity of the first.
  ///
  /// - Parameter capacity: events per worker, of 32 bytes each; rounded up to a power of two.
  /// - Precondition: `capacity` in 1...2^26.
  /// - Complexity: O(workers); the first session of a process measures its clock for 2 ms.
  public func startProfile(capacity: Int = 1 << 16) -> ProfileSession {
    precondition(
      (1...1 << 26).contains(capacity), "startProfile(capacity:) takes between 1 and 2^26 events; found \(capacity)")
    let rounded = capacity == 1 ? 1 : 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
    return ProfileSession(scheduler, capacity: rounded)
  }
}

/// A recording that is under way. Any thread may call anything. It stops when it goes away.
public final class ProfileSession: Sendable {
  private struct State {
    var cursor: ProfileRecorder.Cursor
    var isRunning = true
  }

  private let scheduler: Scheduler
  private let recorder: ProfileRecorder
  private let clock: ProfileClock
  private let state: Lock<State>

  fileprivate init(_ scheduler: Scheduler, capacity: Int) {
    self.scheduler = scheduler
    let frequency = ProfileClock.ticksPerNanosecond
    recorder = scheduler.profile.begin(capacity: capacity)
    state = Lock(State(cursor: recorder.end))
    clock = ProfileClock(start: millrace_ticks(), ticksPerNanosecond: frequency)
  }

  deinit { end() }

  /// Takes out what has been recorded since the last call. Stops nobody.
  ///
  /// - Complexity: O(events).
  public func drain() -> ProfileRecording {
    state.withLock { drain(&$0) }
  }

  /// Ends the session, and returns what has been recorded since the last ``drain()``.
  ///
  /// A job that is running then has no end in the recording.
  @discardableResult
  public func stop() -> ProfileRecording {
    end()
    return drain()
  }

  private func end() {
    let wasRunning = state.withLock { state in
      defer { state.isRunning = false }
      return state.isRunning
    }
    if wasRunning { scheduler.profile.end() }
  }

  private func drain(_ state: inout State) -> ProfileRecording {
    var tracks: [ProfileRecording.Track] = []
    recorder.read(&state.cursor) { worker, number, raw, lost in
      // A worker may have been about to write when another session stopped.
      let events = raw.lazy.filter { $0.ticks >= self.clock.start }.compactMap { ProfileEvent($0, self.clock) }
      tracks.append(.init(worker: worker, number: number, lost: lost, Array(events)))
    }
    return ProfileRecording(tracks, end: clock.instant(millrace_ticks()))
  }
}

/// Turns ticks into a session's nanoseconds.
struct ProfileClock: Sendable {
  let start: UInt64
  let ticksPerNanosecond: Double

  func instant(_ ticks: UInt64) -> ProfileInstant {
    ProfileInstant(nanoseconds: Int64((Double(Int64(bitPattern: ticks &- start)) / ticksPerNanosecond).rounded()))
  }

  /// Measured once, to some millionths.
  static let ticksPerNanosecond: Double = {
    let (ticks, nanoseconds) = (millrace_ticks(), millrace_nanoseconds())
    var now: UInt64
    repeat { now = millrace_nanoseconds() } while now - nanoseconds < 2_000_000
    return max(1e-3, Double(millrace_ticks() - ticks) / Double(now - nanoseconds))
  }()
}

extension ProfileEvent {
  /// Nil: nothing that is known.
  init?(_ raw: RawProfileEvent, _ clock: ProfileClock) {
    var job: ProfileJob? {
      ProfileJob.Kind(rawValue: raw.detail).map {
        ProfileJob($0, id: raw.id, task: raw.argument, name: ProfileName(id: raw.name))
      }
    }
    let kind: Kind?
    switch raw.kind {
    case .submitted: kind = job.map { .submitted($0) }
    case .started: kind = job.map { .started($0) }
    case .finished: kind = job.map { .finished($0) }
    case .forkStarted: kind = raw.worker.map { .forkStarted(from: $0, cell: raw.id) }
    case .forkFinished: kind = raw.worker.map { .forkFinished(from: $0, cell: raw.id) }
    case .parked: kind = Park(rawValue: raw.detail).map { .parked($0) }
    case .woken:
      kind = .woken(by: raw.worker, unparked: raw.argument <= clock.start ? nil : clock.instant(raw.argument))
    case .nameBegan: kind = ProfileName(id: raw.name).map { .nameBegan($0, isTask: raw.detail == 1) }
    case .nameEnded: kind = ProfileName(id: raw.name).map { .nameEnded($0, isTask: raw.detail == 1) }
    case .nodeBegan: kind = ProfileName(id: raw.name).map { .nodeBegan($0) }
    case .nodeEnded: kind = ProfileName(id: raw.name).map { .nodeEnded($0) }
    case .timerFired: kind = .timerFired(id: raw.id, nanosecondsLate: Int64(clamping: raw.argument))
    case nil: kind = nil
    }
    guard let kind else { return nil }
    self.time = clock.instant(raw.ticks)
    self.kind = kind
  }
}
