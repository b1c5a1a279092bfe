#if Workflow
  import MillraceWorkflow

  /// What is worth an alert.
  ///
  /// As text, for options and files: what, whom it is about after a colon, and a number after an equals sign.
  ///
  /// | text | alert |
  /// |---|---|
  /// | `failure`, `failure:orders` | a run has failed; over when one of the workflow completes |
  /// | `deadline=80%`, `deadline:orders=80%` | a run has used so much of the time until its deadline, and has not ended |
  /// | `queue=100`, `queue:mail=100` | more attempts than that wait for a place in a queue; over at 80 % of it |
  /// | `lag=500` | more events than that wait in the outbox, or for a group of consumers; over at 80 % of it |
  /// | `circuit`, `circuit:bank` | a circuit breaker is open; over when it is closed |
  /// | `silence=2h`, `silence:orders=25h` | no run has completed for so long |
  /// | `trouble` | the store cannot be written, or leases or events are in trouble; over after five minutes without |
  public struct AlertRule: Sendable, Hashable {
    public enum Condition: Sendable, Hashable {
      case failure
      /// A fraction of the time from start to deadline.
      case deadline(Double)
      case queue(above: Int)
      case lag(above: Int)
      case circuit
      case silence(Duration)
      case trouble
    }

    public var condition: Condition
    /// A workflow, a queue or a circuit; nil: any.
    public var subject: String?
    public var severity: Alert.Severity

    /// - Precondition: a fraction between 0 and 1, a positive duration, a bound of 0 or more.
    public init(_ condition: Condition, subject: String? = nil, severity: Alert.Severity? = nil) {
      let isFine =
        switch condition {
        case .deadline(let fraction): fraction > 0 && fraction < 1
        case .queue(let above), .lag(let above): above >= 0
        case .silence(let duration): duration > .zero
        case .failure, .circuit, .trouble: true
        }
      precondition(isFine, "AlertRule: a fraction below 1, or a positive number, is expected; found \(condition)")
      self.condition = condition
      self.subject = subject
      self.severity = severity ?? (condition == .failure || condition == .trouble ? .critical : .warning)
    }

    /// Failed runs, breakers that are open, trouble with the store, and runs that have used nine tenths of their time: what nobody should have to ask for.
    public static let standard: [AlertRule] = [
      AlertRule(.failure), AlertRule(.circuit), AlertRule(.trouble), AlertRule(.deadline(0.9)),
    ]

    /// The word that its texts begin with.
    public var name: String {
      switch condition {
      case .failure: "failure"
      case .deadline: "deadline"
      case .queue: "queue"
      case .lag: "lag"
      case .circuit: "circuit"
      case .silence: "silence"
      case .trouble: "trouble"
      }
    }

    /// Of what a sink has not delivered.
    static let sink = "sink"

    // MARK: Reading

    /// - Throws: ``WorkflowError/Code/invalidInput``, which says what is expected.
    public init(_ text: String) throws(WorkflowError) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let head = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      do throws(Misfit) {
        self = try Self.read(
          head[0], about: head.count > 1 ? head[1] : nil, bound: parts.count > 1 ? parts[1] : nil)
      } catch {
        let expected =
          switch error {
          case .name: Self.allNames
          case .emptySubject: "a name after the colon"
          case .subject: "\(head[0]) without a name"
          case .bound(.none): "\(head[0]) without a value"
          case .bound(let bound?): "\(head[0])=\(bound.word): \(bound.meaning)"
          }
        throw WorkflowError(.invalidInput, "expected \(expected); found \"\(text)\"", at: "alert")
      }
    }

    /// For messages: the words that texts begin with.
    static let allNames = "failure, deadline, queue, lag, circuit, silence or trouble"

    /// The part of a rule that is not as it should be.
    enum Misfit: Error {
      case name, emptySubject
      /// There is to be none.
      case subject
      /// nil: there is to be none.
      case bound(Bound?)

      struct Bound {
        var word: String
        var meaning: String

        static let number = Bound(word: "NUMBER", meaning: "a whole number of 0 or more")
        static let percent = Bound(word: "PERCENT", meaning: "a percentage such as 80%, above 0 and below 100")
        static let time = Bound(word: "TIME", meaning: "a time such as 90s, 15m, 25h or 7d")
      }
    }

    /// Of the parts of a rule's text.
    ///
    /// - Parameter bound: what stands after the equals sign.
    static func read(_ name: String, about subject: String?, bound: String?) throws(Misfit) -> AlertRule {
      if subject == "" { throw .emptySubject }
      func number() throws(Misfit) -> Int {
        guard let number = bound.flatMap({ Int($0) }), number >= 0 else { throw .bound(.number) }
        return number
      }
      let condition: Condition
      switch name {
      case "failure", "circuit", "trouble":
        if bound != nil { throw .bound(nil) }
        condition = name == "failure" ? .failure : name == "circuit" ? .circuit : .trouble
      case "deadline":
        guard let text = bound, text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent < 100
        else { throw .bound(.percent) }
        condition = .deadline(percent / 100)
      case "queue": condition = .queue(above: try number())
      case "lag": condition = .lag(above: try number())
      case "silence":
        guard let duration = bound.flatMap({ Self.duration($0) }) else { throw .bound(.time) }
        condition = .silence(duration)
      default: throw .name
      }
      if subject != nil, name == "lag" || name == "trouble" { throw .subject }
      return AlertRule(condition, subject: subject)
    }

    static func duration(_ text: String) -> Duration? {
      let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
      guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number > 0,
        number < 1_000_000
      else { return nil }
      return .seconds(number * unit)
    }
  }

  /// Which rule is for whom: one that names its subject before one for any, and of two of those the later.
  struct AlertRules: Sendable {
    /// By name and subject.
    private var rules: [String: [String?: AlertRule]] = [:]

    init(_ all: [AlertRule]) {
      for rule in all { rules[rule.name, default: [:]][rule.subject] = rule }
    }

    var names: [String] { rules.keys.sorted() }

    func rule(_ name: String, about subject: String?) -> AlertRule? {
      guard let rules = rules[name] else { return nil }
      return rules[subject] ?? rules[nil]
    }

    func has(_ name: String) -> Bool { rules[name] != nil }

    func all(_ name: String) -> [AlertRule] {
      (rules[name].map { Array($0.values) } ?? []).sorted { $0.subject ?? "" < $1.subject ?? "" }
    }
  }
#endif
