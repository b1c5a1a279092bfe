#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct HTTPTaskTests {
    let http = HTTPTask()

    @Test func asksAndReads() async throws {
      let server = try TestServer { _ in
        TestServer.answer(200, #"{"rows":[1,2]}"#, "Content-Type: application/json; charset=utf-8", "X-Name: value")
      }
      let output = try await http.output([
        "url": .string(server.url + "/a?b=1"), "query": ["q": "x y&z", "n": 2, "none": nil],
        "headers": ["X-Mine": "yes"],
      ])
      #expect(output["status"] == 200)
      #expect(output["body"] == ["rows": [1, 2]])
      #expect(output["headers"]?["x-name"] == "value")
      let request = try #require(server.requests.first)
      #expect(request.line == "GET /a?b=1&n=2&q=x%20y%26z HTTP/1.1")
      #expect(request.fields["x-mine"] == "yes")
      #expect(request.fields["traceparent"] == Attempt.trace)
      #expect(request.fields["idempotency-key"] == nil)
    }

    @Test func sendsBodies() async throws {
      let server = try TestServer { request in TestServer.answer(201, request.body) }
      let post: JSONValue = ["url": .string(server.url), "method": "post", "body": ["a": [1]]]
      #expect(try await http.output(post)["body"] == #"{"a":[1]}"#)
      #expect(try await http.output(post, Attempt(number: 2))["status"] == 201)
      let form = try await http.output([
        "url": .string(server.url), "method": "PUT", "body": ["a": "x y", "b": true], "bodyFormat": "form",
        "idempotencyHeader": "X-Key",
      ])
      #expect(form["body"] == "a=x%20y&b=true")
      let requests = server.requests
      #expect(requests[0].line.hasPrefix("POST / "))
      #expect(requests[0].fields["content-type"] == "application/json")
      // The same for all attempts.
      #expect(requests[0].fields["idempotency-key"] == "\(Attempt.run)/step")
      #expect(requests[1].fields["idempotency-key"] == "\(Attempt.run)/step")
      #expect(requests[2].fields["x-key"] == "\(Attempt.run)/step")
      #expect(requests[2].fields["content-type"] == "application/x-www-form-urlencoded")
    }

    @Test(arguments: [
      (400, false), (401, false), (404, false), (408, true), (409, false), (429, true), (500, true), (501, false),
      (503, true),
    ])
    func statusesThatMayPass(status: Int, mayPass: Bool) async throws {
      let server = try TestServer { _ in TestServer.answer(status, "what is wrong") }
      let failure = try await http.failure(["url": .string(server.url)])
      #expect(failure?.code == "HTTP \(status)")
      #expect(failure?.isRetryable == mayPass)
      #expect(failure?.message == "127.0.0.1 answered \(status): what is wrong")
      #expect(failure?.retryAfter == nil)
      #expect(
        try await http.output(["url": .string(server.url), "expect": [.int(Int64(status))]])["body"] == "what is wrong")
    }

    @Test func retryAfterIsPassedOn() async throws {
      let server = try TestServer { request in
        let after = request.line.contains("date") ? "Wed, 01 Jan 2020 00:00:00 GMT" : "120"
        return TestServer.answer(request.line.contains("404") ? 404 : 503, "", "Retry-After: \(after)")
      }
      #expect(try await http.failure(["url": .string(server.url)])?.retryAfter == .seconds(120))
      #expect(try await http.failure(["url": .string(server.url + "/date")])?.retryAfter == .zero)
      #expect(try await http.failure(["url": .string(server.url + "/404")])?.retryAfter == nil)
    }

    @Test func answersAreBounded() async throws {
      let server = try TestServer { request in
        let body = String(repeating: "x", count: 100_000)
        if request.line.contains("unsaid") { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body }
        return TestServer.answer(200, body)
      }
      for path in ["/said", "/unsaid"] {
        let failure = try await http.failure(["url": .string(server.url + path), "limit": 99_999])
        #expect(failure?.code == "too large", "\(path)")
        #expect(failure?.isRetryable == false)
        guard
          case .string(let body) = try await http.output(["url": .string(server.url + path), "limit": 100_000])["body"]
        else {
          Issue.record("\(path): no text")
          continue
        }
        #expect(body.count == 100_000)
      }
    }

    @Test func redirectsAreBounded() async throws {
      let server = try TestServer { request in
        let number = Int(request.line.split(separator: " ")[1].dropFirst()) ?? 0
        return number == 0
          ? TestServer.answer(200, "arrived") : TestServer.answer(302, "", "Location: /\(number - 1)")
      }
      #expect(try await http.output(["url": .string(server.url + "/5")])["body"] == "arrived")
      let failure = try await http.failure(["url": .string(server.url + "/6")])
      #expect(failure?.code == "too many redirects")
      #expect(failure?.isRetryable == false)
    }

    @Test func credentialsStayWithTheirHost() async throws {
      let other = try TestServer { _ in TestServer.answer(200, "other") }
      let server = try TestServer { _ in
        TestServer.answer(302, "", "Location: http://localhost:\(other.port)/")
      }
      let output = try await http.output(["url": .string(server.url), "headers": ["Authorization": "Bearer x"]])
      #expect(output["body"] == "other")
      #expect(server.requests.first?.fields["authorization"] == "Bearer x")
      #expect(other.requests.first?.fields["authorization"] == nil)
    }

    @Test func silenceTimesOut() async throws {
      // Answers when the test is over, which lets it go.
      let gate = DispatchSemaphore(value: 0)
      let server = try TestServer { _ in
        gate.wait()
        return nil
      }
      let failure = try await http.failure(["url": .string(server.url), "timeout": 0.05])
      gate.signal()
      #expect(failure?.code == "timeout")
      #expect(failure?.isRetryable == true)
    }

    @Test func cancellingEndsIt() async throws {
      let (asked, gate) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
      let server = try TestServer { _ in
        asked.continuation.yield()
        gate.wait()
        return nil
      }
      let (http, url, context) = (http, server.url, Attempt().context)
      let task = Task { try await http.run(["url": .string(url)], context) }
      for await _ in asked.stream { break }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      gate.signal()
    }

    @Test func nobodyThere() async throws {
      let silent = try TestServer { _ in nil }
      // A port at which no machine has a server.
      for url in [silent.url, "http://127.0.0.1:1"] {
        let failure = try await http.failure(["url": .string(url)])
        #expect(failure?.code == "connection")
        #expect(failure?.isRetryable == true)
      }
    }

    @Test func invalidAnswers() async throws {
      let server = try TestServer { _ in TestServer.answer(200, "no JSON", "Content-Type: application/json") }
      #expect(try await http.failure(["url": .string(server.url)])?.code == "invalid answer")
      #expect(try await http.output(["url": .string(server.url), "outputFormat": "text"])["body"] == "no JSON")
      #expect(try await http.output(["url": .string(server.url), "outputFormat": "none"])["body"] == .null)
    }

    @Test func inputIsChecked() async throws {
      #expect(http.complaint(["url": "https://a.example/b"]) == nil)
      #expect(http.complaint(["url": "${parameters.url}"]) == nil)
      for url in ["ftp://a", "a/b", "", "http://"] {
        #expect(http.complaint(["url": .string(url)])?.contains("a URL of http or https is expected") == true, "\(url)")
        #expect(try await http.failure(["url": .string(url)])?.code == "invalid input", "\(url)")
      }
      for more in [
        ["query": ["a": [1]]], ["headers": ["A": "b\r\nC: d"]], ["headers": ["A": 1]], ["method": "G T"],
        ["body": 1, "bodyFormat": "text"], ["timeout": -1],
      ] as [[String: JSONValue]] {
        let input = ["url": "http://127.0.0.1:1"].merging(more) { $1 }
        #expect(try await http.failure(.object(input))?.code == "invalid input", "\(more)")
      }
    }
  }
#endif
