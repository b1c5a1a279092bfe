/// A moment in a profile, in nanoseconds since its session began.
public struct ProfileInstant: Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  public func duration(to later: ProfileInstant) -> Duration { .nanoseconds(later.nanoseconds - nanoseconds) }
}

/// Which job an event is about.
public struct ProfileJob: Sendable, Hashable {
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// One run of a Swift task or of an actor's job. A task has one for each stretch between two suspensions.
    case swift
    /// A submitted closure.
    case closure
    /// A closure whose submitter waits because all workers were busy.
    case waited
    /// A child of `withScope`.
    case child
    /// A closure that its submitter ran itself, as a worker.
    case visit
  }

  public var kind: Kind
  /// The job's address: the same for all jobs of one task while it lives; used again by others later. 0 for visits.
  public var id: UInt64
  /// Of a Swift job: the number of its task, which no other task of the process has. 0: it is none, or the runtime does not tell.
  public var task: UInt64
  /// The name under which it was submitted.
  public var name: ProfileName?

  public init(_ kind: Kind, id: UInt64, task: UInt64 = 0, name: ProfileName? = nil) {
    self.kind = kind
    self.id = id
    self.task = task
    self.name = name
  }
}

/// What happened at one moment, on one worker or on a thread from outside.
public struct ProfileEvent: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case submitted(ProfileJob)
    case started(ProfileJob)
    /// A Swift job: its task has ended, or waits for something; which, later events tell.
    case finished(ProfileJob)
    /// A fork of worker `from` that this one has stolen; `cell` is the same in both events.
    case forkStarted(from: Int, cell: UInt64)
    case forkFinished(from: Int, cell: UInt64)
    case parked(Park)
    /// By which worker (nil: a thread from outside, or not known), and when that gave the token, if it is known.
    case woken(by: Int?, unparked: ProfileInstant?)
    case nameBegan(ProfileName, isTask: Bool)
    case nameEnded(ProfileName, isTask: Bool)
    /// The body of a graph's node, which has this name.
    case nodeBegan(ProfileName)
    case nodeEnded(ProfileName)
    case timerFired(id: UInt64, nanosecondsLate: Int64)
  }

  /// Why a worker sleeps.
  public enum Park: UInt8, Sendable, Hashable {
    case noWork, join, scope, surplus
  }

  public var time: ProfileInstant
  public var kind: Kind

  public init(at nanoseconds: Int64, _ kind: Kind) {
    time = ProfileInstant(nanoseconds: nanoseconds)
    self.kind = kind
  }
}

/// What a session has recorded, or a part of it.
public struct ProfileRecording: Sendable {
  /// The events of one writer, in the order of time.
  public struct Track: Sendable {
    /// Nil: threads from outside.
    public var worker: Int?
    /// Tells tracks of outside threads apart.
    public var number: Int
    public var events: [ProfileEvent]
    /// Events that were overwritten before they were read, or dropped.
    public var lost: Int

    public init(worker: Int?, number: Int? = nil, lost: Int = 0, _ events: [ProfileEvent]) {
      self.worker = worker
      self.number = number ?? worker ?? 0
      self.events = events
      self.lost = lost
    }
  }

  public var tracks: [Track]
  /// When it was read.
  public var end: ProfileInstant

  public init(_ tracks: [Track] = [], end: ProfileInstant = .init(nanoseconds: 0)) {
    self.tracks = tracks
    self.end = end
  }

  public var eventCount: Int { tracks.reduce(0) { $0 + $1.events.count } }
  public var lost: Int { tracks.reduce(0) { $0 + $1.lost } }

  /// Adds what the same session has recorded later.
  public mutating func append(_ later: ProfileRecording) {
    for track in later.tracks {
      if let place = tracks.firstIndex(where: { $0.worker == track.worker && $0.number == track.number }) {
        tracks[place].events += track.events
        tracks[place].lost += track.lost
      } else {
        tracks.append(track)
      }
    }
    end = max(end, later.end)
  }
}
