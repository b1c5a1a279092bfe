#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// Who asks, and whether the request may be what it says: looked at before anything else of it is.
  struct Gate: Sendable {
    struct Caller: Sendable {
      let role: Role
      let name: String
      /// By cookie, which a browser sends without being asked.
      var session: Sessions.Session?
    }

    let tokens: AccessTokens
    let sessions: Sessions
    let limiter = LoginLimiter()
    /// Where pages of this server may be, besides at the address that it listens on: `https://runs.example.org`.
    let origins: [String]
    /// A proxy says who the client is.
    let trustsProxy: Bool

    static let cookieName = "millrace_session"

    // MARK: Where the request was sent to, and from where

    /// A page of another site that has its own name resolve to this machine must not be answered: to the browser it would be that site's own data. With tokens it has none, and no cookie either.
    func checkHost(_ request: HTTPRequest) throws(Problem) {
      // HTTP/1.0 has no Host, and no browser speaks it.
      guard !needsLogin, let host = request[header: "host"]?.lowercased() else { return }
      if origins.contains(where: { $0.hasSuffix("://\(host)") }) { return }
      // Any port: it may be another one's, that is forwarded here.
      let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
      guard ["localhost", "127.0.0.1", "[::1]"].contains(name) else {
        throw Problem(.misdirected, "the Host of this server is expected; another name is allowed by its origins")
      }
    }

    /// A change that a browser sends must be asked for by a page of this server.
    func checkOrigin(_ request: HTTPRequest) throws(Problem) {
      let refusal = Problem(.forbidden, "a change from a page of this server is expected, not from another site's")
      if request.has("origin") {
        guard let origin = request[header: "origin"]?.lowercased() else { throw refusal }
        let host = request[header: "host"]?.lowercased() ?? ""
        guard origins.contains(origin) || origin == "http://\(host)" || origin == "https://\(host)" else {
          throw refusal
        }
      }
      if request.has("x-csrf-token"),
        request[header: "x-csrf-token"]?.wholeMatch(of: /[0-9a-f]{64}/) == nil
      {
        throw Problem(.badRequest, "64 hexadecimal digits are expected", at: "header.X-CSRF-Token")
      }
      if let site = request[header: "sec-fetch-site"], site != "same-origin", site != "none" { throw refusal }
    }

    /// Whose failed logins count together.
    func address(of request: HTTPRequest) -> String {
      // The last entry is the proxy's own; all before it the client may have written.
      if trustsProxy, let forwarded = request[header: "x-forwarded-for"]?.split(separator: ",").last {
        return String(forwarded.trimming(while: \.isWhitespace).prefix(64))
      }
      return request.peer
    }

    // MARK: Who asks

    var needsLogin: Bool { !tokens.isEmpty }

    /// nil: nobody who is known.
    ///
    /// A token that does not count is not replaced by a cookie that does: what was meant is not known.
    func caller(_ request: HTTPRequest, at now: Timestamp) -> Caller? {
      guard needsLogin else { return Caller(role: .admin, name: "local") }
      if request.has("authorization") {
        guard let header = request[header: "authorization"] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return tokens.entry(for: parts[1].trimming(while: \.isWhitespace)).map {
          Caller(role: $0.role, name: $0.name)
        }
      }
      return cookie(request).flatMap { sessions.session($0, at: now) }.map {
        Caller(role: $0.role, name: $0.name, session: $0)
      }
    }

    /// Lets in who may.
    ///
    /// - Parameter changes: the request asks for more than an answer.
    func admit(_ request: HTTPRequest, as role: Role, changes: Bool, at now: Timestamp) throws(Problem) -> Caller {
      guard let caller = caller(request, at: now) else {
        throw Problem(
          .unauthorized, "a token is expected, or a login that has not ended",
          headers: [("WWW-Authenticate", "Bearer realm=\"millrace\"")])
      }
      if changes { try checkToken(of: caller, request) }
      guard caller.role >= role else {
        throw Problem(.forbidden, "this is for the role \(role.rawValue); the token's is \(caller.role.rawValue)")
      }
      return caller
    }

    func checkToken(of caller: Caller, _ request: HTTPRequest) throws(Problem) {
      guard let session = caller.session else { return }
      let given = request[header: "x-csrf-token"] ?? ""
      guard AccessTokens.areEqual(Array(given.utf8), Array(session.csrfToken.utf8)) else {
        throw Problem(.forbidden, "the session's X-CSRF-Token is expected with each change")
      }
    }

    // MARK: Cookies

    func cookie(_ request: HTTPRequest) -> String? {
      for header in request.headers where header.name == "cookie" {
        for pair in header.value.split(separator: ";") {
          let parts = pair.split(separator: "=", maxSplits: 1)
          if parts.count == 2, parts[0].trimming(while: \.isWhitespace) == Self.cookieName {
            return String(parts[1].trimming(while: \.isWhitespace))
          }
        }
      }
      return nil
    }

    /// - Parameter value: empty: the cookie is to be forgotten.
    func setCookie(_ value: String, _ request: HTTPRequest) -> (name: String, value: String) {
      let seconds = value.isEmpty ? 0 : sessions.lifetime.components.seconds
      // Where the page came by TLS the cookie goes by nothing else.
      let isSecure = origins.contains("https://\(request[header: "host"]?.lowercased() ?? "")")
      let attributes = "Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
      return ("Set-Cookie", "\(Self.cookieName)=\(value); \(attributes)")
    }
  }
#endif
