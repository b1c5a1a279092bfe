#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow

  struct Deployment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A deployment that heals itself: tests, a growing share of the requests, telemetry, rollback.",
      discussion: """
        Puts each fault into a simulated service while a new version is rolled out, and prints how long users were in danger. In two of the rollouts \
        the controller's process is killed (SIGKILL) in the middle, and started again. Time is simulated, the kills are real.
        """)

    @Flag(help: "Print JSON, a line for each fault.")
    var json = false

    @Flag(help: "Tell one rollout step by step.")
    var tell = false

    @Option(help: ArgumentHelp("The controller's process, on the files of this folder.", visibility: .private))
    var controller: String?

    func run() async throws {
      if let controller { return try await Self.control(URL(filePath: controller)) }
      if tell { return try await Self.tell(.errorsUnderLoad) }
      var outcomes: [RolloutOutcome] = []
      for fault in SimulatedService.Fault.allCases { outcomes.append(try await Self.rollOut(fault)) }
      for fault in [SimulatedService.Fault.nothing, .errorsUnderLoad] {
        outcomes.append(try await Self.rollOutWithKill(fault))
      }
      if json {
        for outcome in outcomes { print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self)) }
      } else {
        let header = ["fault", "end", "noticed", "recovered", "harmed", "because"]
        print(table([header] + outcomes.map(\.row)))
        for outcome in outcomes {
          guard let seconds = outcome.realRecoverySeconds else { continue }
          print(
            "\(outcome.fault): in real time \(String(format: "%.2f", seconds)) s from the new controller's start to its end"
          )
        }
      }
      let wrong = outcomes.filter { !$0.isHealed }
      guard wrong.isEmpty else {
        throw ValidationError("not healed: \(wrong.map(\.fault).joined(separator: ", "))")
      }
    }

    // MARK: In this process

    static func tell(_ fault: SimulatedService.Fault) async throws {
      let service = SimulatedService(.init(fault: fault))
      _ = try await rollOut(service, MemoryRunStore(clock: service.clock), observers: [Narrator(service.clock)])
    }

    static func rollOut(_ fault: SimulatedService.Fault, seed: UInt64 = 1) async throws -> RolloutOutcome {
      let service = SimulatedService(.init(fault: fault, seed: seed))
      let end = try await rollOut(service, MemoryRunStore(clock: service.clock))
      return RolloutOutcome(fault.rawValue, end, service, recoveredAt: service.shiftedAt)
    }

    /// Rolls out a version, or goes on with that.
    static func rollOut(
      _ service: SimulatedService, _ store: any RunStore, observers: [any RunObserver] = []
    ) async throws -> RolloutEnd {
      let time = VirtualTime(
        store: store, clock: service.clock, seed: service.killedAt == nil ? 1 : 2, observers: observers)
      try time.engine.register(rollouts(of: service))
      try await time.engine.resumeRuns()
      // The same request after a crash is the same rollout.
      var request = StartRequest(
        workflow: "rollout", input: try StateMachine<Rollout, RolloutStatus>.encode(Rollout(version: "2.0")).value())
      request.idempotencyKey = "2.0"
      let run = try await time.engine.start(request).run
      var isAlarmed = false
      let record = try await time.pass(for: run) { due in
        guard !isAlarmed, let alarm = service.alarm, alarm < due else { return false }
        isAlarmed = true
        time.clock.set(to: alarm)
        let event = InboxEvent(id: "crashes", name: "alarm", payload: Payload(["what": "it crashes again and again"]))
        _ = try await time.engine.send(event, to: run)
        return true
      }
      await time.engine.shutdown()
      guard record.state == .completed, let status = RolloutStatus(rawValue: record.status) else {
        throw TaskFailure(code: "rollout", "the run is \(record.state.rawValue): \(record.reason)")
      }
      return RolloutEnd(
        status: status.rawValue, rollout: try StateMachine<Rollout, RolloutStatus>.decode(record.payload))
    }

    // MARK: In a process that is killed

    /// How long it takes until somebody has started the controller again.
    private static let restartDelay = Duration.seconds(30)

    private static func control(_ folder: URL) async throws {
      let service = try SimulatedService(file: folder.appending(path: "service.json"))
      let store = try SQLiteRunStore(path: folder.appending(path: "runs.db").path, clock: service.clock)
      let end = try await rollOut(service, store)
      try await store.close()
      try service.settle()
      try JSONEncoder().encode(end).write(to: folder.appending(path: "end.json"))
    }

    static func rollOutWithKill(_ fault: SimulatedService.Fault) async throws -> RolloutOutcome {
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-rollout-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appending(path: "service.json")
      _ = try SimulatedService(file: file, .init(fault: fault, killsControllerAt: 25))
      let first = try await startController(folder)
      guard first == .killed else { throw ValidationError("the controller was not killed: \(first)") }
      let killed = try SimulatedService(file: file)
      killed.clock.advance(by: restartDelay)
      try killed.settle()
      let resumedAt = killed.clock.now
      let start = ContinuousClock.now
      let second = try await startController(folder)
      guard second == .exited(0) else { throw ValidationError("the second controller failed: \(second)") }
      let real = (ContinuousClock.now - start) / .seconds(1)
      let end = try JSONDecoder().decode(RolloutEnd.self, from: Data(contentsOf: folder.appending(path: "end.json")))
      let service = try SimulatedService(file: file)
      let recoveredAt = fault == .nothing ? resumedAt : service.shiftedAt
      var outcome = RolloutOutcome(
        "\(fault.rawValue), controller killed", end, service, recoveredAt: recoveredAt)
      if fault == .nothing {
        outcome.noticedSeconds = service.killedAt.map { resumedAt.duration(since: $0) / .seconds(1) }
      }
      outcome.realRecoverySeconds = real
      return outcome
    }

    private enum ProcessEnd: Equatable {
      case killed
      case exited(Int32)
    }

    private static func startController(_ folder: URL) async throws -> ProcessEnd {
      let process = Process()
      guard let executable = Bundle.main.executableURL else { throw ValidationError("this program has no file") }
      process.executableURL = executable
      process.arguments = ["deployment", "--controller", folder.path]
      let status = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { process in
          continuation.resume(returning: (process.terminationReason, process.terminationStatus))
        }
        do { try process.run() } catch { continuation.resume(throwing: error) }
      }
      return status == (.uncaughtSignal, SIGKILL) ? .killed : .exited(status.1)
    }
  }

  /// How a rollout has ended.
  struct RolloutEnd: Codable, Sendable {
    var status: String
    var rollout: Rollout
  }

  /// What a rollout with a fault has come to.
  struct RolloutOutcome: Codable, Sendable {
    var fault: String
    var status: String
    var complaint: String?
    /// From when somebody could be harmed until that was known.
    var noticedSeconds: Double?
    /// From then until all requests were for the old version again, or the rollout went on.
    var recoveredSeconds: Double?
    var harmedRequests: Int
    /// Of the process that was started in the place of one that was killed.
    var realRecoverySeconds: Double?

    init(_ fault: String, _ end: RolloutEnd, _ service: SimulatedService, recoveredAt: Timestamp?) {
      self.fault = fault
      status = end.status
      complaint = end.rollout.complaint
      if let onset = service.onset {
        noticedSeconds = end.rollout.noticedAt.map { $0.duration(since: onset) / .seconds(1) }
        recoveredSeconds = recoveredAt.map { $0.duration(since: onset) / .seconds(1) }
      }
      harmedRequests = service.harmedRequests(until: service.clock.now)
    }

    /// Whether the end is the one that the fault should have.
    var isHealed: Bool {
      switch fault.split(separator: ",").first.map(String.init).flatMap({ SimulatedService.Fault(rawValue: $0) }) {
      case .nothing: status == RolloutStatus.promoted.rawValue
      case .failingTests: status == RolloutStatus.rejected.rawValue && harmedRequests == 0
      case .crashLoop, .latency, .errors, .errorsUnderLoad, .memoryGrowth, .noTelemetry, .deafBalancer:
        status == RolloutStatus.rolledBack.rawValue && recoveredSeconds != nil
      case nil: false
      }
    }

    var row: [String] {
      func seconds(_ value: Double?) -> String { value.map { String(format: "%.1f s", $0) } ?? "" }
      return [
        fault, status, seconds(noticedSeconds), seconds(recoveredSeconds), "\(harmedRequests)", complaint ?? "",
      ]
    }
  }
#endif
