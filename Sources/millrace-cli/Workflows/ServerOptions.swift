#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceConnectors
  import MillraceDashboard
  import MillraceWorkflow

  /// Where `millrace serve` answers, and whom.
  struct ServerOptions: ParsableArguments {
    @Option(
      name: .customLong("listen"),
      help: ArgumentHelp(
        "Serve the web page and the API there: 127.0.0.1:8080; port 0 is any that is free, and is told. Others than this machine need tokens.",
        valueName: "host:port"))
    var address: String?

    @Option(
      name: .customLong("tokens"),
      help: ArgumentHelp(
        """
        Who may use the server: a line for each token with its role (viewer, operator, admin), the token or sha256: and its hash, and a name. \
        Default: $MILLRACE_TOKENS, in the same form.
        """, valueName: "file"),
      completion: .file())
    var tokenFile: String?

    @Option(
      name: .customLong("origin"),
      help: ArgumentHelp(
        "Where browsers find the server, if a proxy stands before it. May be given several times.",
        valueName: "https://host"))
    var origins: [String] = []

    @Flag(help: "Only a proxy of yours connects: it says in X-Forwarded-For who the client is.")
    var behindProxy = false

    func validate() throws {
      if let address, ListenAddress(address) == nil {
        throw ValidationError("--listen is expected to be host:port, such as 127.0.0.1:8080; found \(address)")
      }
      for origin in origins where origin.wholeMatch(of: /https?:\/\/[^\/\s]+/) == nil {
        throw ValidationError("--origin is expected to be http://host or https://host; found \(origin)")
      }
      if address == nil, tokenFile != nil || !origins.isEmpty || behindProxy {
        throw ValidationError("--tokens, --origin and --behind-proxy say how --listen is to be done, which is missing")
      }
    }

    /// nil: no server is asked for.
    func start(
      _ engine: WorkflowEngine, _ watch: RunWatch, _ triggers: TriggerRunner, _ watching: ServeObserving,
      _ receivers: WebhookReceivers
    ) throws -> DashboardServer? {
      guard let address = address.flatMap({ ListenAddress($0) }) else { return nil }
      var configuration = DashboardServer.Configuration()
      configuration.address = address
      configuration.tokens = try tokens()
      configuration.origins = origins
      configuration.trustsProxy = behindProxy
      configuration.triggers = triggers
      if !receivers.names.isEmpty {
        configuration.hooks = { name, headers, body in
          let answer = await receivers.handle(name, headers: headers, body: body)
          return (answer.status, answer.body)
        }
      }
      configuration.metrics = { watching.registry.text() }
      configuration.alerts = BookedAlerts(watching.book)
      do {
        let server = try DashboardServer(engine: engine, watch: watch, configuration: configuration)
        let isOpen = configuration.tokens.isEmpty
        note("listens at http://\(server.address)" + (isOpen ? ", for everybody on this machine" : ""))
        return server
      } catch {
        throw complain("\(error)", code: address.isLoopback ? ExitCodes.unavailable : ExitCodes.usage)
      }
    }

    private func tokens() throws -> AccessTokens {
      do {
        if let tokenFile {
          guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw complain("--tokens: \(tokenFile) cannot be read as text", code: ExitCodes.missing)
          }
          return try AccessTokens(text, at: tokenFile)
        }
        guard let text = ProcessInfo.processInfo.environment["MILLRACE_TOKENS"] else { return AccessTokens() }
        return try AccessTokens(text, at: "$MILLRACE_TOKENS")
      } catch let fault as TokenFault {
        throw complain("\(fault)", code: ExitCodes.usage)
      }
    }
  }
#endif
