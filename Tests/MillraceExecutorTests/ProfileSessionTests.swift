import CMillrace
import Foundation
import Synchronization
import Testing

@testable import MillraceExecutor

@Suite struct ProfileSessionTests {
  /// All events, in the order of time.
  private func all(_ recording: ProfileRecording) -> [ProfileEvent] {
    recording.tracks.flatMap(\.events).sorted { $0.time < $1.time }
  }

  private func jobs(_ recording: ProfileRecording, _ kind: ProfileJob.Kind) -> [String] {
    all(recording).compactMap {
      switch $0.kind {
      case .submitted(let job) where job.kind == kind: "submitted"
      case .started(let job) where job.kind == kind: "started"
      case .finished(let job) where job.kind == kind: "finished"
      default: nil
      }
    }
  }

  @Test func closureIsSubmittedStartedAndFinished() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let session = executor.startProfile()
    try executor.submit {}
    await executor.shutdown()
    let recording = session.stop()
    #expect(jobs(recording, .closure) == ["submitted", "started", "finished"])
    let ids = all(recording).compactMap { event -> UInt64? in
      switch event.kind {
      case .submitted(let job), .started(let job), .finished(let job): job.id
      default: nil
      }
    }
    #expect(Set(ids).count == 1 && ids[0] != 0)
    #expect(recording.lost == 0)
    #expect(recording.end >= all(recording).last!.time)
    #expect(all(recording).first!.time >= ProfileInstant(nanoseconds: 0))
  }

  @Test func everyStretchOfATaskIsAJob() async {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let session = executor.startProfile()
    await Task(executorPreference: executor) {
      await Task.yield()
      await Task.yield()
    }.value
    let recording = session.stop()
    await executor.shutdown()
    let events = jobs(recording, .swift)
    let submitted = events.filter { $0 == "submitted" }.count
    #expect(submitted >= 3)
    #expect(events.filter { $0 == "started" }.count == submitted)
    // The task's end is seen before its last job's.
    #expect((submitted - 1...submitted).contains(events.filter { $0 == "finished" }.count))
  }

  /// The same number for all jobs of a task, and another for every other task.
  @Test func jobsSayWhoseTheyAre() async {
    // With a second worker, a yield's job may run before its task has suspended, which then goes on in place.
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let session = executor.startProfile()
    for _ in 0..<10 {
      await Task(executorPreference: executor) {
        await Task.yield()
        await Task.yield()
      }.value
    }
    let recording = session.stop()
    await executor.shutdown()
    let started = all(recording).compactMap { if case .started(let job) = $0.kind { job.task } else { nil } }
    // A yield also sends a job that is no task's.
    let numbers = Set(started).subtracting([0])
    #expect(numbers.count == 10)
    #expect(numbers.allSatisfy { number in started.filter { $0 == number }.count == 3 })
  }

  @Test func childrenAndVisitsAreToldOf() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let session = executor.startProfile()
    try executor.runBlocking { try withScope { scope in for _ in 0..<10 { scope.spawn {} } } }
    await executor.shutdown()
    let recording = session.stop()
    for step in ["submitted", "started", "finished"] {
      #expect(jobs(recording, .child).filter { $0 == step }.count == 10)
    }
    // The visit, or, when no worker was parked yet, the closure that it waited for.
    #expect((jobs(recording, .visit) + jobs(recording, .waited)).suffix(2) == ["started", "finished"])
  }

  @Test func stolenForksSayWhose() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let session = executor.startProfile()
    let isStolen = try executor.runBlocking { () -> Bool in
      let flag = Flag()
      let worker = unsafe Worker.current.map { unsafe $0.pointee.index }
      // The first closure waits until somebody has taken the second.
      _ = join({ while !flag.isSet { sched_yield() } }, { flag.set() })
      return worker != nil
    }
    await executor.shutdown()
    #expect(isStolen)
    let events = all(session.stop())
    let started = events.compactMap { if case .forkStarted(let from, let cell) = $0.kind { (from, cell) } else { nil } }
    let finished = events.compactMap {
      if case .forkFinished(let from, let cell) = $0.kind { (from, cell) } else { nil }
    }
    #expect(started.count == 1 && finished.count == 1)
    #expect(started[0] == finished[0])
  }

  @Test func wakeUpsAreMeasured() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1, spinBudget: .zero))
    let session = executor.startProfile()
    for _ in 0..<20 {
      while unsafe executor.scheduler.sleepers.pointee.snapshot.parked == 0 { sched_yield() }
      try executor.submit {}
    }
    await executor.shutdown()
    let woken = all(session.stop()).compactMap { event -> Bool? in
      guard case .woken(let by, let unparked?) = event.kind else { return nil }
      // A worker that finds work in its last look before it sleeps gives the token to itself.
      return (by == nil || by == 0) && unparked <= event.time
    }
    #expect(woken.count >= 20)
    #expect(!woken.contains(false))
  }

  @Test func nothingIsToldOfWhenOff() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let first = executor.startProfile()
    try executor.submit {}
    _ = try await executor.run {}
    first.stop()
    for _ in 0..<100 { _ = try await executor.run {} }
    let second = executor.startProfile()
    let recording = second.stop()
    await executor.shutdown()
    #expect(jobs(recording, .closure) == [])
    #expect(first.drain().eventCount <= 4)
  }

  @Test func sessionsShareTheRings() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let first = executor.startProfile(capacity: 100)
    let second = executor.startProfile(capacity: 5000)
    for _ in 0..<3 { try executor.submit {} }
    first.stop()
    for _ in 0..<3 { try executor.submit {} }
    await executor.shutdown()
    #expect(jobs(second.stop(), .closure).filter { $0 == "submitted" }.count == 6)
  }

  @Test func namesAreToldOf() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let session = executor.startProfile()
    try withProfileName("outer") {
      try executor.submit { withProfileName("inner") {} }
    }
    await Task(executorPreference: executor) {
      await withProfileName("task") { await Task.yield() }
      withProfileName("sync") {}
    }.value
    await Task(name: "own", executorPreference: executor) {
      await withProfileName { await Task.yield() }
    }.value
    await Task(executorPreference: executor) { await withProfileName { await Task.yield() } }.value
    await executor.shutdown()
    let events = all(session.stop())
    let submitted = events.compactMap { if case .submitted(let job) = $0.kind { job.name?.description } else { nil } }
    #expect(submitted == ["outer"])
    let began = events.compactMap {
      if case .nameBegan(let name, let isTask) = $0.kind { "\(name) \(isTask)" } else { nil }
    }
    #expect(began == ["inner false", "task true", "sync false", "own true"])
    #expect(ProfileName("a") == "a" && ProfileName("a") != "b")
  }

  @Test func timersAreToldOfFromAnywhere() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let session = executor.startProfile()
    executor.scheduler.noteTimerFired(id: 7, late: 250)
    try executor.runBlocking { executor.scheduler.noteTimerFired(id: 8, late: 0) }
    executor.shutdownBlocking()
    let late = all(session.stop()).compactMap { event -> [Int64]? in
      if case .timerFired(let id, let late) = event.kind { [Int64(id), late] } else { nil }
    }
    #expect(late == [[7, 250], [8, 0]])
  }

  @Test func errorsPassThroughNames() {
    #expect(throws: CancellationError.self) { try withProfileName("x") { throw CancellationError() } }
    #expect(millrace_profile_name_get() == 0)
  }

  /// Small rings, many jobs, a reader: each submission is read or counted as lost, and the executor does not mind.
  @Test func drainedUnderLoad() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 4))
    let session = executor.startProfile(capacity: 256)
    let ran = RunCount()
    var recording = ProfileRecording()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<5_000 {
            try executor.submit {
              ran.value.wrappingAdd(1, ordering: .relaxed)
              _ = join({ 1 }, { 2 })
            }
          }
        }
      }
      for _ in 0..<200 {
        recording.append(session.drain())
        await Task.yield()
      }
      try await group.waitForAll()
    }
    await executor.shutdown()
    recording.append(session.stop())
    #expect(ran.value.load(ordering: .relaxed) == 20_000)
    #expect(recording.eventCount + recording.lost >= 60_000)
    for track in recording.tracks {
      #expect(zip(track.events, track.events.dropFirst()).allSatisfy { $0.time <= $1.time })
    }
  }
}

private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}

private final class RunCount: Sendable {
  let value = Atomic<Int>(0)
}
