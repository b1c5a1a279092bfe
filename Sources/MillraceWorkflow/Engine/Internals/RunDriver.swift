import Millrace
import Synchronization

/// Drives one run while it is in memory: takes what it is told, lets the program change the image, commits, and then acts.
///
/// Told something while it is at work, it takes all of that together in its next turn: so a run has one commit under way at a time, and as many events share one as come meanwhile.
actor RunDriver {
  nonisolated let id: RunID
  nonisolated let program: any RunProgram
  nonisolated let shardHash: UInt32
  /// Of ``WorkflowEngine/looks``, before the run was read; 0: it is new.
  nonisolated let look: Int
  /// Held as long as it drives: an engine with runs under way does not go away.
  private nonisolated let engine: WorkflowEngine
  private var image: RunImage
  private var attempts: [String: Attempt] = [:]
  private nonisolated let mailbox = Mutex(Mailbox())

  private var lastSerial = 0

  private struct Attempt {
    /// Tells attempts of the driver apart: after a restart their numbers begin anew.
    let serial: Int
    let task: Task<Void, Never>
  }

  struct Letter: Sendable {
    let event: RunEvent
    /// Of the attempt that says it.
    var serial: Int?
    /// Told when the event is part of the stored run, or why it never will be.
    var reply: (@Sendable (Result<RunRecord, any Error>) -> Void)?
  }

  private struct Mailbox {
    var letters: [Letter] = []
    var isAtWork = false
    var isRetired = false
    /// Another engine may drive the run.
    var isDropped = false
  }

  /// - Parameter first: what it is told before anything else, by whomever: of a run that was read, that attempts under way are not.
  init(_ image: RunImage, program: any RunProgram, engine: WorkflowEngine, first: RunEvent? = nil, look: Int = 0) {
    self.look = look
    id = image.record.id
    shardHash = image.record.shardHash
    self.image = image
    self.program = program
    self.engine = engine
    if let first { mailbox.withLock { $0.letters = [Letter(event: first)] } }
  }

  /// Begins with what it was told first, if nobody has let it begin by telling it more.
  nonisolated func begin() {
    let begins = mailbox.withLock { mailbox in
      if mailbox.isAtWork || mailbox.letters.isEmpty { return false }
      mailbox.isAtWork = true
      return true
    }
    if begins { Task.detached(executorPreference: engine.executor) { [self] in await work() } }
  }

  // MARK: Being told

  /// - Returns: false if the driver has retired, and another must be asked.
  nonisolated func post(_ event: RunEvent, reply: (@Sendable (Result<RunRecord, any Error>) -> Void)? = nil) -> Bool {
    post(Letter(event: event, reply: reply))
  }

  /// Gives the run up: what is under way is cancelled, and nothing of it is stored.
  nonisolated func drop() {
    let begins = mailbox.withLock { mailbox in
      if mailbox.isRetired { return false }
      mailbox.isDropped = true
      defer { mailbox.isAtWork = true }
      return !mailbox.isAtWork
    }
    if begins { Task.detached(executorPreference: engine.executor) { [self] in await work() } }
  }

  private enum Way { case retired, queued, begin }

  private nonisolated func add(_ letter: Letter) -> Way {
    mailbox.withLock { mailbox in
      if mailbox.isRetired { return .retired }
      mailbox.letters.append(letter)
      if mailbox.isAtWork { return .queued }
      mailbox.isAtWork = true
      return .begin
    }
  }

  private nonisolated func post(_ letter: Letter) -> Bool {
    let way = add(letter)
    if way == .begin { Task.detached(executorPreference: engine.executor) { [self] in await work() } }
    return way != .retired
  }

  private enum Next {
    case turn([Letter])
    /// Attempts are under way.
    case rest
    case retire
    case drop
  }

  /// Takes letters until there are none. One at a time: `isAtWork`. Not inlined where an attempt is waited for: its frame would be there then.
  @inline(never)
  private func work() async {
    while true {
      let mayRetire = attempts.isEmpty
      let next = mailbox.withLock { mailbox -> Next in
        if mailbox.isDropped { return .drop }
        let letters = mailbox.letters
        mailbox.letters = []
        if !letters.isEmpty { return .turn(letters) }
        mailbox.isAtWork = false
        mailbox.isRetired = mayRetire
        return mayRetire ? .retire : .rest
      }
      switch next {
      case .rest: return
      case .retire: return engine.retire(self)
      case .drop: return abandon()
      case .turn(let letters): if await !turn(letters) { return abandon() }
      }
    }
  }

  // MARK: A turn

  /// A turn that waits for its commit. A class, so that the frame that waits has a reference: all else of it would be memory of every run that is being committed.
  private final class OpenTurn {
    var turn: Turn
    let before: RunState
    let isNew: Bool
    let grant: WorkflowEngine.Grant
    var accepted: [Letter] = []
    var change: PendingChange?

    init(_ turn: Turn, of image: RunImage, under grant: WorkflowEngine.Grant) {
      self.turn = turn
      self.grant = grant
      before = image.record.state
      isNew = image.isNew
    }
  }

  /// - Returns: false if the run is somebody else's now.
  private func turn(_ letters: [Letter]) async -> Bool {
    guard let open = open(letters) else { return false }
    if let change = open.change {
      let outcome = await engine.commit(change, for: program)
      if case .refused(.tooLarge(let what)) = outcome, !open.isNew {
        for letter in open.accepted { letter.reply?(.failure(WorkflowError(.tooLarge, what, at: "run \(id)"))) }
        return await giveUp(letters, tooLarge: what)
      }
      guard close(open, outcome) else { return false }
    }
    for letter in open.accepted { letter.reply?(.success(image.record)) }
    if case .elsewhere = open.grant { return false }
    // Whoever has the run now does what follows.
    if !engine.isValid(open.grant, of: image.record) { return false }
    for effect in engine.ordered(open.turn.effects, of: program.name) { perform(effect) }
    return true
  }

  /// Lets the program change the image; nil if the run never was, or is another engine's.
  private func open(_ letters: [Letter]) -> OpenTurn? {
    let grant = engine.grant(of: image.record, in: engine.store(of: program))
    var holds = engine.isHolding
    switch grant {
    case .free: break
    case .held(_, let isLeaving): holds = holds || isLeaving
    case .elsewhere:
      guard image.isNew else {
        repost(letters)
        return nil
      }
      holds = true
    }
    let turn = Turn(now: engine.wallClock.now, holds: holds, generator: engine.configuration.random())
    let open = OpenTurn(turn, of: image, under: grant)
    for letter in letters {
      if case .attemptEnded(let step, _, _) = letter.event {
        guard attempts[step]?.serial == letter.serial else { continue }
        attempts[step] = nil
      }
      if case .progress(let step, let attempt, let fraction) = letter.event {
        engine.observe(.init(kind: .progress(step: step, attempt: attempt, fraction: fraction), record: image.record))
      }
      do {
        try program.handle(letter.event, &image, &open.turn)
        open.accepted.append(letter)
      } catch {
        letter.reply?(.failure(error))
        // Nobody has seen it.
        if image.isNew { return nil }
      }
    }
    // Found by whom it is for, as soon as that looks for timers.
    if case .elsewhere = grant { image.setTimer(TimerRecord.handover, due: open.turn.now) }
    open.change = image.takeChange(at: open.turn.now, durability: program.durability).map {
      PendingChange($0, under: grant.lease)
    }
    return open
  }

  /// - Returns: whether its change is stored.
  private func close(_ open: OpenTurn, _ outcome: WorkflowEngine.CommitOutcome) -> Bool {
    switch outcome {
    case .committed:
      engine.stored(open.change!.change, previous: open.isNew ? nil : open.before)
      return true
    case .refused(let verdict):
      if verdict == .fenced, let lease = open.grant.lease {
        engine.fenced(lease)
        if !open.isNew {
          repost(open.accepted)
          return false
        }
      }
      let error = WorkflowError(.impossible, "the run was changed elsewhere (\(verdict))", at: "run \(id)")
      for letter in open.accepted { letter.reply?(.failure(open.isNew ? Refusal(verdict: verdict) : error)) }
    case .failed(let error):
      for letter in open.accepted { letter.reply?(.failure(error)) }
    }
    return false
  }

  /// What came of these letters is more than the store takes: the attempts that they tell of have failed instead; where that is not enough, the run has.
  @inline(never)
  private func giveUp(_ letters: [Letter], tooLarge what: String) async -> Bool {
    guard let stored = await engine.loadPatiently(id) else { return false }
    image = RunImage(stored)
    let failure = TaskFailure(code: "too large", what, isRetryable: false)
    var (smaller, rest): ([Letter], [Letter]) = ([], [Letter(event: .tooLarge(what))])
    var isSmaller = false
    for letter in letters {
      switch letter.event {
      case .attemptEnded(let step, let attempt, let outcome):
        switch outcome {
        case .succeeded, .moved:
          smaller.append(Letter(event: .attemptEnded(step: step, attempt: attempt, .failed(failure))))
          isSmaller = true
        default: smaller.append(Letter(event: letter.event))
        }
        rest.append(Letter(event: .attemptEnded(step: step, attempt: attempt, .cancelled)))
      // Who asked has been answered; progress is of no use any more.
      case .control, .progress: break
      case .tooLarge: return false
      case .begin, .fork, .loaded, .migrated, .timersDue, .arrived: smaller.append(Letter(event: letter.event))
      }
    }
    return await turn(isSmaller ? smaller : rest)
  }

  private func perform(_ effect: RunEffect) {
    switch effect {
    case .attempt(let order):
      // One step has one attempt under way: the one before was cancelled, and what it comes to is not waited for.
      attempts[order.step]?.task.cancel()
      lastSerial += 1
      let serial = lastSerial
      let start = image.steps[order.step]?.startedAt ?? image.record.createdAt
      let job = AttemptJob(order, of: image.sharedRecord, since: start) { [weak self] job, report in
        self?.hear(report, from: job)
      }
      let task = Task.detached(executorPreference: engine.executor) { [self] in await conduct(job, serial: serial) }
      attempts[order.step] = Attempt(serial: serial, task: task)
    case .cancelAttempt(let step): attempts[step]?.task.cancel()
    case .startChild(let request): engine.startChild(request, parent: id)
    }
  }

  @inline(never)
  private nonisolated func conduct(_ job: AttemptJob, serial: Int) async {
    if hear(await outcome(of: job), of: job, serial: serial) { await work() }
  }

  private nonisolated func outcome(of job: AttemptJob) async -> AttemptOutcome {
    engine.configuration.tracer == nil ? await engine.make(job) : await engine.makeTraced(job)
  }

  /// - Returns: whether the driver's work is to be done by who says it: a task that has nothing else to do.
  @inline(never)
  private nonisolated func hear(_ outcome: AttemptOutcome, of job: AttemptJob, serial: Int) -> Bool {
    let event = RunEvent.attemptEnded(step: job.order.step, attempt: job.order.attempt, outcome)
    guard add(Letter(event: event, serial: serial)) == .begin else { return false }
    if !Task.isCancelled { return true }
    // What it would wait for would be cancelled, too.
    Task.detached(executorPreference: engine.executor) { [self] in await work() }
    return false
  }

  private nonisolated func hear(_ report: TaskReport, from job: AttemptJob) {
    let (step, attempt) = (job.order.step, job.order.attempt)
    switch report {
    case .heartbeat(let fraction): _ = post(.progress(step: step, attempt: attempt, fraction: fraction))
    case .log(let line):
      let line = engine.configuration.vault.redactor.redact(line)
      engine.observe(.init(kind: .log(step: step, attempt: attempt, line: line), record: job.record))
    }
  }

  /// Somebody else drives the run now: what is under way here is cancelled, and forgotten.
  private func abandon() {
    for attempt in attempts.values { attempt.task.cancel() }
    attempts = [:]
    let (letters, isDropped) = mailbox.withLock { mailbox in
      defer { mailbox = Mailbox(letters: [], isAtWork: false, isRetired: true) }
      return (mailbox.letters, mailbox.isDropped)
    }
    engine.retire(self)
    repost(letters)
    // What it knew may have been from before its shard was this engine's, and then it is here that the run goes on.
    if engine.keeper != nil, !isDropped { engine.repost(Letter(event: .timersDue), to: id) }
  }

  /// What was said to this driver is said again to the next, which reads the run anew, and its attempts are others.
  private func repost(_ letters: [Letter]) {
    for letter in letters {
      switch letter.event {
      case .attemptEnded, .progress, .loaded, .migrated, .timersDue, .tooLarge, .begin, .fork:
        letter.reply?(.failure(Retired()))
      case .arrived, .control: engine.repost(letter, to: id)
      }
    }
  }

  /// Cancels the attempts that are under way, because the engine ends.
  func interrupt() {
    for attempt in attempts.values { attempt.task.cancel() }
  }

  /// Whether an attempt is under way.
  var isBusy: Bool { !attempts.isEmpty }
}

/// Another driver must be asked.
struct Retired: Error {}

/// A new run was not accepted.
struct Refusal: Error {
  let verdict: CommitVerdict
}
