#if Workflow
  import Foundation
  import Testing

  extension WorkflowCommandTests {
    /// What people write who come from elsewhere, or in a hurry: the message says where it is, and what is expected there.
    @Test(arguments: [
      (
        "name: a\nsteps:\n  - run: ls\n",
        "flow.yaml:2:1: steps: there is no such field; there are circuits, deadline, durability"
      ),
      (
        "name: a\ntasks:\n  one:\n  kind: process\n  input: { command: [ls] }\n",
        "flow.yaml:3:7: tasks.one: expected an object, found nothing"
      ),
      (
        "name: a\ntasks:\n  one: { kind: shell, input: { command: ls } }\n",
        "flow.yaml:3:10: tasks.one.kind: there is no kind shell; there are batch, call, chart, csv"
      ),
      (
        "name: a\ntasks:\n  one: { kind: process, input: { command: ls -l } }\n",
        "flow.yaml:3:25: tasks.one.input.command: a list is expected, not this text"
      ),
      (
        "name: a\ntasks:\n  one: { kind: process, depends_on: [two], input: { command: [ls] } }\n",
        "flow.yaml:3:25: tasks.one.depends_on: there is no such field; there are cache, cases, circuit"
      ),
      (
        "name: a\ntasks:\n  one: { kind: process, retry: 3, input: { command: [ls] } }\n",
        "flow.yaml:3:32: tasks.one.retry: expected an object of attempts, backoff, factor, cap"
      ),
      (
        "name: a\ntasks:\n  one: { kind: process, timeout: 30, input: { command: [ls] } }\n",
        "flow.yaml:3:34: tasks.one.timeout: expected a duration such as 90s, 5m, 1h30m, 2d or PT1H30M, found 30"
      ),
      (
        "name: a\ntasks:\n  one: { kind: process, input: { command: [ls], env: { A: b } } }\n",
        "flow.yaml:3:25: tasks.one.input.env: is not known here; expected are command, input"
      ),
      (
        "name: a\ntasks:\n  one: { kind: values, input: { x: 1 } }\n  two: { kind: values, input: { y: \"${one.x}\" } }\n",
        "flow.yaml:4:24: tasks.two.input: there is no one; did you mean tasks.one?"
      ),
      (
        "name: a\ntasks:\n  one: { kind: values, input: { x: 1 } }\n  two: { kind: values, input: { y: ${tasks.one.x} } }\n",
        "within { } and [ ] an expression stands in quotes"
      ),
      (
        "name: a\ntriggers: { night: { cron: { expression: 0 25 * * * } } }\ntasks: { one: { kind: values, input: 1 } }\n",
        "flow.yaml:2:22: triggers.night.cron: cron \"0 25 * * *\", hour: expected"
      ),
      (
        "name: a\ntriggers: { night: { cron: 0 3 * * * } }\ntasks: { one: { kind: values, input: 1 } }\n",
        "flow.yaml:2:28: triggers.night.cron: expected an object of expression, timeZone, found \"0 3 * * *\""
      ),
      (
        "name: a\nparameters: { day: string }\ntasks: { one: { kind: values, input: 1 } }\n",
        "flow.yaml:2:20: parameters.day: expected an object of type, default, summary, found \"string\""
      ),
      (
        "name: a\ntasks:\n  one: { kind: values, needs: [two], input: 1 }\n  two: { kind: values, needs: [one], input: 2 }\n",
        "flow.yaml:3:3: tasks.one: tasks wait for each other: one → two → one"
      ),
      (
        "name: a\ndeadline: 1m\ntasks: { one: { kind: process, input: { command: [ls] } } }\n",
        "flow.yaml:2:1: deadline: expected a deadline of at least the worst case, 5m = one 5m, found 1m"
      ),
      ("", "flow.yaml:1:1: expected an object, found an empty file"),
    ])
    func mistakesAreExplained(file: String, message: String) throws {
      defer { remove() }
      try write(file)
      let outcome = try run("check", "flow.yaml")
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      // A place that editors find.
      #expect(outcome.errors.hasPrefix("flow.yaml:"), "\(outcome.errors)")
    }

    /// What only a run shows.
    @Test func programThatWritesNoJSONIsExplained() throws {
      defer { remove() }
      try write("name: a\ntasks: { one: { kind: process, input: { command: [echo, hello there] } } }\n")
      let outcome = try run("run", "flow.yaml")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("It begins with \"hello there"), "\(outcome.errors)")
      #expect(outcome.errors.contains("outputFormat says what else is expected: text"))
      let folder = try run("check", ".")
      #expect(folder.status == 66 && folder.errors.contains(". cannot be read: it is a folder"))
    }

    @Test func faultsAreJSONToo() throws {
      defer { remove() }
      try write("name: x\ntasks:\n  a: { kind: proces, input: {} }\n  b: { kind: values, needs: [c] }\n")
      let outcome = try run("check", "flow.yaml", "--json")
      #expect(outcome.status == 65 && outcome.errors.isEmpty, "\(outcome.errors)")
      let told = try #require(try records(outcome.output).first)
      let faults = try #require(told["faults"] as? [[String: Any]])
      #expect(faults.map { $0["line"] as? Int } == [3, 4])
      #expect(faults.map { $0["path"] as? String } == ["tasks.a.kind", "tasks.b.needs[0]"])
    }
  }
#endif
