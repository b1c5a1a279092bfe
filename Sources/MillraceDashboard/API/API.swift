#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// Answers requests, wherever they come from.
  final class API: Sendable {
    let engine: WorkflowEngine
    let watch: RunWatch
    let configuration: DashboardServer.Configuration
    let gate: Gate
    let charts: Charts
    let counts = CountCache()
    let startedAt: Timestamp
    private let draining = Mutex(false)
    private let loop = Mutex<ConnectionLoop?>(nil)

    init(engine: WorkflowEngine, watch: RunWatch, configuration: DashboardServer.Configuration) {
      self.engine = engine
      self.watch = watch
      self.configuration = configuration
      gate = Gate(
        tokens: configuration.tokens, sessions: Sessions(lifetime: configuration.sessionLifetime),
        origins: configuration.origins.map { $0.lowercased() }, trustsProxy: configuration.trustsProxy)
      startedAt = configuration.wallClock.now
      charts = Charts(engine: engine, watch: watch, wallClock: configuration.wallClock)
    }

    /// Whose connections are counted.
    func attach(_ loop: ConnectionLoop) { self.loop.withLock { $0 = loop } }

    var connections: (all: Int, watchers: Int) {
      guard let loop = loop.withLock({ $0 }) else { return (0, 0) }
      // Relaxed: to be shown.
      return (loop.connectionCount.load(ordering: .relaxed), loop.watcherCount.load(ordering: .relaxed))
    }

    var isDraining: Bool { draining.withLock { $0 } || engine.isDraining }

    func beginDraining() { draining.withLock { $0 = true } }

    /// What is shown has no secrets in it that the engine knows of.
    func shown(_ value: JSONValue) -> JSONValue { engine.redactor.redact(value) }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
      let begun = Sockets.now()
      defer { watch.answered(in: .nanoseconds(Sockets.now() - begun)) }
      do {
        var response = try await findAnswer(request)
        // Its head is all that it has but what is still to come.
        if request.method == "HEAD", case .events = response.body { response.body = .bytes([]) }
        return response
      } catch let problem as Problem {
        return problem.response
      } catch let error as WorkflowError {
        if let problem = Problem(error) { return redacted(problem).response }
        return fault(request, error)
      } catch is CancellationError {
        return Problem(.unavailable, "the request was given up").response
      } catch {
        return fault(request, error)
      }
    }

    private func fault(_ request: HTTPRequest, _ error: any Error) -> HTTPResponse {
      configuration.logger.error("\(request.method) \(request.path): \(engine.redactor.redact("\(error)"))")
      return Problem(.internal, "a fault of the server's; its log tells more").response
    }

    private func redacted(_ problem: Problem) -> Problem {
      var problem = problem
      problem.message = engine.redactor.redact(problem.message)
      return problem
    }

    private func findAnswer(_ request: HTTPRequest) async throws -> HTTPResponse {
      try gate.checkHost(request)
      var request = request
      if request.method == "HEAD" { request.method = "GET" }
      let path = request.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
        PercentEncoding.decode($0)
      }
      let decoded = path.compactMap(\.self)
      guard decoded.count == path.count else {
        throw Problem(.badRequest, "percent-encoded UTF-8 is expected", at: "path")
      }
      // By the path as it was sent: there is one way to write that of a file.
      if let asset = PageAssets.table[request.path] {
        guard request.method == "GET" else { throw Self.methodProblem(["GET"]) }
        return asset.response(to: request)
      }
      let found = Route.table.compactMap { route in
        route.parameters(in: decoded).map { (route: route, parameters: $0) }
      }
      guard !found.isEmpty else { throw Problem(.notFound, "there is nothing at this path") }
      guard let (route, parameters) = found.first(where: { $0.route.method == request.method }) else {
        throw Self.methodProblem(found.map(\.route.method))
      }
      if route.changes { try gate.checkOrigin(request) }
      let now = configuration.wallClock.now
      let caller =
        if let role = route.role {
          try gate.admit(request, as: role, changes: route.changes, at: now)
        } else {
          gate.caller(request, at: now) ?? Gate.Caller(role: .viewer, name: "")
        }
      return try await route.answer(self, Call(request: request, parameters: parameters, caller: caller))
    }

    private static func methodProblem(_ methods: [String]) -> Problem {
      let allowed = Set(methods + (methods.contains("GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
      return Problem(.methodNotAllowed, "\(allowed) is expected", headers: [("Allow", allowed)])
    }
  }
#endif
