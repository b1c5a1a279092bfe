import CMillrace
import Synchronization

/// What the executor says of itself while it is being profiled. Each of these is one relaxed load when it is not; a job that was submitted then is not looked at again.
extension Scheduler {
  /// The job is about to be queued. Returns it marked, when it is to be told of when it runs.
  @inline(__always)
  func submitting(_ job: JobWord) -> JobWord {
    profile.isOn ? noteSubmitted(job) : job
  }

  @inline(never)
  private func noteSubmitted(_ job: JobWord) -> JobWord {
    // A word that announces children speaks for none in particular: each child is told of by itself.
    guard let kind = job.profiledKind, kind != .child else { return job }
    write(
      .init(
        ticks: millrace_ticks(), .submitted, detail: kind.rawValue, name: millrace_profile_name_get(),
        id: job.profileID, argument: job.profileTask))
    return job.profiled
  }

  /// The same for a child's word in its scope's queue.
  @inline(__always)
  func submitting(child: UInt) -> UInt {
    profile.isOn ? noteSubmitted(child: child) : child
  }

  @inline(never)
  private func noteSubmitted(child: UInt) -> UInt {
    write(
      .init(
        ticks: millrace_ticks(), .submitted, detail: ProfileJob.Kind.child.rawValue, name: millrace_profile_name_get(),
        id: UInt64(child)))
    return child | 1
  }

  /// A timer has fired, `nanoseconds` after it was due. Any thread.
  @inline(__always)
  func noteTimerFired(id: UInt64, late nanoseconds: @autoclosure () -> UInt64) {
    if profile.isOn { write(.init(ticks: millrace_ticks(), .timerFired, id: id, argument: nanoseconds())) }
  }

  /// By the thread that is a worker of this executor, or by one from outside.
  fileprivate func write(_ event: RawProfileEvent) {
    profile.withRecorder { recorder in
      if let worker = unsafe Worker.current, unsafe worker.belongs(to: self) {
        unsafe recorder.write(event, worker: worker.pointee.index)
      } else {
        recorder.writeOutside(event)
      }
    }
  }
}

extension JobWord {
  /// Set in the words of jobs whose submission was told.
  private static var profiledBit: UInt { 4 }

  @inline(__always)
  var isProfiled: Bool { bits & Self.profiledBit != 0 }

  fileprivate var profiled: JobWord { JobWord(bits: bits | Self.profiledBit) }
  fileprivate var profileID: UInt64 { UInt64(bits & (bits & 3 == 0 ? ~15 : ~7)) }

  /// The number of its task, while it has not run; 0: it has none.
  fileprivate var profileTask: UInt64 { bits & 3 == 0 ? millrace_profile_task(UInt(profileID)) : 0 }

  fileprivate var profiledKind: ProfileJob.Kind? {
    switch bits & 3 {
    case 0: .swift
    case 1: .closure
    case 2: .waited
    default: .child
    }
  }

  /// Runs a job whose submission was told, and tells of its start and its end.
  @inline(never)
  func runProfiled(on worker: WorkerPointer, _ scheduler: Scheduler) {
    let job = JobWord(bits: bits & ~Self.profiledBit)
    unsafe worker.profiling(job.profiledKind!, id: job.profileID, task: job.profileTask) {
      unsafe job.run(on: worker, scheduler)
    }
  }
}

/// Who gave a parked worker its token, and when.
struct UnparkNote: ~Copyable {
  fileprivate let ticks = Atomic<UInt64>(0)
  /// The worker + 1, or 0: a thread from outside.
  fileprivate let by = Atomic<Int>(0)
}

enum ProfiledPark: UInt8 {
  case noWork, join, scope, surplus
}

extension UnsafeMutablePointer where Pointee == Worker {
  private func write(_ event: RawProfileEvent) {
    unsafe pointee.scheduler._withUnsafeGuaranteedRef { scheduler in
      scheduler.profile.withRecorder { unsafe $0.write(event, worker: pointee.index) }
    }
  }

  /// Whether the executor that this worker is of is being profiled.
  @inline(__always)
  var isProfiled: Bool { unsafe pointee.scheduler._withUnsafeGuaranteedRef { $0.profile.isOn } }

  fileprivate func belongs(to scheduler: Scheduler) -> Bool {
    unsafe pointee.scheduler.toOpaque() == Unmanaged.passUnretained(scheduler).toOpaque()
  }

