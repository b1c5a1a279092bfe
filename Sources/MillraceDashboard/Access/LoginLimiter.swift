#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// Counts logins that failed, by the address that they came from: after some of them it must wait.
  ///
  /// Not for tokens that are sent with each request: who guesses one of 16 characters or more does not get there, and a program with an outdated one must not keep others at its address from working.
  final class LoginLimiter: Sendable {
    static let failureLimit = 5
    static let window = Duration.seconds(60)
    /// Addresses that are remembered; beyond it the one that has failed longest ago is forgotten.
    static let addressLimit = 10_000

    private let failures = Mutex<[String: [Timestamp]]>([:])

    /// How long the address must wait; nil: it may try.
    func wait(_ address: String, at now: Timestamp) -> Duration? {
      failures.withLock { failures in
        let recent = (failures[address] ?? []).filter { now.duration(since: $0) < Self.window }
        guard recent.count >= Self.failureLimit else { return nil }
        return Self.window - now.duration(since: recent[recent.count - Self.failureLimit])
      }
    }

    func failed(_ address: String, at now: Timestamp) {
      failures.withLock { failures in
        if failures.count >= Self.addressLimit, failures[address] == nil {
          let oldest = failures.min { $0.value.last! < $1.value.last! }
          if let oldest { failures[oldest.key] = nil }
        }
        failures[address] = ((failures[address] ?? []) + [now]).suffix(Self.failureLimit)
      }
    }

    func succeeded(_ address: String) { failures.withLock { $0[address] = nil } }
  }
#endif
