extension SimulatedExecutor {
  /// Runs the body once for each seed, up to the first one with which it fails.
  ///
  /// ```swift
  /// try SimulatedExecutor.explore(seeds: 0..<1000) { simulator in
  ///   let account = Account(balance: 100)
  ///   async let first: Void = account.withdraw(100)
  ///   async let second: Void = account.withdraw(100)
  ///   _ = await (first, second)
  ///   guard await account.balance >= 0 else { throw Overdrawn() }
  /// }
  /// ```
  ///
  /// A body fails by throwing, by a deadlock, by too many steps, or by leaving the simulator. Begin everything anew inside it: what outlives a run makes the next one
  /// depend on more than its seed.
  ///
  /// - Throws: a ``SimulationError`` that says the seed and the line that replays it.
  public static func explore(
    seeds: Range<UInt64>, stepLimit: Int = 100_000,
    _ body: @Sendable @escaping (SimulatedExecutor) async throws -> Void
  ) throws {
    for seed in seeds {
      do {
        try run(seed: seed, stepLimit: stepLimit, body)
      } catch {
        let failure = error as? SimulationError
        throw SimulationError(
          .seedFailed, seed: seed, operations: failure?.operations ?? [], tasks: failure?.tasks ?? [],
          underlying: error,
          """
          seed \(seed) of \(seeds) fails: \(error)
          Replay: try SimulatedExecutor.run(seed: \(seed)) { … }
          """)
      }
    }
  }
}
