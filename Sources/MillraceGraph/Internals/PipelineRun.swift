import CMillrace
import MillraceExecutor
import MillracePrimitives
import Synchronization

/// One run of a ``Pipeline``.
///
/// ## The protocol
/// An element under way has a *token*, of which there is a fixed number: a place in memory where the element is, whatever it has become. Who takes part holds one token at a time, and carries it through its stages. Where
/// it is not the token's turn, the token stays behind (``StageTurns``), and its worker looks for another. Whoever leaves a stage that takes one at a time, and finds the next
/// token waiting there, makes that *ready*, and goes on with its own.
///
/// What can be done is always in `state`: ready tokens, and a source that nobody asks while there is a free token. Participants look there under its lock before they leave, so what one of them makes possible is
/// done by itself if by nobody else, and the run has ended when nobody is active. The element that is first in order waits for nobody, so some token always moves.
///
/// *Help.* One invitation at a time is under way, also when nobody sleeps: a stage may take long, and who could have helped may be idle before it ends. Who comes too late finds the run ended.
///
/// *In a simulation* each step is the source's next element, or one stage for one element; what can be done next, its order decides. See `GraphRun+Simulate`.
///
/// Each edge between threads is a lock's: that of `state`, or of a stage.
// SAFETY: a token's place, record and element are used by the participant that holds it, and are handed on behind a lock; a body of a stage that takes one at a time, by who is in the stage; what a parallel stage calls is `@Sendable`.
@safe
final class PipelineRun: SharedWork, @unchecked Sendable {
  /// What is known of an element under way.
  private struct Token {
    var number = 0
    /// The next stage.
    var stage = 0
    /// Its ticket for that stage has come up.
    var isItsTurn = false
    /// There is an element in its place.
    var isFull = false
  }

  private struct State {
    /// Tokens whose turn has come, and that nobody holds.
    var ready: [Int] = []
    var free: [Int]
    /// How many elements the source has given.
    var drawn = 0
    var sourceIsBusy = false
    var sourceIsExhausted = false
    /// The caller, or who was sent for at the beginning, and helpers.
    var active = 1
    var callerSleeps = false
    /// Somebody has been asked to help, and has not come yet.
    var isInvited = false
    var error: (any Error)?
    var hasStopped = false
    var onEnd: (@Sendable () -> Void)?

    var canDraw: Bool { !sourceIsBusy && !sourceIsExhausted && !free.isEmpty }
    var isRunnable: Bool { !hasStopped && (!ready.isEmpty || canDraw) }

    mutating func takeStep() -> Step? {
      if hasStopped { return nil }
      if let token = ready.popLast() { return .carry(token) }
      guard canDraw else { return nil }
      sourceIsBusy = true
      return .draw(free.removeLast())
    }
  }

  /// What has become of a token.
  private enum Move {
    /// Its element goes on to the next stage.
    case goesOn
    /// Nothing is in its place any more.
    case isFree
    /// It waits for its turn, and may be somebody else's by now; or the run has been stopped.
    case isAway
  }

  private enum Step {
    /// Takes a token, which nobody else holds, on.
    case carry(Int)
    /// Asks the source for an element.
    case draw(Int)
  }

  private let source: PipelineSource
  private let stages: [PipelineStage]
  private let next: (UnsafeMutableRawPointer) throws -> Bool
  private let bodies: [(UnsafeMutableRawPointer) throws -> Void]
  /// Of stages that take one at a time.
  private let turns: [Turns?]
  private let destroyOutput: @Sendable (UnsafeMutableRawPointer) -> Void
  private let places: UnsafeMutableRawPointer
  private let footprint: PipelineFootprint
  private let tokens: UnsafeMutablePointer<Token>
  private let tokenCount: Int

  private let state: Lock<State>
  /// As in `state`, for those who look around without the lock.
  private let isRunnable = Atomic<Bool>(true)
  private let hasStopped = Atomic<Bool>(false)
  /// Set when all else is.
  private var invitation: Invitation!
  private let callerParker = Parker()
  private let scope: OpenScope
  private let deadline: Deadline?
  private let simulation: (any Simulation)?
  /// Cancels what other stages have forked when one of them throws.
  private let cancellation = CancellationToken()

  private final class Turns: Sendable {
    let state: Lock<StageTurns>
    init(tokens: Int) { state = Lock(StageTurns(tokens: tokens)) }
  }

  init(
    _ source: PipelineSource, _ stages: [PipelineStage], _ footprint: PipelineFootprint, tokens count: Int,
    _ scope: OpenScope, _ deadline: Deadline?, _ simulation: (any Simulation)?,
    destroyOutput: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
  ) {
    self.source = source
    self.stages = stages
    self.footprint = footprint
    self.scope = scope
    self.deadline = deadline
    self.simulation = simulation
    unsafe self.destroyOutput = destroyOutput
    unsafe next = source.makeBody()
    unsafe bodies = stages.map { unsafe $0.makeBody() }
    turns = stages.map { $0.kind == .parallel ? nil : Turns(tokens: count) }
    tokenCount = count
    unsafe places = Memory.allocate(bytes: count * footprint.stride, alignment: max(16, footprint.alignment))
    unsafe tokens = .allocate(capacity: count)
    unsafe tokens.initialize(repeating: Token(), count: count)
    var state = State(free: Array((0..<count).reversed()))
    state.ready.reserveCapacity(count)
    // In a simulation nobody can be.
    state.isInvited = simulation != nil
    self.state = Lock(state)
    invitation = Invitation(to: self)
  }

