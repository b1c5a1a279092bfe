#if Workflow
  import Millrace
  import MillraceWorkflow

  /// A new version on its way to everybody, or back.
  struct Rollout: Codable, Sendable {
    var version: String
    /// Percent of the requests, one stage after the other.
    var shares = [5, 25, 50, 100]
    var stage = 0
    /// Since when the new version has its share.
    var since: Timestamp?
    /// What spoke against it, and since when that is known.
    var complaint: String?
    var noticedAt: Timestamp?

    var share: Int { shares[stage] }
  }

  enum RolloutStatus: String, CaseIterable {
    case testing, shifting, observing, rollingBack, confirming
    // The ends.
    case rejected, promoted, rolledBack, needsPeople
  }

  /// An alarm from outside, while a stage is observed.
  struct Alarm: Codable, Sendable {
    var what: String
  }

  /// Tests, then a growing share of the requests for the new version, each observed for a while and compared with the old version at the same time. Whatever speaks against it, silence included, takes the share away again.
  func rollouts(of service: SimulatedService) -> StateMachine<Rollout, RolloutStatus> {
    var machine = StateMachine<Rollout, RolloutStatus>("rollout", initial: .testing)
    machine.visitLimit = 4  // as many as there are stages
    machine.deadline = .seconds(86_400)
    let window = Duration.seconds(60)

    machine.addStep(at: .testing, to: .shifting, .rejected) { rollout, context in
      guard service.passesTests() else {
        rollout.note("its tests fail", at: service.clock.now)
        return .rejected
      }
      context.log("tests of \(rollout.version) pass")
      return .shifting
    }

    // Done twice, after a crash, it is the same share under the same key.
    var stubborn = StepOptions()
    stubborn.retry.attempts = 6
    machine.addStep(at: .shifting, to: .observing, options: stubborn) { rollout, context in
      rollout.since = try service.shift(to: rollout.share, key: context.idempotencyKey)
      context.log("\(rollout.share) % of the requests for \(rollout.version)")
      return .observing
    }

    machine.addTimeout(at: .observing, after: window, to: .shifting, .promoted, .rollingBack) { rollout, context in
      let (start, end) = (rollout.since!, service.clock.now)
      let verdict = complaint(
        about: service.telemetry(ofNew: true, from: start, to: end),
        besides: service.telemetry(ofNew: false, from: start, to: end))
      if let verdict {
        context.log("\(rollout.version) at \(rollout.share) %: \(verdict)")
        rollout.note(verdict, at: end)
        return .rollingBack
      }
      context.log("\(rollout.version) is well at \(rollout.share) %")
      guard rollout.stage + 1 < rollout.shares.count else { return .promoted }
      rollout.stage += 1
      return .shifting
    }
    // Whoever looks after the machines need not wait for the window's end.
    machine.addCallback("alarm", at: .observing, to: .rollingBack) { (rollout, alarm: Alarm, context) in
      context.log("alarm: \(alarm.what)")
      rollout.note(alarm.what, at: service.clock.now)
      return .rollingBack
    }

    machine.addStep(at: .rollingBack, to: .confirming, options: stubborn) { rollout, context in
      rollout.since = try service.shift(to: 0, key: context.idempotencyKey)
      context.log("all requests for the old version")
      return .confirming
    }
    // Not over before the old version is seen to be well.
    machine.addTimeout(at: .confirming, after: window, to: .rolledBack, .needsPeople) { rollout, context in
      let old = service.telemetry(ofNew: false, from: rollout.since!, to: service.clock.now)
      guard let trouble = complaint(about: old, besides: nil) else { return .rolledBack }
      context.log("the old version, too: \(trouble)")
      return .needsPeople
    }
    return machine
  }

  /// What speaks against a version; nil: nothing.
  ///
  /// - Parameter other: the other version at the same time: what is wrong with both is not the new one's fault.
  func complaint(about version: Telemetry?, besides other: Telemetry?) -> String? {
    guard let version else { return "nothing was measured" }
    if version.restarts > 0 { return "it crashed, \(version.restarts) times" }
    let usual = other?.failureRate ?? 0.002
    if version.failureRate > 4 * usual + 0.01 {
      return "\(percent(version.failureRate)) of its requests fail, \(percent(usual)) of the others"
    }
    if let other, version.latencyP95 > 1.5 * other.latencyP95 {
      return "p95 is \(Int(version.latencyP95)) ms, \(Int(other.latencyP95)) ms of the others"
    }
    if version.secondsLeft < 1800 { return "its memory is full in \(Int(version.secondsLeft / 60)) min" }
    return nil
  }

  private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  extension Rollout {
    fileprivate mutating func note(_ complaint: String, at time: Timestamp) {
      self.complaint = complaint
      noticedAt = time
    }
  }
#endif
