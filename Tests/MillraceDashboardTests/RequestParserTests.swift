#if Workflow
  import Testing

  @testable import MillraceDashboard

  @Suite struct RequestParserTests {
    static let good = [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\nGET /x?y=1 HTTP/1.0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      "POST /a HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n",
      "DELETE /%2e%2e/ HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nConnection: close\r\n\r\n",
    ]

    static let bad: [(text: String, status: Int)] = [
      ("GET /\r\nHost: a\r\n\r\n", 400),
      ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
      ("GET / FTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET /ä HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("G\u{1}T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
      ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413),
      ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n", 431),
      ("GET /" + String(repeating: "x", count: 17_000), 431),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 17_000), 431),
    ]

    /// What comes of bytes that come in pieces.
    private func outcomes(_ text: String, pieces: Int) -> [String] {
      var parser = RequestParser(limits: ServerLimits())
      var outcomes: [String] = []
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        parser.append(rest.prefix(pieces))
        rest = rest.dropFirst(pieces)
        loop: while true {
          switch parser.next() {
          case .incomplete: break loop
          case .request(let request, let keepsAlive):
            outcomes.append(
              "\(request.method) \(request.path) \(request.query ?? "-") \(String(decoding: request.body, as: UTF8.self)) \(keepsAlive)"
            )
          case .refused(let status, _): return outcomes + ["\(status)"]
          }
        }
      }
      return outcomes
    }

    @Test(arguments: [1, 2, 7, 100_000])
    func whatIsWellFormedIsReadHoweverItIsCut(pieces: Int) {
      let expected = [
        "GET / -  true", "GET /x y=1  false", "POST /a - hello true", "POST /a - hello true",
        "DELETE /%2e%2e/ -  false",
      ]
      #expect(outcomes(Self.good.joined(), pieces: pieces) == expected)
    }

    @Test(arguments: bad.indices)
    func whatIsMalformedIsRefusedHoweverItIsCut(index: Int) {
      let (text, status) = Self.bad[index]
      for pieces in [1, 3, 100_000] {
        #expect(outcomes(text, pieces: pieces) == ["\(status)"], "\(text.prefix(200)) in pieces of \(pieces)")
      }
    }

    @Test func whatIsKeptIsBounded() {
      var parser = RequestParser(limits: ServerLimits())
      parser.append(Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
      for _ in 0..<20_000 {
        parser.append(Array("1\r\nx\r\n".utf8))
        guard case .incomplete = parser.next() else {
          Issue.record("expected that the body goes on")
          return
        }
      }
      #expect(parser.byteCount < 21_000)
    }
  }
#endif