  deinit {
    unsafe tokens.deallocate()
    unsafe Memory.deallocate(places, bytes: tokenCount * footprint.stride, alignment: max(16, footprint.alignment))
  }

  // MARK: Taking part

  /// Runs to the end; the calling worker sleeps when there is nothing to do for it.
  func runAsCaller(_ worker: CurrentWorker) {
    while true {
      take(worker)
      if leave() { return }
      look(worker)
      let (isOver, isAsleep) = state.withLock { state in
        if state.active == 0 { return (true, false) }
        if state.isRunnable { state.active += 1 } else { state.callerSleeps = true }
        return (false, state.callerSleeps)
      }
      if isOver { return }
      guard isAsleep else { continue }
      worker.wait(for: callerParker)
      guard join() else { return }
    }
  }

  /// For who was asked to help.
  func takePart(_ worker: CurrentWorker) {
    let joins = state.withLock { state in
      state.isInvited = false
      guard state.active > 0 else { return false }
      state.active += 1
      return true
    }
    if joins { enter(worker) }
  }

  /// Takes part until there is nothing to do for a while. The caller is counted as active.
  func enter(_ worker: CurrentWorker) {
    while true {
      take(worker)
      if leave() { return }
      guard look(worker), join() else { return }
    }
  }

  func setOnEnd(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onEnd = body } }

  /// False: the run is over.
  private func join() -> Bool {
    state.withLock { state in
      if state.active > 0 { state.active += 1 }
      return state.active > 0
    }
  }

  /// The caller is active no more. True: it was the last, and the run is over.
  private func leave() -> Bool {
    let (isLast, callerSleeps, onEnd) = state.withLock { state in
      state.active -= 1
      guard state.active == 0 else { return (false, false, nil as (@Sendable () -> Void)?) }
      defer { state.callerSleeps = false }
      return (true, state.callerSleeps, state.onEnd.take())
    }
    if callerSleeps { callerParker.unpark() }
    onEnd?()
    return isLast
  }

  /// Waits for something to do, for the length of the spin budget. True: there may be something. The caller is not counted as active.
  @discardableResult
  private func look(_ worker: CurrentWorker) -> Bool {
    let start = millrace_ticks()
    repeat {
      // Relaxed: a hint; who comes looks again behind the lock.
      if isRunnable.load(ordering: .relaxed) { return true }
      for _ in 0..<8 { millrace_pause() }
    } while millrace_ticks() &- start < worker.spinTicks
    return false
  }

  /// Does what there is to do. The caller is counted as active.
  private func take(_ worker: CurrentWorker) {
    worker.withScope(scope, token: cancellation, deadline: deadline) {
      var finished: Int?
      while let step = takeStep(giving: finished, worker) {
        finished =
          switch step {
          case .carry(let token): carry(token, worker)
          case .draw(let token): draw(token, worker)
          }
      }
    }
  }

  /// What to do next. `token` is free again.
  private func takeStep(giving token: Int?, _ worker: CurrentWorker) -> Step? {
    change(worker) { state in
      if let token { state.free.append(token) }
      return state.takeStep()
    }
  }

  /// Changes `state`, and sees to it that somebody comes for what the calling participant does not do now.
  private func change<R>(_ worker: CurrentWorker, _ body: (inout State) -> R) -> R {
    let (result, wakesCaller, invites) = state.withLock { state in
      let result = body(&state)
      let isRunnable = state.isRunnable
      // Relaxed: a hint.
      self.isRunnable.store(isRunnable, ordering: .relaxed)
      let wakesCaller = isRunnable && state.callerSleeps
      let invites = isRunnable && !wakesCaller && !state.isInvited
      if wakesCaller { state.callerSleeps = false }
      if invites { state.isInvited = true }
      return (result, wakesCaller, invites)
    }
    if wakesCaller { callerParker.unpark() }
    if invites { worker.invite(invitation) }
    return result
  }

  // MARK: An element

  private func place(_ token: Int) -> UnsafeMutableRawPointer { unsafe places + token * footprint.stride }

  /// Asks the source, and takes the element as far as it goes. Returns the token if it is free again.
  private func draw(_ token: Int, _ worker: CurrentWorker) -> Int? {
    switch drawElement(token, worker) {
    case .goesOn: carry(token, worker)
    case .isFree: token
    case .isAway: nil
    }
  }

  private func drawElement(_ token: Int, _ worker: CurrentWorker) -> Move {
    if isToStop(worker) { return .isAway }
    let isThere: Bool
    do {
      isThere = try unsafe next(place(token))
    } catch {
      fail(source.name, state.withLock { $0.drawn }, error, worker)
      return .isAway
    }
    // Before the source is anybody's: a failure elsewhere finds it there.
    unsafe tokens[token] = Token(isFull: isThere)
    let number = change(worker) { state in
      state.sourceIsBusy = false
      state.sourceIsExhausted = !isThere
      defer { state.drawn += isThere ? 1 : 0 }
      return state.drawn
    }
    guard isThere else { return .isFree }
    unsafe tokens[token].number = number
    return .goesOn
  }

  /// Takes an element as far as it goes. Returns the token if it is free again.
  private func carry(_ token: Int, _ worker: CurrentWorker) -> Int? {
    while true {
      switch advance(token, worker) {
      case .goesOn: continue
      case .isFree: return token
      case .isAway: return nil
      }
    }
  }

  /// Takes an element through its next stage, or out of the last.
  @inline(__always)
  private func advance(_ token: Int, _ worker: CurrentWorker) -> Move {
    let stage = unsafe tokens[token].stage
    guard stage < stages.count else {
      destroyElement(token)
      return .isFree
    }
    guard !isToStop(worker), enter(stage, token) else { return .isAway }
    unsafe tokens[token].isFull = false
    do {
      try unsafe bodies[stage](place(token))
    } catch {
      unsafe fail(stages[stage].name, tokens[token].number, error, worker)
      return .isAway
    }
    unsafe tokens[token].isFull = true
    unsafe tokens[token].stage = stage + 1
    unsafe tokens[token].isItsTurn = false
    leave(stage, worker)
    return .goesOn
  }

  /// False: the token waits for its turn, and may be somebody else's by now.
  private func enter(_ stage: Int, _ token: Int) -> Bool {
    guard let turns = turns[stage], unsafe !tokens[token].isItsTurn else { return true }
    // Before it can be found.
    unsafe tokens[token].isItsTurn = true
    let number = unsafe tokens[token].number
    let isInOrder = stages[stage].kind == .serial
    return turns.state.withLock { turns in
      let ticket = isInOrder ? number : turns.takeTicket()
      return turns.enter(token, ticket: ticket)
    }
  }

  private func leave(_ stage: Int, _ worker: CurrentWorker) {
    guard let token = turns[stage]?.state.withLock({ $0.leave() }) else { return }
    change(worker) { $0.ready.append(token) }
  }

  private func destroyElement(_ token: Int) {
    let stage = unsafe tokens[token].stage
    unsafe tokens[token].isFull = false
    unsafe stage < stages.count ? stages[stage].destroyInput(place(token)) : destroyOutput(place(token))
  }

  // MARK: In a simulation

  /// Begins the run. The caller is counted as active, and is so no more.
  func simulate() {
    submitSteps()
    _ = leave()
  }

  /// What can be done, each as a step of its own, counted as active.
  private func submitSteps() {
    while let step = state.withLock({ state in
      let step = state.takeStep()
      if step != nil { state.active += 1 }
      return step
    }) {
      simulation!.submit { worker in
        worker.withScope(self.scope, token: self.cancellation, deadline: self.deadline) { self.simulate(step, worker) }
        _ = self.leave()
      }
    }
  }

  private func simulate(_ step: Step, _ worker: CurrentWorker) {
    let (token, move) =
      switch step {
      case .carry(let token): (token, advance(token, worker))
      case .draw(let token): (token, drawElement(token, worker))
      }
    state.withLock { state in
      switch move {
      case .goesOn: state.ready.append(token)
      case .isFree: state.free.append(token)
      case .isAway: break
      }
    }
    submitSteps()
  }

  // MARK: Stopping

  private func isToStop(_ worker: CurrentWorker) -> Bool {
    // Relaxed: a request to stop.
    if hasStopped.load(ordering: .relaxed) { return true }
    guard worker.isCancelled else { return false }
    stop(CancellationError())
    return true
  }

  private func fail(_ stage: String, _ element: Int, _ error: any Error, _ worker: CurrentWorker) {
    if error is CancellationError, worker.isCancelled { return stop(error) }
    stop(PipelineFailure(stage: stage, element: element, underlying: error))
  }

  /// Nothing else is started; `end` throws `error`, if it is the first. Any thread.
  func stop(_ error: any Error) {
    state.withLock { state in
      if state.error == nil { state.error = error }
      state.hasStopped = true
    }
    // Relaxed, both: a request to stop, and a hint.
    isRunnable.store(false, ordering: .relaxed)
    hasStopped.store(true, ordering: .relaxed)
    cancellation.cancel()
  }

  /// After the end: destroys the elements that did not get through, and throws what stopped the run.
  func end() throws {
    guard let error = state.withLock({ $0.error }) else { return }
    for token in 0..<tokenCount where unsafe tokens[token].isFull { destroyElement(token) }
    throw error
  }
}