  // MARK: Jobs

  /// Runs `body` as a job that is told of.
  fileprivate func profiling(_ kind: ProfileJob.Kind, id: UInt64, task: UInt64 = 0, _ body: () -> Void) {
    let name = millrace_profile_name_get()
    millrace_profile_name_set(0)
    unsafe write(.init(ticks: millrace_ticks(), .started, detail: kind.rawValue, id: id, argument: task))
    body()
    unsafe write(.init(ticks: millrace_ticks(), .finished, detail: kind.rawValue, id: id, argument: task))
    millrace_profile_name_set(name)
  }

  /// Runs `body`, a guest's.
  @inline(__always)
  func profilingVisit(_ body: () -> Void) {
    if unsafe isProfiled {
      let name = millrace_profile_name_get()
      unsafe write(.init(ticks: millrace_ticks(), .started, detail: ProfileJob.Kind.visit.rawValue, name: name))
      body()
      unsafe write(.init(ticks: millrace_ticks(), .finished, detail: ProfileJob.Kind.visit.rawValue))
    } else {
      body()
    }
  }

  /// Runs `body`, a stolen fork.
  @inline(__always)
  func profilingFork(at cell: UInt, of victim: WorkerPointer, _ body: () -> Void) {
    if unsafe isProfiled {
      let index = unsafe victim.pointee.index
      unsafe write(.init(ticks: millrace_ticks(), .forkStarted, worker: index, id: UInt64(cell)))
      body()
      unsafe write(.init(ticks: millrace_ticks(), .forkFinished, worker: index, id: UInt64(cell)))
    } else {
      body()
    }
  }

  /// Runs `body`, which runs the child whose word is `bits`.
  @inline(__always)
  func profilingChild(_ bits: UInt, _ body: () -> Void) {
    if bits & 1 != 0 { unsafe profiling(.child, id: UInt64(bits & ~1), body) } else { body() }
  }

  // MARK: Sleep

  /// The worker is about to sleep. Told before it is on the list of those who do, because from then on a guest may be the worker.
  @inline(__always)
  func noteParked(_ reason: ProfiledPark) {
    if unsafe isProfiled {
      // Relaxed: whoever takes it off the list (S2) sees it. The thief of a fork may have written its note already.
      if reason == .noWork { unsafe pointee.unparkNote.ticks.store(0, ordering: .relaxed) }
      unsafe write(.init(ticks: millrace_ticks(), .parked, detail: reason.rawValue))
    }
  }

  /// The worker has been given its token.
  @inline(__always)
  func noteWoken() {
    guard unsafe isProfiled else { return }
    // Relaxed: the token (P1) orders them.
    let ticks = unsafe pointee.unparkNote.ticks.load(ordering: .relaxed)
    let by = unsafe pointee.unparkNote.by.load(ordering: .relaxed)
    unsafe pointee.unparkNote.ticks.store(0, ordering: .relaxed)
    unsafe write(
      .init(ticks: millrace_ticks(), .woken, worker: ticks == 0 || by == 0 ? nil : by - 1, argument: ticks))
  }

  /// The calling thread, which alone has the right to, is about to give this worker its token.
  @inline(__always)
  func noteUnpark() {
    guard unsafe isProfiled else { return }
    let waker = unsafe Worker.current
    let isOurs = unsafe waker.map { unsafe $0.pointee.scheduler.toOpaque() == pointee.scheduler.toOpaque() } ?? false
    // Relaxed: the token (P1) orders them.
    unsafe pointee.unparkNote.by.store(isOurs ? waker!.pointee.index + 1 : 0, ordering: .relaxed)
    unsafe pointee.unparkNote.ticks.store(millrace_ticks(), ordering: .relaxed)
  }

  // MARK: Names

  func noteName(_ name: UInt32, began: Bool, isTask: Bool) {
    guard unsafe isProfiled else { return }
    unsafe write(.init(ticks: millrace_ticks(), began ? .nameBegan : .nameEnded, detail: isTask ? 1 : 0, name: name))
  }

  /// Runs `body`, that of a graph's node.
  func profilingNode<R>(_ name: ProfileName, _ body: () throws -> R) rethrows -> R {
    unsafe write(.init(ticks: millrace_ticks(), .nodeBegan, name: name.id))
    defer { unsafe write(.init(ticks: millrace_ticks(), .nodeEnded, name: name.id)) }
    return try body()
  }
}
