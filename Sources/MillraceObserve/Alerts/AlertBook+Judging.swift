#if Workflow
  import MillraceWorkflow

  extension AlertBook {
    /// Judges what is a state: call it every few seconds.
    ///
    /// - Throws: what the store throws, when it is asked for runs whose deadline is near.
    public func judge(_ sample: EngineSample) async throws {
      for (circuit, snapshot) in sample.load.circuits { look(at: circuit, snapshot.state) }
      for (queue, depth) in sample.load.queues {
        judge("queue", queue, queue, depth.waiting, "\(depth.waiting) attempts wait for a place in queue \(queue)")
      }
      let events = sample.outboxEvents
      let count = events < EngineSampler.outboxLimit ? "\(events)" : "\(events) or more"
      judge("lag", nil, "outbox", events, "\(count) events wait in the outbox")
      for lag in sample.lags {
        judge(
          "lag", nil, "\(lag.topic)/\(lag.group)", lag.events,
          "\(lag.group) is \(lag.events) events of \(lag.topic) behind")
      }
      // Of groups that are no more.
      let seen = Set(["lag/outbox"] + sample.lags.map { "lag/\($0.topic)/\($0.group)" })
      for id in active(of: "lag") where !seen.contains(id) { recover(id) }
      for rule in rules.all("silence") { judgeSilence(rule, at: sample.at) }
      for id in troublesBefore(sample.at.advanced(by: .seconds(-300))) { recover(id) }
      if rules.has("deadline") { try await judgeDeadlines(at: sample.at) }
    }

    /// Over at four fifths, so that what goes up and down around the bound is one alert.
    ///
    /// - Parameter named: as a rule may name it.
    private func judge(_ name: String, _ named: String?, _ subject: String, _ value: Int, _ text: String) {
      guard let rule = rules.rule(name, about: named) else { return }
      let above: Int
      switch rule.condition {
      case .queue(let bound), .lag(let bound): above = bound
      case .failure, .deadline, .circuit, .silence, .trouble: return
      }
      if value > above {
        raise(rule, about: subject, "\(text), more than \(above)", isState: true)
      } else if value * 5 <= above * 4 {
        recover("\(rule.name)/\(subject)")
      }
    }

    private func judgeSilence(_ rule: AlertRule, at now: Timestamp) {
      guard case .silence(let longest) = rule.condition else { return }
      let subject = rule.subject ?? ""
      let last = completion(of: subject)
      let id = subject.isEmpty ? "any workflow" : subject
      if now.duration(since: last) > longest {
        let whose = rule.subject.map { "of \($0)" } ?? "at all"
        raise(rule, about: id, "no run \(whose) has completed since \(last)", workflow: rule.subject, isState: true)
      } else {
        recover("\(rule.name)/\(id)")
      }
    }

    private func judgeDeadlines(at now: Timestamp) async throws {
      func ruleBroken(by record: RunRecord) -> AlertRule? {
        guard let rule = rules.rule("deadline", about: record.workflow), case .deadline(let fraction) = rule.condition
        else { return nil }
        let whole = record.deadline.duration(since: record.createdAt)
        return now.duration(since: record.createdAt) / .seconds(1) > fraction * (whole / .seconds(1)) ? rule : nil
      }
      // Those that were told of: ended elsewhere, or given more time.
      for id in active(of: "deadline") {
        guard let run = RunID(String(id.drop { $0 != "/" }.dropFirst())) else { continue }
        let record = try await store.load(run)?.record
        if record.map({ $0.state.isFinal || ruleBroken(by: $0) == nil }) ?? true { recover(id) }
      }
      var query = RunQuery()
      query.states = [.initiated, .running, .waiting]
      query.limit = 500
      query.before = deadlinesBefore
      var seen = 0
      while seen < configuration.deadlineLimit {
        let page = try await store.runs(query)
        for record in page {
          guard let rule = ruleBroken(by: record) else { continue }
          raise(
            rule, about: "\(record.id)",
            "run \(record.id) of \(record.workflow) has until \(record.deadline), and has not ended",
            workflow: record.workflow, run: record.id, isState: true)
        }
        seen += page.count
        query.before = page.count < query.limit ? nil : page.last?.id
        if query.before == nil { break }
      }
      deadlinesBefore = query.before
    }
  }
#endif
