#if Workflow
  import Crypto
  import Foundation
  import Testing

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  extension WorkflowCommandTests {
    /// Who sends webhooks, as the Standard Webhooks specification says.
    private struct Sender {
      let url: URL
      let secret: String

      func request(id: String, item: String, at time: Date = Date(), secret: String? = nil) -> URLRequest {
        let (body, seconds) = (#"{"item":"\#(item)"}"#, Int(time.timeIntervalSince1970))
        let code = HMAC<SHA256>.authenticationCode(
          for: Data("\(id).\(seconds).\(body)".utf8), using: SymmetricKey(data: Data((secret ?? self.secret).utf8)))
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue(id, forHTTPHeaderField: "webhook-id")
        request.setValue("\(seconds)", forHTTPHeaderField: "webhook-timestamp")
        request.setValue("v1,\(Data(code).base64EncodedString())", forHTTPHeaderField: "webhook-signature")
        return request
      }

      func send(_ request: URLRequest) async -> Int? { await Fetch.send(request)?.status }
    }

    private static let secret = "a-secret-for-webhooks"

    /// Serves the guide's workflow for a webhook until so many runs have completed besides what the body asks for.
    private func servingHook(completions: Int, _ body: (Sender) async throws -> Void) async throws {
      let server = try command.start(
        ["serve", "flow.yaml", "--listen", "127.0.0.1:0"], environment: ["SHOP_SECRET": Self.secret],
        directory: command.folder)
      defer { server.process.terminate() }
      try #require(server.hear(where: { $0.contains(/listens at http:\/\/\S+/) }), "\(server.said)")
      let url = String(try #require(server.said.firstMatch(of: /http:\/\/127[0-9.:]+/)).0)
      try await body(Sender(url: URL(string: "\(url)/hooks/shop")!, secret: Self.secret))
      try #require(hear(server, completions: completions))
      server.process.terminate()
      let outcome = try server.wait()
      #expect(outcome.status == 143 && !outcome.errors.contains(Self.secret), "\(outcome.errors)")
    }

    @Test func aSignedWebhookStartsARunOnce() async throws {
      defer { remove() }
      try write(guide("hook.yaml"))
      try await servingHook(completions: 2) { sender in
        let first = sender.request(id: "m1", item: "anvil")
        try #require(await sender.send(first) == 202)
        // Sent again: as it was, and by a sender that has heard no answer and signs anew. The answer is the same, and no run begins.
        #expect(await sender.send(first) == 202)
        #expect(await sender.send(sender.request(id: "m1", item: "anvil", at: Date(timeIntervalSinceNow: 2))) == 202)

        // Somebody who has heard it uses its signature for something else.
        for (header, value) in [
          ("webhook-id", "m2"), ("webhook-timestamp", "\(Int(Date().timeIntervalSince1970) + 9)"),
        ] {
          var replayed = first
          replayed.setValue(value, forHTTPHeaderField: header)
          #expect(await sender.send(replayed) == 401, "\(header)")
        }
        var other = first
        other.httpBody = Data(#"{"item":"gold"}"#.utf8)
        #expect(await sender.send(other) == 401)
        other.setValue(nil, forHTTPHeaderField: "webhook-signature")
        #expect(await sender.send(other) == 401)
        // Or keeps it for later.
        for offset in [-3600.0, 3600] {
          let late = sender.request(id: "late", item: "gold", at: Date(timeIntervalSinceNow: offset))
          #expect(await sender.send(late) == 401)
        }
        #expect(await sender.send(sender.request(id: "m3", item: "gold", secret: "guessed")) == 401)
        #expect(await sender.send(sender.request(id: "m3", item: "\"")) == 400, "no JSON")
        var elsewhere = first
        elsewhere.url = URL(string: "\(sender.url)s")
        #expect(await sender.send(elsewhere) == 404)
        // All events of the hook are in order: with this one's run, what came before has had its own.
        try #require(await sender.send(sender.request(id: "m4", item: "rope")) == 202)
      }
      #expect(try results().compactMap { $0["text"] as? String }.sorted() == ["anvil", "rope"])
      // By the next process, too.
      try await servingHook(completions: 1) { sender in
        #expect(await sender.send(sender.request(id: "m1", item: "anvil")) == 202)
        try #require(await sender.send(sender.request(id: "m5", item: "nail")) == 202)
      }
      #expect(try results().compactMap { $0["text"] as? String }.sorted() == ["anvil", "nail", "rope"])
    }
  }
#endif
