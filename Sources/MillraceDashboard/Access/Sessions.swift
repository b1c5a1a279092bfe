#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// Logins: a random cookie stands for a token that was shown once, for a time.
  final class Sessions: Sendable {
    struct Session: Sendable {
      let role: Role
      let name: String
      /// Sent with each change: another site's page can make a browser send the cookie, but does not know this.
      let csrfToken: String
      let expires: Timestamp
    }

    /// From a login on, whatever happens.
    let lifetime: Duration
    /// The most at a time; beyond it the oldest ends.
    static let limit = 1000

    /// By the hash of the cookie: who reads memory or a dump of it cannot take part.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    init(lifetime: Duration) { self.lifetime = lifetime }

    /// - Returns: the cookie's value, and what it stands for.
    func begin(_ entry: AccessTokens.Entry, at now: Timestamp) -> (cookie: String, Session) {
      let cookie = Self.random()
      let session = Session(
        role: entry.role, name: entry.name, csrfToken: Self.random(), expires: now.advanced(by: lifetime))
      sessions.withLock { sessions in
        sessions = sessions.filter { $0.value.expires > now }
        if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.expires < $1.value.expires }) {
          sessions[oldest.key] = nil
        }
        sessions[AccessTokens.hash(cookie)] = session
      }
      return (cookie, session)
    }

    /// nil: there is none, or it has ended.
    func session(_ cookie: String, at now: Timestamp) -> Session? {
      let digest = AccessTokens.hash(cookie)
      return sessions.withLock { sessions in
        guard let session = sessions[digest] else { return nil }
        if session.expires > now { return session }
        sessions[digest] = nil
        return nil
      }
    }

    func end(_ cookie: String) {
      sessions.withLock { _ = $0.removeValue(forKey: AccessTokens.hash(cookie)) }
    }

    /// 256 bits as 64 hexadecimal digits.
    static func random() -> String {
      var generator = SystemRandomNumberGenerator()
      return (0..<4).map { _ in
        let digits = String(generator.next() as UInt64, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }.joined()
    }
  }
#endif
