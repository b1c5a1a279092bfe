import MillraceExecutor

/// A recording put together: events that belong to each other have become stretches of time.
///
/// - Complexity: O(events × tracks) to make.
public struct ProfileTimeline: Sendable {
  /// A job, a stolen fork, a named stretch or a graph's node, on one track.
  public struct Slice: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      case job(ProfileJob.Kind)
      /// Of worker `from`.
      case fork(from: Int)
      /// Between the braces of `withProfileName`.
      case span
      /// The body of a graph's node that has a name.
      case node
    }

    /// What a task does when a job of its ends.
    public enum Then: Sendable, Hashable {
      /// It waits: a later job is of the same task.
      case suspended
      /// It has ended: a later task has its memory.
      case ended
    }

    public var kind: Kind
    public var name: ProfileName?
    /// Place in ``ProfileTimeline/tracks``.
    public var track: Int
    /// Of how many other slices of its track it is a part.
    public var depth: Int
    /// The job's address.
    public var id: UInt64
    /// Of a Swift job: the number of its task; 0: not known.
    public var task: UInt64
    /// Of a Swift job: what its task did then; nil: it was not seen again. So it has ended, or waits still, or went on elsewhere.
    public var then: Then?
    /// When the job was queued, if that is known.
    public var submitted: ProfileInstant?
    public var start: ProfileInstant
    public var end: ProfileInstant
    /// False: its end was not recorded; `end` is as late as it can have been.
    public var hasEnded: Bool
  }

  /// A worker slept.
  public struct Sleep: Sendable, Hashable {
    public var track: Int
    public var reason: ProfileEvent.Park
    public var start: ProfileInstant
    /// Nil: it sleeps on.
    public var end: ProfileInstant?
    /// By which worker it was woken (nil: a thread from outside, or not known), and when that gave it its token.
    public var wokenBy: Int?
    public var unparked: ProfileInstant?
  }

  public struct TimerFired: Sendable, Hashable {
    public var track: Int
    public var time: ProfileInstant
    public var nanosecondsLate: Int64
  }

  /// The worker of each track; nil: threads from outside, all together.
  public private(set) var tracks: [Int?] = []
  /// By their start, within each track.
  public private(set) var slices: [Slice] = []
  public private(set) var sleeps: [Sleep] = []
  public private(set) var timers: [TimerFired] = []
  public let end: ProfileInstant
  /// Events that are missing. What depends on them is left out, or has no end.
  public let lost: Int

  public init(_ recording: ProfileRecording) {
    end = recording.tracks.reduce(recording.end) { max($0, $1.events.last?.time ?? $0) }
    lost = recording.lost
    var places: [Int] = []
    for track in recording.tracks {
      let place = tracks.firstIndex(of: track.worker) ?? tracks.count
      if place == tracks.count { tracks.append(track.worker) }
      places.append(place)
    }
    var builder = Builder(tracks: tracks, end: end)
    var next = [Int](repeating: 0, count: recording.tracks.count)
    // The rings are in order, each by itself: merge them.
    while true {
      var first: (track: Int, time: ProfileInstant)?
      for (track, index) in next.enumerated() where index < recording.tracks[track].events.count {
        let time = recording.tracks[track].events[index].time
        if first.map({ time < $0.time }) ?? true { first = (track, time) }
      }
      guard let (track, _) = first else { break }
      builder.add(recording.tracks[track].events[next[track]], on: places[track])
      next[track] += 1
    }
    (slices, sleeps, timers) = (builder.slices, builder.sleeps, builder.timers)
  }

  /// What a slice is called: its name, or else its kind.
  public static func kindName(_ kind: Slice.Kind) -> String {
    switch kind {
    case .job(.swift): "Swift job"
    case .job(.closure): "closure"
    case .job(.waited): "waited closure"
    case .job(.child): "scope child"
    case .job(.visit): "visit"
    case .fork: "stolen fork"
    case .span: "named"
    case .node: "node"
    }
  }

  /// Place of a worker's track.
  func track(ofWorker worker: Int?) -> Int? { tracks.firstIndex(of: worker) }
}

/// Follows the events of all tracks in the order of time.
private struct Builder {
  private struct Key: Hashable {
    var kind: ProfileJob.Kind
    var id: UInt64
  }

  let tracks: [Int?]
  let end: ProfileInstant
  var slices: [ProfileTimeline.Slice] = []
  var sleeps: [ProfileTimeline.Sleep] = []
  var timers: [ProfileTimeline.TimerFired] = []
  /// Slices that are open, outermost first, for each track.
  private var open: [[Int]]
  private var asleep: [Int?]
  /// Jobs that are queued. An address is in a queue at most once, so a later one replaces an earlier whose start was lost.
  private var queued: [Key: (time: ProfileInstant, name: ProfileName?)] = [:]
  /// Names that tasks have given themselves, by ``key(_:_:)``.
  private var taskNames: [UInt64: [ProfileName]] = [:]
  /// The last slice of each task that may go on, by address.
  private var last: [UInt64: Int] = [:]

