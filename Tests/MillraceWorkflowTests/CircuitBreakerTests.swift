import Foundation
import MillraceWorkflow
import Testing

@Suite struct CircuitBreakerTests {
  private typealias Pass = CircuitBreaker.Pass

  private static var policy: CircuitPolicy {
    var policy = CircuitPolicy()
    (policy.failures, policy.window, policy.open, policy.probes) = (2, .seconds(60), .seconds(30), 2)
    return policy
  }

  private var breaker = CircuitBreaker(policy: Self.policy)

  private mutating func pass(at seconds: Double) throws -> Pass {
    guard case .passed(let pass) = breaker.request(at: .at(seconds)) else {
      throw Refused(at: seconds)
    }
    return pass
  }

  private struct Refused: Error { let at: Double }

  /// Opened at 0.
  private mutating func open() throws -> (late: Pass, Void) {
    let late = try pass(at: 0)
    for _ in 0..<2 { breaker.failed(try pass(at: 0), at: .at(0)) }
    return (late, ())
  }

  // MARK: The table

  private enum Event: String, CaseIterable {
    case request
    case requestBusy = "request, busy"
    case requestDue = "request, due"
    case success
    case lastSuccess = "last success"
    case failure
    case lastFailure = "last failure"
    case abandoned
    case late = "late result"
  }

  /// Brings a breaker to a state, and lets an event happen; nil: it cannot.
  private static func outcome(of event: Event, in state: CircuitBreaker.State) throws -> String? {
    var test = CircuitBreakerTests()
    let late: Pass
    switch state {
    case .closed:
      late = try test.open().late
      _ = try [test.pass(at: 30), test.pass(at: 30)].map { test.breaker.succeeded($0, at: .at(30)) }
    case .open: late = try test.open().late
    case .halfOpen:
      late = try test.open().late
      test.breaker.abandoned(try test.pass(at: 30))
    }
    #expect(test.breaker.state == state)
    let transition: CircuitBreaker.Transition?
    switch (event, state) {
    case (.request, _), (.requestBusy, .halfOpen), (.requestDue, .open):
      if event == .requestBusy { for _ in 0..<2 { _ = test.breaker.request(at: .at(31)) } }
      let answer = test.breaker.request(at: .at(event == .requestDue || state == .halfOpen ? 30 : 29))
      if test.breaker.state != state { return name(test.breaker.state) }
      if case .passed = answer { return "passed" }
      return "refused"
    case (.success, .closed), (.success, .halfOpen):
      transition = test.breaker.succeeded(try test.pass(at: 31), at: .at(31))
    case (.lastSuccess, .halfOpen):
      test.breaker.succeeded(try test.pass(at: 31), at: .at(31))
      transition = test.breaker.succeeded(try test.pass(at: 31), at: .at(31))
    case (.failure, .closed), (.failure, .halfOpen):
      transition = test.breaker.failed(try test.pass(at: 31), at: .at(31))
    case (.lastFailure, .closed):
      test.breaker.failed(try test.pass(at: 31), at: .at(31))
      transition = test.breaker.failed(try test.pass(at: 31), at: .at(31))
    case (.abandoned, .closed), (.abandoned, .halfOpen):
      test.breaker.abandoned(try test.pass(at: 31))
      transition = nil
    case (.late, _):
      let before = test.breaker
      #expect(test.breaker.failed(late, at: .at(20)) == nil)
      #expect(test.breaker.succeeded(late, at: .at(20)) == nil)
      test.breaker.abandoned(late)
      return test.breaker == before ? "ignored" : "counted"
    default: return nil
    }
    if let transition { #expect(transition == .init(from: state, to: test.breaker.state)) }
    return transition.map { name($0.to) } ?? "stays"
  }

  private static func name(_ state: CircuitBreaker.State) -> String {
    state == .halfOpen ? "half-open" : state.rawValue
  }

  /// The table in the type's documentation is what it does.
  @Test func transitionTable() throws {
    var rows = [["event", "closed", "open", "half-open"]]
    for event in Event.allCases {
      rows.append(
        [event.rawValue]
          + (try CircuitBreaker.State.allCases.map { try Self.outcome(of: event, in: $0) ?? "·" }))
    }
    let source = try String(
      contentsOf: URL(
        filePath: "../../Sources/MillraceWorkflow/Policies/CircuitBreaker.swift", relativeTo: URL(filePath: #filePath)),
      encoding: .utf8)
    let documented = source.split(separator: "\n").filter { $0.hasPrefix("/// ") && $0.contains(" | ") }.map { line in
      line.dropFirst(4).split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let table = rows.map { $0.joined(separator: " | ") }.joined(separator: "\n")
    print(table)
    #expect(table == documented.map { $0.joined(separator: " | ") }.joined(separator: "\n"))
  }

  // MARK: Behaviour

  @Test mutating func failuresOutsideTheWindowDoNotCount() throws {
    breaker.failed(try pass(at: 0), at: .at(0))
    breaker.failed(try pass(at: 60), at: .at(60))
    #expect(breaker.state == .closed)
    breaker.failed(try pass(at: 119), at: .at(119))
    #expect(breaker.state == .open)
    #expect(breaker.request(at: .at(120)) == .refused(until: .at(149)))
  }

  @Test mutating func probesAreFew() throws {
    _ = try open()
    let probes = try [pass(at: 30), pass(at: 30)]
    #expect(probes.map(\.isProbe) == [true, true])
    #expect(breaker.request(at: .at(30)) == .refused(until: nil))
    breaker.succeeded(probes[0], at: .at(31))
    let third = try pass(at: 31)
    #expect(breaker.failed(probes[1], at: .at(32)) == .init(from: .halfOpen, to: .open))
    // It began before the second opening.
    #expect(breaker.succeeded(third, at: .at(33)) == nil)
    #expect(breaker.request(at: .at(61.9)) == .refused(until: .at(62)))
  }

  @Test mutating func clockThatIsSetBackDoesNotKeepItOpen() throws {
    _ = try open()
    #expect(breaker.request(at: .at(-3600)) == .refused(until: .at(-3570)))
    let probe = try pass(at: -3570)
    #expect(probe.isProbe)
  }

  @Test mutating func restartForgetsNeitherStateNorTime() throws {
    let late = try open().late
    let payload = try JSONEncoder().encode(breaker.snapshot)
    let snapshot = try JSONDecoder().decode(CircuitBreaker.Snapshot.self, from: payload)
    #expect(snapshot.state == .open && snapshot.changeCount == 1)
    breaker = CircuitBreaker(policy: Self.policy, snapshot: snapshot)
    #expect(breaker.request(at: .at(29)) == .refused(until: .at(30)))
    let probe = try pass(at: 30)
    #expect(breaker.failed(late, at: .at(30)) == nil)
    #expect(breaker.succeeded(probe, at: .at(30)) == nil && breaker.state == .halfOpen)
  }

  @Test mutating func budgetIsTheDependencys() throws {
    var policy = Self.policy
    policy.retryBudget = 0.5
    breaker = CircuitBreaker(policy: policy)
    _ = try pass(at: 0)
    #expect(breaker.mayRetry(at: .at(0)) == true)
    #expect(breaker.mayRetry(at: .at(0)) == false)
  }
}
