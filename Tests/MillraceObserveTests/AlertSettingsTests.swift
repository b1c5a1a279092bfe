#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @testable import MillraceObserve

  @Suite struct AlertSettingsTests {
    private func settings(_ text: String) throws(WorkflowError) -> AlertSettings {
      try AlertSettings(try DocumentNode(yaml: text.utf8, file: "alerts.yaml"), file: "alerts.yaml")
    }

    @Test func aFileIsRead() throws {
      let settings = try settings(
        """
        repeat: 30m
        rules:
          - silence:orders=25h
          - { alert: queue, of: mail, above: 100, severity: critical }
          - { alert: deadline, above: 80% }
          - { alert: failure, of: tests, severity: warning }
        tell:
          - { command: "cat >> told" }
          - { webhook: "https://example.org/hook", secret: key }
          - { webhook: "http://127.0.0.1:9/x" }
        """)
      #expect(
        settings.rules == AlertRule.standard + [
          AlertRule(.silence(.seconds(25 * 3600)), subject: "orders"),
          AlertRule(.queue(above: 100), subject: "mail", severity: .critical), AlertRule(.deadline(0.8)),
          AlertRule(.failure, subject: "tests", severity: .warning),
        ])
      #expect(settings.repeatPeriod == .seconds(1800))
      #expect(
        settings.sinks == [
          .command("cat >> told"), .webhook(try #require(URL(string: "https://example.org/hook")), secret: "key"),
          .webhook(try #require(URL(string: "http://127.0.0.1:9/x")), secret: nil),
        ])
    }

    @Test func theStandardRulesCanBeLeftOut() throws {
      #expect(try settings("{ standard: false, rules: [circuit] }").rules == [AlertRule(.circuit)])
      #expect(try settings("{ standard: true }") == AlertSettings())
      // JSON is YAML.
      #expect(try settings(#"{"rules": [{"alert": "lag", "above": 5}]}"#).rules.last == AlertRule(.lag(above: 5)))
    }

    @Test(arguments: [
      ("rules: [oops]", "alerts.yaml:1:9: rules[0]: expected failure, deadline"),
      ("rules:\n  - { alert: failures }", "alerts.yaml:2:14: rules[0].alert: expected failure, deadline"),
      ("rules:\n  - { alert: queue }", "alerts.yaml:2:5: rules[0]: expected a field above: a whole number"),
      ("rules:\n  - { alert: queue, above: -1 }", "alerts.yaml:2:28: rules[0].above: expected a whole number"),
      ("rules: [{ alert: deadline, above: 100% }]", "1:35: rules[0].above: expected a percentage such as 80%"),
      ("rules: [{ alert: silence, above: 5 }]", "1:34: rules[0].above: expected a time such as 90s"),
      ("rules: [{ alert: circuit, above: 5 }]", "1:34: rules[0].above: circuit has no bound"),
      ("rules: [{ alert: lag, of: x, above: 5 }]", "1:27: rules[0].of: lag is about nothing that has a name"),
      ("rules: [{ of: x }]", "1:9: rules[0]: expected a field alert: failure"),
      ("rules: [{ alert: failure, severity: bad }]", "1:37: rules[0].severity: expected warning or critical, found"),
      ("rules: [{ alert: failure, off: x }]", "1:27: rules[0].off: there is no such field; did you mean of?"),
      ("rules: [circuit, { alert: circuit }]", "1:18: rules[1]: there is a rule of this kind before, in line 1"),
      ("rules: 5", "1:8: rules: expected a list, found 5"),
      ("rule: []", "1:1: rule: there is no such field; did you mean rules?"),
      ("standard: 1", "1:11: standard: expected true or false"),
      ("repeat: soon", "1:9: repeat: expected a time such as"),
      ("- failure", "1:1: expected an object of standard, repeat, rules, tell"),
      ("tell: [{ command: x, webhook: y }]", "1:8: tell[0]: expected either a field command or a field webhook"),
      ("tell: [{ webhook: y }]", "1:19: tell[0].webhook: expected a http or https address"),
      ("tell: [{ command: x, secret: y }]", "1:30: tell[0].secret: a secret is for a webhook"),
      ("", "alerts.yaml:1:1: expected an object, found an empty file"),
    ])
    func mistakesHaveTheirPlace(_ text: String, _ message: String) {
      let error = #expect(throws: WorkflowError.self) { try settings(text) }
      let said = (error?.underlying as? DefinitionFaults).map { "\($0)" } ?? error.map { "\($0)" } ?? ""
      #expect(said.contains(message), "\(said)")
    }

    @Test func allMistakesAreToldAtOnce() {
      let error = #expect(throws: WorkflowError.self) {
        try settings("repeat: 1\nrules:\n  - lag\n  - { alert: x }\ntell: [{}]")
      }
      #expect((error?.underlying as? DefinitionFaults)?.faults.map(\.place?.line) == [1, 3, 4, 5])
    }
  }
#endif
