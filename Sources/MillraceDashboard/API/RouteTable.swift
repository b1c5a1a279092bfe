#if Workflow
  extension Route {
    /// All that the server does, besides the page's files: as `openapi.json` describes it.
    static let table: [Route] = [
      Route("GET", "/healthz", for: nil) { try $0.health($1) },
      Route("GET", "/readyz", for: nil) { try await $0.readiness($1) },
      Route("GET", "/metrics", for: .viewer) { try await $0.metrics($1) },
      Route("GET", "/openapi.json", for: nil) { try $0.description($1) },
      Route("POST", "/hooks/{name}", for: nil) { try await $0.hook($1) },

      Route("GET", "/api/v1/session", for: nil) { try $0.sessionState($1) },
      Route("POST", "/api/v1/session", for: nil) { try $0.login($1) },
      Route("DELETE", "/api/v1/session", for: nil) { try $0.logout($1) },
      Route("GET", "/api/v1/status", for: .viewer) { try await $0.status($1) },

      Route("GET", "/api/v1/runs", for: .viewer) { try await $0.listRuns($1) },
      Route("POST", "/api/v1/runs", for: .operator) { try await $0.startRun($1) },
      Route("GET", "/api/v1/runs/{run}", for: .viewer) { try await $0.showRun($1) },
      Route("GET", "/api/v1/runs/{run}/graph", for: .viewer) { try await $0.showRunGraph($1) },
      Route("GET", "/api/v1/runs/{run}/value", for: .viewer) { try await $0.showRunValue($1) },
      Route("GET", "/api/v1/runs/{run}/logs", for: .viewer) { try await $0.showRunLogs($1) },
      Route("GET", "/api/v1/runs/{run}/await", for: .viewer) { try await $0.awaitRun($1) },
      Route("POST", "/api/v1/runs/{run}/events", for: .operator) { try await $0.sendEvent($1) },
      Route("POST", "/api/v1/runs/{run}/pause", for: .operator) { try await $0.control($1, .pause) },
      Route("POST", "/api/v1/runs/{run}/resume", for: .operator) { try await $0.control($1, .resume) },
      Route("POST", "/api/v1/runs/{run}/cancel", for: .operator) { try await $0.control($1, .cancel) },
      Route("POST", "/api/v1/runs/{run}/retry", for: .operator) { try await $0.control($1, .retry) },
      Route("POST", "/api/v1/runs/{run}/restart", for: .operator) { try await $0.control($1, .restart) },
      Route("POST", "/api/v1/runs/{run}/fork", for: .operator) { try await $0.fork($1) },
      Route("POST", "/api/v1/runs/{run}/erase", for: .admin) { try await $0.erase($1) },

      Route("GET", "/api/v1/workflows", for: .viewer) { try await $0.listWorkflows($1) },
      Route("GET", "/api/v1/workflows/{workflow}", for: .viewer) { try await $0.showWorkflow($1) },
      Route("GET", "/api/v1/queues", for: .viewer) { try $0.listQueues($1) },
      Route("GET", "/api/v1/breakers", for: .viewer) { try $0.listBreakers($1) },
      Route("GET", "/api/v1/resources", for: .viewer) { try $0.listResources($1) },
      Route("GET", "/api/v1/schedules", for: .viewer) { try await $0.listSchedules($1) },
      Route("GET", "/api/v1/alerts", for: .viewer) { try await $0.listAlerts($1) },
      Route("POST", "/api/v1/alerts/{alert}/acknowledge", for: .operator) { try await $0.acknowledgeAlert($1) },
      Route("GET", "/api/v1/executor", for: .viewer) { try $0.showExecutor($1) },
      Route("GET", "/api/v1/series", for: .viewer) { try $0.showSeries($1) },
      Route("GET", "/api/v1/stream", for: .viewer) { try await $0.stream($1) },
    ]
  }
#endif
