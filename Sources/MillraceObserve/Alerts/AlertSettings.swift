#if Workflow
  import Foundation
  import MillraceWorkflow

  /// Rules for alerts, and who is told of them, as a file has them.
  ///
  /// ```yaml
  /// standard: true            # the standard rules hold, too: what is not said otherwise
  /// repeat: 30m               # how often is told again of what goes on
  /// rules:
  ///   - silence:orders=25h    # as for --alert
  ///   - { alert: queue, of: mail, above: 100, severity: critical }
  /// tell:
  ///   - { command: "mail -s millrace ops@example.org" }
  ///   - { webhook: https://example.org/hook, secret: alert-key }
  /// ```
  package struct AlertSettings: Sendable, Hashable {
    package enum Sink: Sendable, Hashable {
      case command(String)
      /// - Parameter secret: the name of the one by which messages are signed.
      case webhook(URL, secret: String?)
    }

    /// In the order in which they count.
    package var rules = AlertRule.standard
    package var repeatPeriod = AlertBook.Configuration().repeatPeriod
    package var sinks: [Sink] = []

    package init() {}

    /// - Throws: ``WorkflowError/Code/invalidDefinition`` with ``DefinitionFaults``: all that is wrong, each with its line.
    package init(_ document: DocumentNode, file: String?) throws(WorkflowError) {
      var reader = SettingsReader()
      self = reader.settings(document)
      if !reader.faults.isEmpty { throw DefinitionFaults(reader.faults, file: file).error }
    }
  }

  /// Gathers what is wrong.
  private struct SettingsReader {
    var faults: [DefinitionFault] = []
    /// Of the rules so far, where each stands.
    private var seen: [String: DocumentPlace?] = [:]

    private mutating func fail(_ message: String, _ path: String, _ place: DocumentPlace?) {
      faults.append(DefinitionFault(message, path: path, place: place))
    }

    private mutating func expected(_ what: String, _ path: String, _ node: DocumentNode) {
      fail("expected \(what), found \(node.summary)", path, node.place)
    }

    // MARK: -

    mutating func settings(_ document: DocumentNode) -> AlertSettings {
      var settings = AlertSettings()
      let members = self.members(of: document, "", ["standard", "repeat", "rules", "tell"])
      if let node = members["standard"] {
        if case .bool(let holds) = node.content {
          if !holds { settings.rules = [] }
        } else {
          expected("true or false", "standard", node)
        }
      }
      if let node = members["repeat"] {
        if case .string(let text) = node.content, let period = AlertRule.duration(text) {
          settings.repeatPeriod = period
        } else {
          expected(AlertRule.Misfit.Bound.time.meaning, "repeat", node)
        }
      }
      for (place, node) in elements("rules", members).enumerated() {
        if let rule = rule(node, "rules[\(place)]") { settings.rules.append(rule) }
      }
      for (place, node) in elements("tell", members).enumerated() {
        if let sink = sink(node, "tell[\(place)]") { settings.sinks.append(sink) }
      }
      return settings
    }

    /// A mapping's members, without those that it may not have.
    private mutating func members(
      of node: DocumentNode, _ path: String, _ names: [String]
    ) -> [String: DocumentNode] {
      guard case .object(let all) = node.content else {
        expected("an object of \(names.joined(separator: ", "))", path, node)
        return [:]
      }
      var members: [String: DocumentNode] = [:]
      for member in all {
        if names.contains(member.name) {
          members[member.name] = member.value
        } else {
          fail(
            "there is no such field" + suggestion(for: member.name, among: names),
            path.isEmpty ? member.name : "\(path).\(member.name)", member.place)
        }
      }
      return members
    }

    private mutating func elements(_ name: String, _ members: [String: DocumentNode]) -> [DocumentNode] {
      guard let node = members[name] else { return [] }
      if case .array(let nodes) = node.content { return nodes }
      expected("a list", name, node)
      return []
    }

    private mutating func text(_ name: String, _ path: String, _ members: [String: DocumentNode]) -> String? {
      guard let node = members[name] else { return nil }
      if case .string(let text) = node.content, !text.isEmpty { return text }
      expected("a text", "\(path).\(name)", node)
      return nil
    }

    // MARK: Rules

    private mutating func rule(_ node: DocumentNode, _ path: String) -> AlertRule? {
      guard let rule = node.isText ? shortRule(node, path) : longRule(node, path) else { return nil }
      let key = "\(rule.name):\(rule.subject ?? "")"
      if let earlier = seen.updateValue(node.place, forKey: key) {
        fail(
          "there is a rule of this kind\(rule.subject.map { " about \($0)" } ?? "") before"
            + (earlier.map { ", in line \($0.line)" } ?? ""), path, node.place)
      }
      return rule
    }

    private mutating func shortRule(_ node: DocumentNode, _ path: String) -> AlertRule? {
      guard case .string(let text) = node.content else { return nil }
      do {
        return try AlertRule(text)
      } catch {
        fail(error.message, path, node.place)
        return nil
      }
    }

    private mutating func longRule(_ node: DocumentNode, _ path: String) -> AlertRule? {
      let count = faults.count
      let members = members(of: node, path, ["alert", "of", "above", "severity"])
      guard faults.count == count else { return nil }
      guard members["alert"] != nil else {
        fail("expected a field alert: \(AlertRule.allNames)", path, node.place)
        return nil
      }
      let (name, subject) = (text("alert", path, members), text("of", path, members))
      let severity = text("severity", path, members)
      if let severity, Alert.Severity(rawValue: severity) == nil {
        let all = Alert.Severity.allCases.map(\.rawValue).joined(separator: " or ")
        expected(all, "\(path).severity", members["severity"]!)
      }
      guard faults.count == count, let name else { return nil }
      do throws(AlertRule.Misfit) {
        // 100 is a number in YAML, and 80% and 25h are texts.
        let bound = members["above"].map { $0.value.text ?? "\($0.value)" }
        var rule = try AlertRule.read(name, about: subject, bound: bound)
        if let severity { rule.severity = Alert.Severity(rawValue: severity)! }
        return rule
      } catch {
        func expected(_ what: String, _ field: String) {
          guard let node = members[field] else {
            return fail("expected a field \(field): \(what)", path, node.place)
          }
          self.expected(what, "\(path).\(field)", node)
        }
        switch error {
        case .name: expected(AlertRule.allNames, "alert")
        case .emptySubject: expected("a name", "of")
        case .subject: fail("\(name) is about nothing that has a name", "\(path).of", members["of"]?.place)
        case .bound(.none): fail("\(name) has no bound", "\(path).above", members["above"]?.place)
        case .bound(let bound?): expected(bound.meaning, "above")
        }
        return nil
      }
    }

    // MARK: Sinks

    private mutating func sink(_ node: DocumentNode, _ path: String) -> AlertSettings.Sink? {
      let count = faults.count
      let members = members(of: node, path, ["command", "webhook", "secret"])
      guard faults.count == count else { return nil }
      guard (members["command"] == nil) != (members["webhook"] == nil) else {
        fail("expected either a field command or a field webhook", path, node.place)
        return nil
      }
      let (command, webhook) = (text("command", path, members), text("webhook", path, members))
      let secret = text("secret", path, members)
      guard faults.count == count else { return nil }
      if let command {
        if secret != nil { fail("a secret is for a webhook", "\(path).secret", members["secret"]!.place) }
        return .command(command)
      }
      guard let url = webhook.flatMap({ AlertSink.address($0) }) else {
        expected("a http or https address", "\(path).webhook", members["webhook"]!)
        return nil
      }
      return .webhook(url, secret: secret)
    }
  }

  extension DocumentNode {
    fileprivate var isText: Bool { if case .string = content { true } else { false } }
  }
#endif
