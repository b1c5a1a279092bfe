#if Workflow
  import Logging
  import MillraceExecutor
  import MillraceWorkflow

  /// The server of one engine: a web page, and the JSON API that page, command line and others' programs use.
  ///
  /// ```swift
  /// let watch = RunWatch()
  /// var workflows = WorkflowEngine.Configuration()
  /// workflows.observers.append(watch)
  /// let engine = WorkflowEngine(store: store, configuration: workflows)
  /// let server = try DashboardServer(engine: engine, watch: watch)
  /// print("http://\(server.address)")
  /// // … until a signal comes
  /// server.beginDraining()
  /// await engine.shutdown()
  /// await server.stop()
  /// ```
  ///
  /// Without ``Configuration-swift.struct/tokens`` it can listen to this machine alone, and everybody there may do everything. See <doc:Server> for roles, limits, and a proxy for TLS.
  ///
  /// Any thread or task may call anything.
  public final class DashboardServer: Sendable {
    public typealias Hooks =
      @Sendable (_ name: String, _ headers: [String: String], _ body: [UInt8]) async -> (status: Int, body: [UInt8])

    public struct Configuration: Sendable {
      /// Port 0: any that is free; ``DashboardServer/address`` says which.
      public var address = ListenAddress("127.0.0.1:8080")!
      public var tokens = AccessTokens()
      /// Where browsers find the server, if not at its address: behind a proxy, `https://runs.example.org`.
      public var origins: [String] = []
      /// A proxy of yours is all that connects: what it says in `X-Forwarded-For` is where logins come from.
      public var trustsProxy = false
      /// Of a login.
      public var sessionLifetime = Duration.seconds(12 * 3600)
      public var limits = ServerLimits()
      public var wallClock: any WallClock = SystemWallClock()
      public var logger = Logger(label: "millrace.server")
      /// Whose schedules are shown.
      public var triggers: TriggerRunner?
      /// Gives metrics as Prometheus reads them; nil: there are none.
      public var metrics: (@Sendable () async throws -> String)?
      public var alerts: (any AlertSource)?
      /// Answers `POST /hooks/NAME` with a status and JSON, by whoever it was sent: it must know by itself whether to believe it. Names of headers are in small letters.
      public var hooks: Hooks?

      public init() {}
    }

    /// Where it listens.
    public var address: ListenAddress { loop.address }

    private let api: API
    private let loop: ConnectionLoop
    private let sampler: Task<Void, Never>

    /// Begins to serve at once.
    ///
    /// - Parameter watch: one of the engine's observers.
    /// - Throws: ``ListenError``: the address is taken, or is not this machine's alone and there are no tokens.
    public init(
      engine: WorkflowEngine, watch: RunWatch, configuration: Configuration = Configuration()
    ) throws(ListenError) {
      guard configuration.address.isLoopback || !configuration.tokens.isEmpty else {
        throw ListenError(
          description:
            "\(configuration.address): others than this machine could do everything there; expected tokens, or a loopback address such as 127.0.0.1"
        )
      }
      let api = API(engine: engine, watch: watch, configuration: configuration)
      let logger = configuration.logger
      let loop = try ConnectionLoop(
        on: configuration.address, limits: configuration.limits, executor: engine.taskExecutor,
        report: { logger.warning("\($0)") }, handler: { await api.answer($0) })
      let (redactor, alerts) = (engine.redactor, configuration.alerts)
      watch.feed.attach(
        ChangeFeed.Outlet(
          isWatched: {
            // Relaxed: who begins to watch reads all there is after that.
            loop.watcherCount.load(ordering: .relaxed) > 0
          }, isRunWatched: { loop.isWatched($0) }, send: { loop.post(.event($0)) },
          encode: { redactor.redact(.object($0.serverSummary)) }, alerts: { await alerts?.alerts() ?? [] },
          encodeAlert: { redactor.redact($0.value) }))
      alerts?.follow { [feed = watch.feed] id in feed.observe(alert: id) }
      api.attach(loop)
      sampler = Task(executorPreference: engine.taskExecutor) { await api.charts.sample() }
      (self.api, self.loop) = (api, loop)
    }

    /// From now on it says that it is not ready, so that nothing new is sent to it, and goes on to answer.
    public func beginDraining() { api.beginDraining() }

    /// Takes no more connections, lets requests under way come to their end, and ends the others.
    public func stop(grace: Duration = .seconds(5)) async {
      beginDraining()
      await loop.stop(grace: grace)
      sampler.cancel()
      await sampler.value
    }
  }
#endif
