extension WorkflowEngine {
  /// Reads how long steps have taken, for ``Configuration/beginsLongestFirst``: of every workflow that is registered. ``resumeRuns()`` does so, too.
  ///
  /// - Throws: ``WorkflowError/Code/storeUnavailable``.
  public func learnDurations() async throws {
    for program in state.withLock({ state in state.current.compactMap { state.programs[$0]?[$1] } }) {
      let history = try await StepHistory(of: program.name, in: store(of: program))
      state.withLock { $0.durations[program.name] = history.steps.mapValues(\.p50) }
    }
  }

  /// Attempts that begin at the same time, the longest first, so that what takes longest does not begin last. One that nobody knows may be the longest; else they stay as they are written.
  func ordered(_ effects: [RunEffect], of workflow: String) -> [RunEffect] {
    guard configuration.beginsLongestFirst, effects.count > 1,
      let durations = state.withLock({ $0.durations[workflow] })
    else { return effects }
    func duration(_ place: Int) -> Duration {
      guard case .attempt(let order) = effects[place] else { return .zero }
      return durations[StepHistory.name(ofStep: order.step)] ?? .seconds(Int64.max)
    }
    let places = effects.indices.filter { if case .attempt = effects[$0] { true } else { false } }
    let sorted = places.map { (place: $0, duration: duration($0)) }
      .sorted { ($1.duration, $0.place) < ($0.duration, $1.place) }
    var result = effects
    for (place, other) in zip(places, sorted) { result[place] = effects[other.place] }
    return result
  }
}