  init(tracks: [Int?], end: ProfileInstant) {
    self.tracks = tracks
    self.end = end
    open = Array(repeating: [], count: tracks.count)
    asleep = Array(repeating: nil, count: tracks.count)
  }

  mutating func add(_ event: ProfileEvent, on track: Int) {
    switch event.kind {
    case .submitted(let job):
      // A Swift job may be a task that is resumed: it does not take on the name of who resumes it.
      let inherited = job.kind == .swift ? nil : open[track].last.flatMap { slices[$0].name }
      decide(job)
      queued[Key(kind: job.kind, id: job.id)] = (event.time, job.kind == .swift ? nil : job.name ?? inherited)
    case .started(let job):
      // Only a child starts inside of something else.
      if job.kind != .child { closeAll(track, at: event.time) }
      let submission = job.kind == .visit ? nil : queued.removeValue(forKey: Key(kind: job.kind, id: job.id))
      decide(job)
      if job.task != 0 { last[job.id] = slices.count }
      begin(
        .job(job.kind), name: submission?.name ?? job.name ?? taskNames[key(job.task, job.id)]?.last, id: job.id,
        task: job.task, on: track, at: event.time, submitted: submission?.time)
    case .finished(let job):
      finish(track, at: event.time) { $0.kind == .job(job.kind) && $0.id == job.id }
    case .forkStarted(let from, let cell):
      let victim = tracks.firstIndex(of: from)
      begin(
        .fork(from: from), name: victim.flatMap { open[$0].last }.flatMap { slices[$0].name }, id: cell, on: track,
        at: event.time)
    case .forkFinished(let from, let cell):
      finish(track, at: event.time) { $0.kind == .fork(from: from) && $0.id == cell }
    case .parked(let reason):
      asleep[track] = sleeps.count
      sleeps.append(.init(track: track, reason: reason, start: event.time))
    case .woken(let by, let unparked):
      guard let sleep = asleep[track] else { break }
      asleep[track] = nil
      sleeps[sleep].end = event.time
      sleeps[sleep].wokenBy = by
      sleeps[sleep].unparked = unparked.map { min(max($0, sleeps[sleep].start), event.time) }
    case .nameBegan(let name, let isTask):
      if let job = openJob(on: track) {
        if slices[job].name == nil { slices[job].name = name }
        if isTask { taskNames[key(slices[job].task, slices[job].id), default: []].append(name) }
      }
      if !isTask { begin(.span, name: name, id: 0, on: track, at: event.time) }
    case .nameEnded(let name, let isTask):
      if !isTask {
        finish(track, at: event.time) { $0.kind == .span && $0.name == name }
      } else if let job = openJob(on: track) {
        let task = key(slices[job].task, slices[job].id)
        _ = taskNames[task]?.popLast()
        if taskNames[task]?.isEmpty ?? false { taskNames[task] = nil }
      }
    case .nodeBegan(let name): begin(.node, name: name, id: 0, on: track, at: event.time)
    case .nodeEnded(let name): finish(track, at: event.time) { $0.kind == .node && $0.name == name }
    case .timerFired(_, let late):
      timers.append(.init(track: track, time: event.time, nanosecondsLate: late))
    }
  }

  /// The innermost job or stolen fork that is open.
  private func openJob(on track: Int) -> Int? {
    open[track].last { slices[$0].kind != .span && slices[$0].kind != .node }
  }

  /// Of a task: its number, or its address where the runtime tells no number.
  private func key(_ task: UInt64, _ address: UInt64) -> UInt64 { task == 0 ? address : task }

  /// A job tells what became of the task that was last seen at its address: it is the same task's, or that one's memory was free.
  private mutating func decide(_ job: ProfileJob) {
    guard job.task != 0, let slice = last[job.id], slices[slice].then == nil else { return }
    slices[slice].then = slices[slice].task == job.task ? .suspended : .ended
  }

  private mutating func begin(
    _ kind: ProfileTimeline.Slice.Kind, name: ProfileName?, id: UInt64, task: UInt64 = 0, on track: Int,
    at time: ProfileInstant, submitted: ProfileInstant? = nil
  ) {
    open[track].append(slices.count)
    slices.append(
      .init(
        kind: kind, name: name, track: track, depth: open[track].count - 1, id: id, task: task, then: nil,
        submitted: submitted, start: time, end: end, hasEnded: false))
  }

  /// Ends the innermost open slice that `matches`. Those inside of it have ended, too, unnoticed.
  private mutating func finish(
    _ track: Int, at time: ProfileInstant, where matches: (ProfileTimeline.Slice) -> Bool
  ) {
    guard let depth = open[track].lastIndex(where: { matches(slices[$0]) }) else { return }
    for place in depth..<open[track].count { slices[open[track][place]].end = time }
    slices[open[track][depth]].hasEnded = true
    open[track].removeSubrange(depth...)
  }

  private mutating func closeAll(_ track: Int, at time: ProfileInstant) {
    for slice in open[track] { slices[slice].end = time }
    open[track] = []
  }
}
