import Millrace
import MillraceWfFormat

/// Checks the tasks of one graph: the main one, or a function's.
struct ScopeChecker {
  let checker: DefinitionChecker
  let tasks: [TaskDefinition]
  let parameters: [ParameterDefinition]
  let path: [PathStep]
  let hooks: [HookEvent: String]
  private let byName: [String: TaskDefinition]
  /// What each task that is run for something else is for: `the fallback of load`.
  private var purposes: [String: String] = [:]
  /// Tasks of switches' cases.
  private var switches: [String: (name: String, place: Int)] = [:]
  private(set) var faults: [DefinitionFault] = []
  /// More faults than anybody reads: the rest is not looked at, so that a large file full of mistakes is refused as soon as a small one.
  private static let faultMaximum = 100

  init(
    _ checker: DefinitionChecker, _ tasks: [TaskDefinition], _ parameters: [ParameterDefinition], path: [PathStep],
    hooks: [HookEvent: String]
  ) {
    self.checker = checker
    self.tasks = tasks
    self.parameters = parameters
    self.path = path
    self.hooks = hooks
    byName = Dictionary(tasks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func check(outputs: [String: Template]) {
    if tasks.isEmpty { fail("expected at least one task", [.member("tasks")]) }
    checkParameters()
    for task in tasks where faults.count < Self.faultMaximum { findPurposes(of: task) }
    for (event, name) in hooks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      claim(name, for: "the hook \(event.rawValue)", [.member("hooks"), .member(event.rawValue)])
    }
    let roots = self.roots()
    for task in tasks where faults.count < Self.faultMaximum {
      check(task)
      checkExpressions(of: task, roots)
    }
    for (name, template) in outputs.sorted(by: { $0.key < $1.key }) {
      let place: [PathStep] = [.member("outputs"), .member(name)]
      check(template, roots, place)
      forbidSecrets(in: template, place)
    }
    // The graph means something only when its names do.
    guard faults.isEmpty else { return }
    let needs = checkCycles()
    guard faults.isEmpty else { return }
    checkBranches(needs)
  }

  private mutating func fail(_ message: String, _ place: [PathStep], below suffix: String = "") {
    let fault = DefinitionFault(message, path: PathStep.text(path + place) + suffix)
    if !faults.contains(fault) { faults.append(fault) }
  }

  private func place(_ task: TaskDefinition, _ field: String) -> [PathStep] {
    [.member("tasks"), .member(task.name), .member(field)]
  }

  private mutating func checkParameters() {
    for parameter in parameters {
      guard let value = parameter.defaultValue, let complaint = parameter.type.complaint(about: value) else { continue }
      fail(
        complaint.message, [.member("parameters"), .member(parameter.name), .member("default")],
        below: complaint.path)
    }
  }

  // MARK: Names

  private mutating func findPurposes(of task: TaskDefinition) {
    if let fallback = task.fallback {
      claim(fallback, for: "the fallback of \(task.name)", place(task, "fallback"))
    }
    if let compensation = task.compensation {
      claim(compensation, for: "the compensation of \(task.name)", place(task, "compensate"))
    }
    for (index, branch) in task.cases.enumerated() {
      for (number, name) in branch.tasks.enumerated() {
        let place = place(task, "cases") + [.item(index), .member("tasks"), .item(number)]
        guard checkName(name, place) else { continue }
        if let other = switches[name] {
          fail("expected a task in one case only, found \(name), which is in a case of \(other.name) already", place)
        } else {
          switches[name] = (task.name, index)
        }
      }
    }
  }

  /// A task is run for one thing only, so that its state means one thing.
  private mutating func claim(_ name: String, for purpose: String, _ place: [PathStep]) {
    guard checkName(name, place) else { return }
    if let other = purposes[name] {
      fail("expected a task that is run for nothing else, found \(name), which is \(other) already", place)
    } else {
      purposes[name] = purpose
    }
  }

  private mutating func checkName(_ name: String, _ place: [PathStep]) -> Bool {
    guard byName[name] == nil else { return true }
    fail("there is no task \(name)" + suggestion(for: name, among: byName.keys), place)
    return false
  }

  /// Refuses a name that is not among those that are declared.
  private mutating func check(
    _ name: String?, among names: some Collection<String>, what: String, _ place: [PathStep]
  ) {
    guard let name, !names.contains(name) else { return }
    fail("there is no \(what) \(name)" + suggestion(for: name, among: names), place)
  }

  // MARK: One task

  private mutating func check(_ task: TaskDefinition) {
    var seen: Set<String> = []
    for (index, name) in task.needs.enumerated() where faults.count < Self.faultMaximum {
      let place = place(task, "needs") + [.item(index)]
      guard checkName(name, place) else { continue }
      if name == task.name { fail("a task cannot need itself", place) }
      if !seen.insert(name).inserted { fail("expected every name once, found \(name) once more", place) }
      if let purpose = purposes[name] {
        fail("\(name) is \(purpose), and runs for nothing else: nothing can need it", place)
      }
    }
    if let purpose = purposes[task.name] {
      let refused: [(String, Bool)] = [
        ("needs", !task.needs.isEmpty), ("when", task.when != nil), ("foreach", task.foreach != nil),
        ("cases", !task.cases.isEmpty), ("fallback", task.fallback != nil), ("compensate", task.compensation != nil),
      ]
      for (field, isThere) in refused where isThere {
        fail("\(task.name) is \(purpose), which has no \(field) of its own", place(task, field))
      }
      if [EngineKind.call, .switch, .wait, .workflow].map(\.rawValue).contains(task.kind) {
        fail("\(task.name) is \(purpose), which cannot be a \(task.kind)", place(task, "kind"))
      }
      if let branch = switches[task.name] {
        fail("\(task.name) is \(purpose), and cannot be in a case of \(branch.name)", place(task, "kind"))
      }
    }
    check(task.circuit, among: checker.definition.circuits.keys, what: "circuit", place(task, "circuit"))
    check(task.queue, among: checker.definition.queues.keys, what: "queue", place(task, "queue"))
    for (name, units) in task.resources.sorted(by: { $0.key < $1.key }) {
      let place = place(task, "resources") + [.member(name)]
      check(name, among: checker.definition.resources.keys, what: "resource", place)
      if let limit = checker.definition.resources[name], units > limit {
        fail("expected at most \(limit) units, which is all there are, found \(units)", place)
      }
    }
    checkKind(of: task)
  }

  private mutating func checkKind(of task: TaskDefinition) {
    let engineKind = EngineKind(rawValue: task.kind)
    if engineKind != .switch, !task.cases.isEmpty {
      fail("expected cases in a switch only, found them in a task of kind \(task.kind)", place(task, "cases"))
    }
    guard let engineKind else {
      guard let handler = checker.kinds[task.kind] else {
        let known = checker.kinds.keys.sorted() + EngineKind.allCases.map(\.rawValue)
        return fail("there is no kind \(task.kind)" + suggestion(for: task.kind, among: known), place(task, "kind"))
      }
      let path = PathStep.text(path + place(task, "input"))
      do throws(WorkflowError) {
        try handler.check(task, at: path)
      } catch {
        faults.append(DefinitionFault(error.message, path: error.place ?? path))
      }
      return
    }
    checkInput(of: task, engineKind)
    if let other = task.foreach, engineKind == .switch || engineKind == .call {
      fail("expected no foreach in a \(task.kind), found one over \(other.elements)", place(task, "foreach"))
    }
    if engineKind == .switch { checkCases(of: task) }
    if engineKind == .call { checkCall(task) }
  }

  private mutating func checkInput(of task: TaskDefinition, _ kind: EngineKind) {
    let input = place(task, "input")
    guard case .object(let members) = task.input.source else {
      if kind != .values { fail("expected an object, found \(task.input.source.summary)", input) }
      return
    }
    let (fields, required, choice): ([String], [String], [String]) =
      switch kind {
      case .wait: ([], [], ["event", "approval", "duration", "until"])
      case .emit: (["topic", "key", "payload"], ["topic"], [])
      case .switch: ([], [], [])
      case .workflow: (["workflow", "parameters", "key"], ["workflow"], [])
      case .call: (["function", "parameters"], ["function"], [])
      case .values: (Array(members.keys), [], [])
      }
    for name in members.keys.sorted() where !(fields + choice).contains(name) {
      fail("there is no such field" + suggestion(for: name, among: fields + choice), input + [.member(name)])
    }
    for name in required where members[name] == nil { fail("expected a field \(name)", input) }
    if !choice.isEmpty, choice.filter({ members[$0] != nil }).count != 1 {
      fail("expected one of \(choice.joined(separator: ", "))", input)
    }
    if kind == .wait, let constant = task.input["duration"]?.constant {
      guard case .string(let text) = constant, DurationText.read(text) != nil else {
        return fail("expected a duration such as 90s or 5m, found \(constant.summary)", input + [.member("duration")])
      }
    }
  }

  private mutating func checkCases(of task: TaskDefinition) {
    if task.cases.isEmpty { fail("expected at least one case in a switch", place(task, "cases")) }
    for (index, branch) in task.cases.enumerated() where branch.when == nil && index < task.cases.count - 1 {
      fail("expected a condition in every case but the last", place(task, "cases") + [.item(index)])
    }
  }

  private mutating func checkCall(_ task: TaskDefinition) {
    let input = place(task, "input")
    guard let name = task.callee else {
      if let function = task.input["function"] {
        fail("expected a function's name, found \(function.source.summary)", input + [.member("function")])
      }
      return
    }
    guard let function = checker.functions[name] else {
      return fail(
        "there is no function \(name)" + suggestion(for: name, among: checker.functions.keys),
        input + [.member("function")])
    }
    let given = task.callParameters
    guard case .object(let members) = given.source else {
      return fail("expected an object of parameters, found \(given.source.summary)", input + [.member("parameters")])
    }
    for complaint in checker.parameterComplaints(given, members, function.parameters, of: name) {
      fail(complaint.message, input + [.member("parameters")] + complaint.path)
    }
    // Its tasks have these, each for itself.
    let plain = TaskDefinition(name: task.name, kind: task.kind)
    let refused: [(String, Bool)] = [
      ("retry", task.retry != plain.retry), ("timeout", task.timeout != plain.timeout),
      ("fallback", task.fallback != nil), ("circuit", task.circuit != nil), ("queue", task.queue != nil),
      ("resources", !task.resources.isEmpty), ("cache", task.cache != nil), ("heartbeat", task.heartbeat != nil),
      ("limits", task.limits != plain.limits),
    ]
    for (field, isThere) in refused where isThere {
      fail("a call has no \(field) of its own: the function's tasks have", place(task, field))
    }
  }

  // MARK: Expressions

  /// What expressions may refer to, besides an element.
  private func roots() -> [String: ValueType] {
    var outputs: [String: ValueType] = [:]
    for task in tasks {
      // What is wrong with one that is run for another is told by `checkTaskNames`.
      guard purposes[task.name] == nil else {
        outputs[task.name] = .any
        continue
      }
      let output = task.outputs.isEmpty ? declaredByFunction(task) : .object(task.outputs)
      outputs[task.name] = task.foreach == nil ? output : .array(output)
    }
    return [
      "parameters": checker.parameterTypes(parameters), "tasks": .object(outputs),
      "run": .object(["id": .string, "workflow": .string, "key": .string, "startedAt": .string, "deadline": .string]),
    ]
  }

  private func declaredByFunction(_ task: TaskDefinition) -> ValueType {
    guard let name = task.callee, let function = checker.functions[name] else {
      return .any
    }
    return .object(function.outputs.mapValues { $0.constant.map { ValueType(of: $0) } ?? .any })
  }

  private mutating func checkExpressions(of task: TaskDefinition, _ common: [String: ValueType]) {
    var roots = common
    // What happened, or what it is for.
    if purposes[task.name] != nil { roots["event"] = .any }
    if let when = task.when { expect(.bool, when, roots, place(task, "when")) }
    for (index, branch) in task.cases.enumerated() {
      if let when = branch.when {
        expect(.bool, when, roots, place(task, "cases") + [.item(index), .member("when")])
      }
    }
    if let foreach = task.foreach {
      let place = place(task, "foreach")
      let elements = expect(.array(.any), foreach.elements, roots, place + [.member("elements")])
      if roots[foreach.variable] != nil || foreach.variable == "secrets" || !Expression.isName(foreach.variable) {
        fail(
          "expected a name for the element that expressions can use and do not use otherwise, found \(foreach.variable)",
          place + [.member("variable")])
      }
      if case .array(let element) = elements {
        roots[foreach.variable] = element
      } else {
        roots[foreach.variable] = .any
      }
      if case .array(let fixed)? = foreach.elements.constant, fixed.count > foreach.limit {
        fail("expected at most \(foreach.limit) elements, found \(fixed.count)", place + [.member("elements")])
      }
    }
    check(task.input, roots, place(task, "input"))
  }

  @discardableResult
  private mutating func expect(
    _ type: ValueType, _ expression: Expression, _ roots: [String: ValueType], _ place: [PathStep]
  ) -> ValueType {
    var inference = TypeInference(roots)
    let found = inference.expect(type, expression.root)
    for complaint in inference.complaints { fail(complaint, place) }
    checkTaskNames(in: expression, place)
    return found
  }

  private mutating func check(_ template: Template, _ roots: [String: ValueType], _ place: [PathStep]) {
    var inference = TypeInference(roots)
    _ = inference.type(of: template.root)
    for complaint in inference.complaints { fail(complaint, place) }
    template.forEachExpression { checkTaskNames(in: $0, place) }
  }

  private mutating func forbidSecrets(in template: Template, _ place: [PathStep]) {
    if let secret = template.secretNames.min() {
      fail("expected no secret outside of a task's input, found secrets.\(secret)", place)
    }
  }

  /// What a task needs must be known before it runs.
  private mutating func checkTaskNames(in expression: Expression, _ place: [PathStep]) {
    for reference in expression.references where reference == ["tasks"] {
      fail("expected the name of a task after tasks in \(expression)", place)
    }
    for reference in expression.references.sorted(by: { $0.lexicographicallyPrecedes($1) }) where reference.count > 1 {
      guard reference[0] == "tasks", let purpose = purposes[reference[1]] else { continue }
      fail("\(reference[1]) is \(purpose), and runs for nothing else: its output is that of the task", place)
    }
  }

  // MARK: The graph

  /// - Returns: for each task what it needs, by place; empty for those that are run for others.
  private mutating func checkCycles() -> [[Int]] {
    var graph = TaskGraph()
    let nodes = tasks.map { graph.addNode($0.name) }
    let places = Dictionary(uniqueKeysWithValues: zip(tasks.map(\.name), nodes.indices))
    var needs = [[Int]](repeating: [], count: tasks.count)
    for (index, task) in tasks.enumerated() where purposes[task.name] == nil {
      needs[index] = task.allNeeds(switches[task.name]?.name).compactMap { places[$0] }
      for need in needs[index] {
        if need == index {
          fail("\(task.name) refers to its own output, which is not there before it has ended", place(task, "input"))
        } else {
          graph.precede(nodes[need], nodes[index])
        }
      }
    }
    guard faults.isEmpty else { return needs }
    do {
      _ = try graph.finalize()
    } catch {
      let names = circle(error.nodes, order: tasks.map(\.name))
      fail("tasks wait for each other: \(names.joined(separator: " → "))", [.member("tasks"), .member(names[0])])
    }
    return needs
  }

  /// Finds tasks that need others of which always at least one is skipped.
  private mutating func checkBranches(_ needs: [[Int]]) {
    // Without a switch nobody chooses.
    guard !switches.isEmpty else { return }
    /// For each task and switch: the cases after which it may run.
    var cases = [[String: Set<Int>]](repeating: [:], count: tasks.count)
    for index in topologicalOrder(needs: needs) where purposes[tasks[index].name] == nil {
      let chosenBy = switches[tasks[index].name]?.name
      let others = needs[index].filter { tasks[$0].name != chosenBy }.map { cases[$0] }
      cases[index] = conditions(of: tasks[index], others)
    }
  }

  private mutating func conditions(
    of task: TaskDefinition, _ needs: [[String: Set<Int>]]
  ) -> [String: Set<Int>] {
    var result: [String: Set<Int>] = [:]
    if task.skipPolicy == .skip {
      for need in needs {
        for (name, allowed) in need {
          result[name] = result[name].map { $0.intersection(allowed) } ?? allowed
        }
      }
    } else if let first = needs.first {
      for (name, allowed) in first {
        let others = needs.dropFirst().map { $0[name] }
        if others.contains(nil) { continue }
        result[name] = others.reduce(allowed) { $0.union($1!) }
      }
    }
    if let branch = switches[task.name] {
      let own: Set<Int> = [branch.place]
      result[branch.name] = result[branch.name].map { $0.intersection(own) } ?? own
    }
    if let impossible = result.filter({ $0.value.isEmpty }).keys.min() {
      fail(
        "\(task.name) never runs: it needs tasks of different cases of \(impossible), of which one runs; with skipPolicy any, one suffices",
        [.member("tasks"), .member(task.name)])
      // Others that need it are not told as well.
      return [:]
    }
    return result
  }
}

extension TaskDefinition {
  /// Names of all that it needs: those that are said, those that its expressions refer to, and the switch that chooses it. In the order of first mention, each once.
  func allNeeds(_ chosenBy: String?) -> [String] {
    var names = needs
    if let chosenBy { names.append(chosenBy) }
    var references = input.references
    for expression in [when, foreach?.elements].compactMap({ $0 }) + cases.compactMap(\.when) {
      references.formUnion(expression.references)
    }
    names += references.filter { $0.count > 1 && $0[0] == "tasks" }.map { $0[1] }.sorted()
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}

extension Expression {
  /// Its value, if it is a literal.
  var constant: JSONValue? {
    references.isEmpty ? try? value(in: Bindings()) : nil
  }
}
