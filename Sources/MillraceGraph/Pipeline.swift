import MillraceExecutor
import MillracePrimitives

/// The same steps for one element after the other: elements are under way at the same time, each in another stage.
///
/// ```swift
/// let words = try Pipeline.source("lines", of: ["b a", "c"])
///   .parallel("split") { $0.split(separator: " ").map(String.init) }
///   .serial("number", state: 0) { count, words in
///     count += words.count
///     return "\(count): \(words)"
///   }
///   .collect(tokens: 8)
/// ```
///
/// A pipeline is a value, and runs any number of times, also at once: each run has its own source and its own state. Use it when some steps must be in order, and others need not;
/// when none must, ``Parallel`` is cheaper. Taking an element through a stage costs a lock or two beside the closure: stages of less than a microsecond are better run as one.
public struct Pipeline<Output: Sendable>: Sendable {
  let source: PipelineSource
  let stages: [PipelineStage]
  /// What one element takes on its way, in bytes.
  let footprint: PipelineFootprint

  // MARK: Where elements come from

  /// A pipeline whose elements are those of `elements`, in order; each run goes over them from the start.
  public static func source(_ name: String? = nil, of elements: some Sequence<Output> & Sendable) -> Pipeline {
    Pipeline(name) {
      var iterator = elements.makeIterator()
      return { iterator.next() }
    }
  }

  /// A pipeline whose elements are what `next` returns, until it returns nil.
  ///
  /// - Parameters:
  ///   - state: what `next` may change; each run begins with a copy.
  ///   - next: called once at a time, on any worker.
  public static func source<State: Sendable>(
    _ name: String? = nil, state: State, next: @escaping @Sendable (inout State) throws -> Output?
  ) -> Pipeline {
    Pipeline(name) {
      var state = state
      return { try next(&state) }
    }
  }

  /// A pipeline whose elements are what `next` returns, until it returns nil. `next` is called once at a time, on any worker.
  public static func source(_ name: String? = nil, next: @escaping @Sendable () throws -> Output?) -> Pipeline {
    Pipeline(name) { next }
  }

  private init(_ name: String?, _ makeNext: @escaping @Sendable () -> () throws -> Output?) {
    source = unsafe PipelineSource(name: name ?? "source") {
      let next = makeNext()
      return { place in
        guard let element = try next() else { return false }
        unsafe place.initializeMemory(as: Output.self, to: element)
        return true
      }
    }
    stages = []
    footprint = PipelineFootprint().including(Output.self)
  }

  private init(_ source: PipelineSource, _ stages: [PipelineStage], _ footprint: PipelineFootprint) {
    self.source = source
    self.stages = stages
    self.footprint = footprint.including(Output.self)
  }

  // MARK: Stages

  /// Adds a stage that takes any number of elements at a time.
  public func parallel<Next: Sendable>(
    _ name: String? = nil, _ body: @escaping @Sendable (Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, .parallel) { body }
  }

  /// Adds a stage that takes one element at a time, in the order of the source.
  public func serial<Next: Sendable>(
    _ name: String? = nil, _ body: @escaping @Sendable (Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, .serial) { body }
  }

  /// Adds a stage that takes one element at a time, in the order of the source, and has something of its own to change. Each run begins with a copy of `state`.
  public func serial<State: Sendable, Next: Sendable>(
    _ name: String? = nil, state: State, _ body: @escaping @Sendable (inout State, Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, .serial) {
      var state = state
      return { try body(&state, $0) }
    }
  }

  /// Adds a stage that takes one element at a time, in the order in which they arrive.
  public func exclusive<Next: Sendable>(
    _ name: String? = nil, _ body: @escaping @Sendable (Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, .exclusive) { body }
  }

  /// Adds a stage that takes one element at a time, in the order in which they arrive, and has something of its own to change. Each run begins with a copy of `state`.
  public func exclusive<State: Sendable, Next: Sendable>(
    _ name: String? = nil, state: State, _ body: @escaping @Sendable (inout State, Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, .exclusive) {
      var state = state
      return { try body(&state, $0) }
    }
  }

  private func adding<Next: Sendable>(
    _ name: String?, _ kind: PipelineStage.Kind, _ makeBody: @escaping @Sendable () -> (Output) throws -> Next
  ) -> Pipeline<Next> {
    let stage = unsafe PipelineStage(name: name ?? "stage \(stages.count + 1)", kind: kind) {
      let body = makeBody()
      return { place in
        let next = try body(unsafe place.assumingMemoryBound(to: Output.self).move())
        unsafe place.initializeMemory(as: Next.self, to: next)
      }
    } destroyInput: { place in
      unsafe place.assumingMemoryBound(to: Output.self).deinitialize(count: 1)
    }
    return Pipeline<Next>(source, stages + [stage], footprint)
  }

  // MARK: Running

