#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// What many runs share: queues, breakers, resources, alerts, the executor.
  extension API {
    func listQueues(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      let queues = engine.inspectedQueues.sorted { $0.key < $1.key }.map { name, queue -> JSONValue in
        let policy = queue.policy
        var members: [String: JSONValue] = [
          "name": .string(name), "concurrency": .int(Int64(policy.concurrency)), "bound": .int(Int64(policy.bound)),
          "when_full": .string(policy.whenFull.rawValue), "is_fair": .bool(policy.isFair),
          "timeout_seconds": policy.timeout.json, "waiting": .int(Int64(queue.waiting)),
          "running": .int(Int64(queue.running)),
        ]
        if let rate = policy.rate {
          members["rate"] = .int(Int64(rate))
          members["rate_period_seconds"] = policy.ratePeriod.json
        }
        return .object(members)
      }
      return .json(["queues": .array(queues)])
    }

    func listBreakers(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      let breakers = engine.inspectedCircuits.sorted { $0.key < $1.key }.map { name, breaker -> JSONValue in
        var members = breaker.snapshot.members(name: name)
        members["failures_limit"] = .int(Int64(breaker.policy.failures))
        members["window_seconds"] = breaker.policy.window.json
        members["open_seconds"] = breaker.policy.open.json
        if breaker.state == .open {
          members["tries_again_at"] = .string("\(breaker.snapshot.changedAt.advanced(by: breaker.policy.open))")
        }
        return .object(members)
      }
      return .json(["breakers": .array(breakers)])
    }

    func listResources(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      let resources = engine.inspectedResources.sorted { $0.key < $1.key }.map { name, resource -> JSONValue in
        [
          "name": .string(name), "units": .int(Int64(resource.units)), "free": .int(Int64(resource.free)),
          "waiting": .int(Int64(resource.waiting)),
        ]
      }
      return .json(["resources": .array(resources)])
    }

    func listAlerts(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      let alerts = await configuration.alerts?.alerts() ?? []
      return .json(["alerts": shown(.array(alerts.map(\.value)))])
    }

    func acknowledgeAlert(_ call: Call) async throws -> HTTPResponse {
      let id = try call.name("alert")
      try call.expectNoQuery()
      var body = try BodyReader(call.request)
      let comment = try body.text("comment", .prose) ?? ""
      try body.finish()
      guard let alert = try await configuration.alerts?.acknowledge(id, by: call.caller.name, comment: comment) else {
        throw Problem(.notFound, "there is no such alert")
      }
      return .json(shown(alert.value))
    }

    func showExecutor(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      return .json(charts.executor)
    }

    func showSeries(_ call: Call) throws -> HTTPResponse {
      try call.expectNoQuery()
      return .json(charts.series)
    }
  }
#endif
