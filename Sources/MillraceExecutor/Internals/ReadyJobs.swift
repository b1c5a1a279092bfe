import MillracePrimitives

/// Three levels of urgency. Swift's priorities map onto them: `userInitiated` and above are high, `utility` and below are low.
enum JobUrgency: Int, Sendable, Hashable, CaseIterable {
  case high, medium, low

  init(_ priority: JobPriority) { self.init(rawPriority: priority.rawValue) }
  init(_ priority: TaskPriority) { self.init(rawPriority: priority.rawValue) }

  private init(rawPriority: UInt8) {
    self = rawPriority >= Self.leastHigh ? .high : rawPriority <= Self.greatestLow ? .low : .medium
  }

  // Asked once: each question is a handful of calls into the runtime.
  private static let leastHigh = TaskPriority.high.rawValue
  private static let greatestLow = TaskPriority.low.rawValue
}

/// A worker's jobs that are ready to run, a ring for each level. Pushed by the worker, taken by anyone, first in first out.
struct ReadyJobs: ~Copyable {
  let high = JobRing()
  let medium = JobRing()
  let low = JobRing()

  /// Owner only.
  func push(_ job: JobWord, _ urgency: JobUrgency) {
    switch urgency {
    case .high: high.push(job.bits)
    case .medium: medium.push(job.bits)
    case .low: low.push(job.bits)
    }
  }

  func take(_ urgency: JobUrgency) -> JobWord? {
    let bits =
      switch urgency {
      case .high: high.take()
      case .medium: medium.take()
      case .low: low.take()
      }
    return bits.map(JobWord.init(bits:))
  }

  func takeAny() -> JobWord? { take(.high) ?? take(.medium) ?? take(.low) }

  var isEmpty: Bool { high.isEmpty && medium.isEmpty && low.isEmpty }
  var count: Int { high.count + medium.count + low.count }
  /// How many jobs have been taken so far.
  var taken: Int { high.taken &+ medium.taken &+ low.taken }
}

/// Jobs from outside, an injector for each level.
struct InjectedJobs: ~Copyable {
  let high = Injector()
  let medium = Injector()
  let low = Injector()

  func push(_ job: JobWord, _ urgency: JobUrgency) {
    switch urgency {
    case .high: high.push(job.bits)
    case .medium: medium.push(job.bits)
    case .low: low.push(job.bits)
    }
  }

  func take(_ urgency: JobUrgency) -> JobWord? {
    let bits =
      switch urgency {
      case .high: high.pop()
      case .medium: medium.pop()
      case .low: low.pop()
      }
    return bits.map(JobWord.init(bits:))
  }

  func takeAny() -> JobWord? { take(.high) ?? take(.medium) ?? take(.low) }

  var isEmpty: Bool { high.isEmpty && medium.isEmpty && low.isEmpty }
  var count: Int { high.count + medium.count + low.count }
}