  /// Takes every element through all stages, and waits for the end.
  ///
  /// The calling worker takes part, and others help while there is more to do than it can. On a thread that is not a worker's, the run is on `executor`, and the thread is one of its
  /// workers meanwhile. In `async` code use the other `run`. An element that waits for its turn holds no worker.
  ///
  /// - Parameters:
  ///   - executor: nil: that of the calling worker, or else ``WorkStealingExecutor/shared``. Under a simulator there is no other than the simulator.
  ///   - tokens: how many elements may be under way at a time, which bounds the memory. With fewer than there are workers, some have nothing to do.
  ///   - deadline: cancels the run when it passes. An earlier one of the surroundings holds on.
  /// - Throws: ``PipelineFailure`` when the source or a stage threw: nothing else is started, and this throws when what was running has ended; `CancellationError`; ``DeadlineExceeded``;
  ///   ``ExecutorError/Code/shutDown`` (nothing has run).
  /// - Precondition: `tokens` is positive.
  /// - Complexity: some allocations for each stage, and memory for `tokens` elements; none for an element.
  public func run(on executor: WorkStealingExecutor? = nil, tokens: Int, deadline: Deadline? = nil) throws {
    // A simulation has no other executor.
    if let executor, SimulatedWorker.simulation == nil {
      try executor.runBlocking { try perform(tokens, deadline) }
    } else {
      try perform(tokens, deadline)
    }
  }

  private func perform(_ tokens: Int, _ deadline: Deadline?) throws {
    if let deadline { return try withDeadline(deadline) { try perform(tokens, nil) } }
    guard let worker = CurrentWorker.withStack else {
      return try elsewhere { () throws(any Error) in try perform(tokens, nil) }
    }
    worker.openScope()
    defer { worker.closeScope() }
    if let simulation = SimulatedWorker.simulation {
      let steps = HeldSteps(in: simulation)
      let run = makeRun(tokens, worker.scope, nil, steps)
      run.simulate()
      steps.run(on: worker)
      try run.end()
    } else {
      let run = makeRun(tokens, worker.scope, nil, nil)
      run.runAsCaller(worker)
      try run.end()
    }
  }

  /// Takes every element through all stages; the calling task is suspended meanwhile. Cancelling the task stops the run.
  ///
  /// - Parameters: as of the other `run`.
  /// - Throws: as the other `run`.
  public func run(on executor: WorkStealingExecutor? = nil, tokens: Int, deadline: Deadline? = nil) async throws {
    if let deadline {
      try await withDeadline(deadline) { try await perform(tokens, on: executor) }
    } else {
      try await perform(tokens, on: executor)
    }
  }

  private func perform(_ tokens: Int, on executor: WorkStealingExecutor?) async throws {
    let simulation = SimulatedWorker.simulation
    let run = makeRun(tokens, .none, .current, simulation)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        run.setOnEnd { continuation.resume() }
        if simulation != nil { return run.simulate() }
        do {
          try (executor ?? .shared).submit(onWorker: { run.enter($0) })
        } catch {
          continuation.resume(throwing: error)
        }
      }
      try run.end()
    } onCancel: {
      run.stop(CancellationError())
    }
  }

  private func makeRun(
    _ tokens: Int, _ scope: OpenScope, _ deadline: Deadline?, _ simulation: (any Simulation)?
  ) -> PipelineRun {
    precondition(tokens > 0, "at least one element is under way at a time; found \(tokens) tokens")
    return unsafe PipelineRun(source, stages, footprint, tokens: tokens, scope, deadline, simulation) { place in
      unsafe place.assumingMemoryBound(to: Output.self).deinitialize(count: 1)
    }
  }

  // MARK: Results

  /// Takes every element through all stages, and returns what they became, in the order of the source.
  ///
  /// - Parameters: as of `run`.
  /// - Throws: as `run`.
  public func collect(
    on executor: WorkStealingExecutor? = nil, tokens: Int, deadline: Deadline? = nil
  ) throws -> [Output] {
    let collected = Collected<Output>()
    try serial("collect") { collected.append($0) }.run(on: executor, tokens: tokens, deadline: deadline)
    return collected.elements
  }

  /// Takes every element through all stages, and returns what they became, in the order of the source; the calling task is suspended meanwhile.
  ///
  /// - Throws: as the other `collect`.
  public func collect(
    on executor: WorkStealingExecutor? = nil, tokens: Int, deadline: Deadline? = nil
  ) async throws -> [Output] {
    let collected = Collected<Output>()
    try await serial("collect") { collected.append($0) }.run(on: executor, tokens: tokens, deadline: deadline)
    return collected.elements
  }
}

/// A stage of a ``Pipeline``, or its source, threw.
public struct PipelineFailure: Error, CustomStringConvertible {
  /// The stage's name, or "source", or "stage" and its number from 1.
  public let stage: String
  /// Which element, from 0 in the order of the source.
  public let element: Int
  /// What was thrown.
  public let underlying: any Error

  public var description: String { "\(stage) failed at element \(element): \(underlying)" }
}

private final class Collected<Element: Sendable>: Sendable {
  private let state = Lock<[Element]>([])

  func append(_ element: Element) { state.withLock { $0.append(element) } }
  var elements: [Element] { state.withLock { $0 } }
}
