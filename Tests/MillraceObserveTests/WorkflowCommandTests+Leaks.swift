#if Workflow
  import Foundation
  import Testing

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  extension WorkflowCommandTests {
    /// Secrets of every kind, each different from all others, and all that a server writes, sends and answers.
    @Test func noSecretIsSeenAnywhere() async throws {
      defer { remove() }
      let planted = Planted()
      try planted.write(to: command.folder)
      let outside = try TinyServer { _ in TinyServer.Answer(body: "{}") }
      defer { outside.stop() }

      try write(Self.guardedWithTrouble)
      try write(guide("hook.yaml"), to: "hook.yaml")
      var files = ["flow.yaml", "hook.yaml"]
      #if NATS
        let nats = try guide("nats.yaml")
        try #require(nats.contains("nats://localhost:4222\""))
        try write(
          nats.replacing("nats://localhost:4222\"", with: "nats://127.0.0.1:1\", secret: nats_login"), to: "nats.yaml")
        files.append("nats.yaml")
      #endif
      let options = ["--secrets", "folder:secrets", "--payload-key", "payload_key"]
      let server = try command.start(
        ["serve"] + files + options + [
          "--listen", "127.0.0.1:0", "--tokens", "tokens", "--metrics-file", "metrics.txt", "--trace-file",
          "trace.json", "--otlp", "\(outside.url)", "--alert-command", "cat >> told", "--alert-webhook",
          "\(outside.url)/alerts", "--alert-secret", "alert_key",
        ], directory: command.folder)
      defer { server.process.terminate() }
      try #require(server.hear(where: { $0.contains(/listens at http:\/\/\S+/) }), "\(server.said)")
      let url = String(try #require(server.said.firstMatch(of: /http:\/\/127[0-9.:]+/)).0)
      func ask(_ arguments: String...) throws -> Command.Outcome {
        try command.run(
          arguments, environment: ["MILLRACE_SERVER": url, "MILLRACE_TOKEN": planted.admin],
          directory: command.folder)
      }

      var said: [(place: String, text: String)] = []
      for fails in ["false", "true"] {
        let outcome = try ask(
          "trigger", "guarded", "--set", "word=\(planted.value)", "--set", "fails=\(fails)", "--wait")
        #expect(outcome.status == (fails == "true" ? 1 : 0), "\(outcome.errors)")
        said.append(("trigger", outcome.output + outcome.errors))
      }
      #if NATS
        try #require(server.hear("127.0.0.1:1"))
      #endif
      let forged = await Fetch.send(URLRequest(url: URL(string: "\(url)/hooks/shop")!))
      said.append(("hook", String(decoding: forged?.body ?? [], as: UTF8.self)))

      // What it answers, on the page, for machines, and for the other commands.
      for arguments in [
        ["runs", "--json"], ["show", "last"], ["show", "last", "--json"], ["logs", "last"], ["alerts", "--json"],
        ["breakers"],
      ] {
        let outcome = try command.run(
          arguments, environment: ["MILLRACE_SERVER": url, "MILLRACE_TOKEN": planted.admin],
          directory: command.folder)
        said.append((arguments.joined(separator: " "), outcome.output + outcome.errors))
      }
      let runs = try records(ask("runs", "--json").output).compactMap { $0["run"] as? String }
      #expect(runs.count == 2)
      let paths =
        [
          "", "metrics", "readyz", "openapi.json", "api/v1/session", "api/v1/status", "api/v1/runs", "api/v1/workflows",
          "api/v1/workflows/guarded", "api/v1/queues", "api/v1/breakers", "api/v1/schedules", "api/v1/resources",
          "api/v1/alerts", "api/v1/executor", "api/v1/series",
        ] + runs.flatMap { run in ["", "/graph", "/logs", "/events"].map { "api/v1/runs/\(run)\($0)" } }
      var answered = 0
      // Events of a run that has ended come to an end.
      for path in paths {
        var request = URLRequest(url: URL(string: "\(url)/\(path)")!)
        request.setValue("Bearer \(planted.admin)", forHTTPHeaderField: "Authorization")
        let answer = try #require(await Fetch.send(request), "\(path)")
        if answer.status == 200 { answered += 1 }
        said.append((path, String(decoding: answer.body, as: UTF8.self)))
      }
      #expect(answered > 15, "\(answered) of \(paths.count) routes have answered")

      // With the log of the database, which is there as long as somebody has it open.
      said += try written()
      server.process.terminate()
      let outcome = try server.wait()
      said.append(("log", outcome.errors + outcome.output))
      said += try written()
      for request in outside.requests {
        said.append(("sent", String(decoding: request.body, as: UTF8.self) + "\(request)"))
      }
      #expect(
        said.contains { $0.place == "sent" }
          && said.contains { $0.place == "trace.json" && $0.text.contains("guarded") })
      #expect(said.contains { $0.place == "told" && $0.text.contains("guarded") })
      #expect(said.contains { $0.place == "millrace.db-wal" && $0.text.contains("guarded") })

      for (name, secret) in planted.secrets {
        let places = Set(said.filter { $0.text.contains(secret) }.map(\.place))
        #expect(places == [], "\(name) is seen")
      }
      // Values are read by who may; where they are at rest, nobody does, and they are no business of who watches.
      let elsewhere = said.filter {
        $0.place.hasPrefix("millrace.db")
          || ["metrics", "metrics.txt", "trace.json", "told", "sent", "log"].contains($0.place)
      }
      #expect(Set(elsewhere.filter { $0.text.contains(planted.value) }.map(\.place)) == [])
      // A search that finds nothing shows nothing: what is said in their stead is found.
      #expect(said.contains { $0.place.contains("logs") && $0.text.contains("•••") })
    }

    /// The program says its secret wherever it can.
    private static let guardedWithTrouble = """
      name: guarded
      parameters: { word: { type: string }, fails: { type: bool, default: false } }
      deadline: 1h
      tasks:
        ask:
          kind: process
          input:
            command: [sh, -c, 'echo "the token is $TOKEN" >&2; echo "\\"$TOKEN\\""; [ "$1" = -false ]', sh, "-${parameters.fails}"]
            environment: { TOKEN: "${secrets.token}" }
        keep: { kind: values, needs: [ask], input: { kept: "${parameters.word} kept" } }
      outputs: { said: "${tasks.ask}" }
      """

    private struct Planted {
      let token = "planted-engine-token-1f"
      let payloadKey = Data((0..<32).map { UInt8(7 &* $0 &+ 13) }).base64EncodedString()
      let webhook = "planted-webhook-key-2e"
      let nats = "planted-nats-password-3d"
      let alert = "planted-alert-key-4c"
      let admin = "planted-admin-token-5b"
      let viewer = "planted-viewer-token-6a"
      /// Not secret to who may see runs.
      let value = "planted-value-7b"

      var secrets: [(String, String)] {
        [
          ("token", token), ("payload key", payloadKey), ("webhook key", webhook), ("NATS password", nats),
          ("alert key", alert), ("admin", admin), ("viewer", viewer),
        ]
      }

      func write(to folder: URL) throws {
        let secrets = folder.appending(path: "secrets")
        try FileManager.default.createDirectory(at: secrets, withIntermediateDirectories: true)
        for (name, text) in [
          ("token", token), ("payload_key", payloadKey), ("SHOP_SECRET", webhook), ("nats_login", "me:\(nats)"),
          ("alert_key", alert),
        ] {
          try Data(text.utf8).write(to: secrets.appending(path: name))
        }
        try Data("admin \(admin)\nviewer \(viewer)\n".utf8).write(to: folder.appending(path: "tokens"))
      }
    }

    /// All files but those that somebody has given it.
    private func written() throws -> [(place: String, text: String)] {
      try FileManager.default.contentsOfDirectory(atPath: command.folder.path).filter {
        $0.hasPrefix("millrace.db") || ["metrics.txt", "trace.json", "told"].contains($0)
      }.map { ($0, String(decoding: try Data(contentsOf: command.folder.appending(path: $0)), as: UTF8.self)) }
    }
  }
#endif
