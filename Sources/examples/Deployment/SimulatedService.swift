#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization

  /// A service behind a load balancer, simulated: the version that everybody knows, a new one with a share of the requests, and a fault in the new one.
  ///
  /// What a request sees depends on the seed, the second and the version alone, so a rollout comes to the same end on every machine, however busy. With a file it outlives the process that rolls out, as a real service does.
  final class SimulatedService: Sendable {
    /// What is wrong with the new version, or around it.
    enum Fault: String, Codable, CaseIterable, Sendable {
      case nothing = "no fault"
      case failingTests = "failing tests"
      case crashLoop = "crash loop"
      case latency = "slow requests"
      case errors = "failed requests"
      /// Only from a quarter of the requests on.
      case errorsUnderLoad = "failed under load"
      case memoryGrowth = "memory growth"
      case noTelemetry = "no telemetry"
      /// Requests fail, and the load balancer refuses to take the new version away, twice.
      case deafBalancer = "rollback refused"
    }

    struct Setting: Codable, Sendable {
      var fault: Fault
      /// The process that asks for this share, in percent, is killed as soon as it has got it.
      var killsControllerAt: Int?
      var seed: UInt64 = 1
    }

    /// From this time on the new version gets so many percent of all requests.
    struct Shift: Codable, Sendable {
      var at: Timestamp
      var percent: Int
    }

    private struct State: Codable {
      var setting: Setting
      var now: Timestamp
      var shifts: [Shift] = []
      /// What has been asked for, and when, by idempotency key.
      var done: [String: Timestamp] = [:]
      var refusals = 0
      var killedAt: Timestamp?
    }

    static let requestsPerSecond = 100
    /// A request that takes longer has harmed somebody, as one that fails.
    static let slow = 150.0

    let clock: ManualWallClock
    private let file: URL?
    private let state: Mutex<State>

    init(_ setting: Setting, clock: ManualWallClock = ManualWallClock()) {
      self.clock = clock
      file = nil
      state = Mutex(State(setting: setting, now: clock.now))
    }

    /// The service in a file.
    ///
    /// - Parameter setting: of a new one; nil: it is there.
    init(file: URL, _ setting: Setting? = nil) throws {
      self.file = file
      if let setting {
        clock = ManualWallClock()
        state = Mutex(State(setting: setting, now: clock.now))
        try state.withLock { try Self.save($0, to: file) }
      } else {
        let saved = try JSONDecoder().decode(State.self, from: Data(contentsOf: file))
        clock = ManualWallClock(now: saved.now)
        state = Mutex(saved)
      }
    }

    private static func save(_ state: State, to file: URL) throws {
      try JSONEncoder().encode(state).write(to: file, options: .atomic)
    }

    private func change<Result>(_ body: (inout State) throws -> Result) throws -> Result {
      try state.withLock { state in
        state.now = clock.now
        let result = try body(&state)
        if let file { try Self.save(state, to: file) }
        return result
      }
    }

    /// Keeps what time it is.
    func settle() throws { try change { _ in } }

    // MARK: What a rollout may ask

    /// Whether the new version's tests pass.
    func passesTests() -> Bool { state.withLock { $0.setting.fault != .failingTests } }

    /// Gives the new version so many percent of the requests. Asked again with the same key it does nothing.
    ///
    /// - Returns: since when it is so.
    func shift(to percent: Int, key: String) throws -> Timestamp {
      let (at, isLast) = try change { state -> (Timestamp, Bool) in
        if let before = state.done[key] { return (before, false) }
        if percent == 0, state.setting.fault == .deafBalancer, state.refusals < 2 {
          state.refusals += 1
          throw TaskFailure(code: "busy", "the load balancer is busy")
        }
        state.shifts.append(Shift(at: state.now, percent: percent))
        state.done[key] = state.now
        let isLast = state.setting.killsControllerAt == percent && state.killedAt == nil
        if isLast { state.killedAt = state.now }
        return (state.now, isLast)
      }
      // It is done, and who has asked for it can tell nobody.
      if isLast { kill(getpid(), SIGKILL) }
      return at
    }

    /// What was measured of a version; nil if nothing was.
    func telemetry(ofNew isNew: Bool, from start: Timestamp, to end: Timestamp) -> Telemetry? {
      state.withLock { state in
        if isNew, state.setting.fault == .noTelemetry { return nil }
        var telemetry = Telemetry()
        for second in Self.seconds(start, end) { Self.measure(second, isNew, state, into: &telemetry) }
        return telemetry.requests == 0 ? nil : telemetry
      }
    }

    /// When whoever looks after the machines sends an alarm: at the second crash of the new version.
    var alarm: Timestamp? {
      state.withLock { state in
        guard state.setting.fault == .crashLoop, let begin = state.shifts.first(where: { $0.percent > 0 }),
          state.shifts.last!.percent > 0
        else { return nil }
        return begin.at.advanced(by: .seconds(2 * Self.crashPeriod))
      }
    }

    // MARK: What became of it

    /// When somebody could be harmed for the first time; nil: never.
    var onset: Timestamp? {
      state.withLock { state in
        state.shifts.first { $0.percent > 0 && Self.isBroken(state.setting.fault, at: $0.percent) }?.at
          ?? state.killedAt
      }
    }

    var killedAt: Timestamp? { state.withLock { $0.killedAt } }

    /// The new version's share, in percent.
    var share: Int { state.withLock { $0.shifts.last?.percent ?? 0 } }

    /// Since when.
    var shiftedAt: Timestamp? { state.withLock { $0.shifts.last?.at } }

    /// Requests of the new version that failed or were slow, since it had any.
    func harmedRequests(until end: Timestamp) -> Int {
      state.withLock { state in
        guard let begin = state.shifts.first else { return 0 }
        var telemetry = Telemetry()
        for second in Self.seconds(begin.at, end) { Self.measure(second, true, state, into: &telemetry) }
        return telemetry.failures + telemetry.latencies.count { $0 > Self.slow }
      }
    }

    // MARK: The simulation

    private static let crashPeriod = 7

    private static func seconds(_ start: Timestamp, _ end: Timestamp) -> Range<Int64> {
      let first = start.microseconds / 1_000_000
      return first..<max(first, end.microseconds / 1_000_000)
    }

    private static func isBroken(_ fault: Fault, at percent: Int) -> Bool {
      switch fault {
      case .nothing, .failingTests: false
      case .errorsUnderLoad: percent >= 25
      case .crashLoop, .latency, .errors, .memoryGrowth, .noTelemetry, .deafBalancer: percent > 0
      }
    }

    /// Adds what a version did in a second.
    private static func measure(_ second: Int64, _ isNew: Bool, _ state: State, into telemetry: inout Telemetry) {
      let time = Timestamp(microseconds: second * 1_000_000)
      let share = state.shifts.last { $0.at <= time }?.percent ?? 0
      let count = requestsPerSecond * (isNew ? share : 100 - share) / 100
      guard count > 0 else { return }
      let begin = state.shifts.first { $0.percent > 0 }!.at.microseconds / 1_000_000
      let age = Int(second - begin)
      let fault = isNew && isBroken(state.setting.fault, at: share) ? state.setting.fault : .nothing
      var chance = SplitMix64(seed: state.setting.seed &* 1_000_003 &+ UInt64(second) &* 2 &+ (isNew ? 1 : 0))
      let isCrashing = fault == .crashLoop && age > 0 && age % crashPeriod == 0
      // It is away for two seconds.
      let isAway = fault == .crashLoop && age >= crashPeriod && age % crashPeriod < 2
      let failing = isAway ? 1 : [.errors, .errorsUnderLoad, .deafBalancer].contains(fault) ? 0.05 : 0.002
      telemetry.requests += count
      telemetry.restarts += isCrashing ? 1 : 0
      for _ in 0..<count {
        if chance.unit() < failing {
          telemetry.failures += 1
        } else {
          telemetry.latencies.append((20 - 15 * log(1 - chance.unit())) * (fault == .latency ? 3 : 1))
        }
      }
      telemetry.memory.append(200 + 6 * (chance.unit() - 0.5) + (fault == .memoryGrowth ? Double(age) : 0))
    }
  }

  /// What was measured of one version in some time.
  struct Telemetry: Sendable {
    var requests = 0
    var failures = 0
    /// Of requests that did not fail, in milliseconds.
    var latencies: [Double] = []
    var restarts = 0
    /// In megabytes, each second.
    var memory: [Double] = []

    static let memoryLimit = 512.0

    var failureRate: Double { Double(failures) / Double(max(1, requests)) }

    var latencyP95: Double {
      let sorted = latencies.sorted()
      return sorted.isEmpty ? 0 : sorted[sorted.count * 95 / 100]
    }

    /// How long until the memory is full, if it goes on like this.
    var secondsLeft: Double {
      let part = memory.count / 5
      guard part > 0 else { return .infinity }
      let (first, last) = (memory.prefix(part).reduce(0, +), memory.suffix(part).reduce(0, +))
      let growth = (last - first) / Double(part) / Double(memory.count - part)
      return growth <= 0 ? .infinity : (Self.memoryLimit - last / Double(part)) / growth
    }
  }
#endif
