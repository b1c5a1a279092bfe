#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceWorkflow

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a workflow, and tell the worst that a run can come to.",
      discussion: """
        Tells all that is wrong, a line for each with file, line and column, and what was expected there. Of a file without faults it tells how many \
        attempts a run makes at most, and how long it takes at most: with every retry, wait and queue at its longest. Triggers are checked as \
        `millrace serve` would run those of all files together: also that workflows do not start each other in a circle.

        With --history it suggests timeouts: three times what 99 of 100 attempts took in the newest 200 runs of the database that have completed.

        Examples:
          millrace check weather.yaml
          millrace check *.yaml --json
          millrace check weather.yaml --history --db runs.db

        Exit codes: 0 no faults; 64 wrong usage; 65 a file has faults; 66 a file or database is not there; 69 the database cannot be read.
        """)

    @Argument(help: "Workflows (YAML or JSON).", completion: .file(extensions: ["yaml", "yml", "json"]))
    var files: [String]

    @Flag(help: "Print JSON, a line for each file: its bounds, or its faults.")
    var json = false

    @Flag(help: "Suggest timeouts, by what earlier runs took.")
    var history = false

    @OptionGroup var database: Database

    func run() async throws {
      try await reportingTrouble {
        let tasks = BuiltInTasks(workers: 1)
        let opened = history ? try await database.open(.visitor) : nil
        let triggers = ServeMetrics.runner()
        var worst: Int32 = 0
        for file in files {
          do {
            let checked = try DefinitionFile.check(file, tasks)
            try Self.check(checked, file, triggers)
            var hints: [TimeoutHint] = []
            if let store = opened?.store {
              hints = checked.timeoutHints(from: try await StepHistory(of: checked.definition.name, in: store))
            }
            if json { print(json: Self.json(checked, file, hints)) } else { Self.tell(checked, file) }
            if history, !json { Self.tell(hints) }
          } catch let error as WorkflowError {
            if json, let faults = error.underlying as? DefinitionFaults {
              print(json: ["file": .string(file), "faults": .array(faults.faults.map(Self.json))])
              worst = max(worst, ExitCodes.malformed)
            } else {
              worst = max(worst, complain(error).rawValue)
            }
          } catch let code as ExitCode {
            worst = max(worst, code.rawValue)
          }
        }
        try await opened?.close()
        await tasks.executor.shutdown()
        if worst != 0 { throw ExitCode(worst) }
      }
    }

    private static func check(_ checked: CheckedDefinition, _ file: String, _ triggers: TriggerRunner) throws {
      for trigger in checked.definition.triggers {
        if case .threshold(let metric, _, _) = trigger.source, ServeMetrics.meanings[metric] == nil {
          // Another program may have it.
          note(
            "\(file): triggers.\(trigger.name): `millrace serve` has no metric \"\(metric)\" of its own; it has: "
              + ServeMetrics.meanings.keys.sorted().joined(separator: ", ") + "; --metric gives it others")
          continue
        }
        do throws(WorkflowError) {
          try triggers.add(trigger, of: checked.definition.name)
        } catch {
          throw complain("\(file): \(error)", code: ExitCodes.malformed)
        }
      }
    }

    private static func tell(_ hints: [TimeoutHint]) {
      if hints.isEmpty {
        return print("timeouts       too few steps have succeeded at their first attempt to suggest any")
      }
      for hint in hints {
        print(
          "timeout        \(hint.task): \(hint.declared.briefText) is declared, \(hint.suggested.briefText) suggested: "
            + "\(count(hint.durations.count, "attempt")) took \(hint.durations.p50.briefText) (p50), "
            + "\(hint.durations.p99.briefText) (p99), \(hint.durations.longest.briefText) at most")
      }
    }

    private static func tell(_ checked: CheckedDefinition, _ file: String) {
      let (definition, bounds) = (checked.definition, checked.bounds)
      print("\(file): \(definition.name), \(count(checked.tasks.count, "task")), no faults")
      for parameter in definition.parameters {
        print(
          "parameter      \(parameter.name): \(parameter.type)"
            + (parameter.defaultValue.map { ", else \($0)" } ?? ", must be given"))
      }
      print("attempts       at most \(bounds.attempts)")
      var parts = ["path \(bounds.path.briefText)"]
      for (name, duration) in [
        ("shared resources", bounds.resources), ("pauses", bounds.pauses), ("compensations", bounds.compensations),
        ("hooks", bounds.hooks),
      ] where duration > .zero { parts.append("\(name) \(duration.briefText)") }
      print(
        "time           at most \(bounds.wall.briefText)"
          + (parts.count > 1 ? ": \(parts.joined(separator: " + "))" : "")
          + "; the deadline is \(definition.deadline.briefText)")
      if !bounds.pathTasks.isEmpty { print("longest path   \(bounds.pathTasks.joined(separator: " → "))") }
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private static func json(_ fault: DefinitionFault) -> JSONValue {
      var members: [String: JSONValue] = ["path": .string(fault.path), "message": .string(fault.message)]
      if let place = fault.place {
        members["line"] = .int(Int64(place.line))
        members["column"] = .int(Int64(place.column))
      }
      return .object(members)
    }

    private static func json(_ checked: CheckedDefinition, _ file: String, _ hints: [TimeoutHint]) -> JSONValue {
      func seconds(_ duration: Duration) -> JSONValue { .double(duration / .seconds(1)) }
      let bounds = checked.bounds
      return [
        "timeout_hints": .array(
          hints.map {
            [
              "task": .string($0.task), "declared_seconds": seconds($0.declared),
              "suggested_seconds": seconds($0.suggested), "count": .int(Int64($0.durations.count)),
              "p50_seconds": seconds($0.durations.p50), "p99_seconds": seconds($0.durations.p99),
            ]
          }),
        "file": .string(file), "workflow": .string(checked.definition.name), "definition": .string("\(checked.hash)"),
        "tasks": .array(
          checked.tasks.map {
            [
              "task": .string($0.name), "kind": .string($0.definition.kind),
              "attempts": .int(Int64($0.bounds.attempts)),
              "seconds": seconds($0.bounds.wall),
            ]
          }),
        "bounds": [
          "attempts": .int(Int64(bounds.attempts)), "seconds": seconds(bounds.wall),
          "path_seconds": seconds(bounds.path),
          "path": .array(bounds.pathTasks.map { .string($0) }), "resources_seconds": seconds(bounds.resources),
          "pauses_seconds": seconds(bounds.pauses), "compensations_seconds": seconds(bounds.compensations),
          "hooks_seconds": seconds(bounds.hooks),
        ],
        "deadline_seconds": seconds(checked.definition.deadline),
      ]
    }
  }

  struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema of workflow files.",
      discussion: """
        Editors complete and check YAML and JSON by it. For the YAML extension of Visual Studio Code, this is a file's first line:
          # yaml-language-server: $schema=workflow.schema.json

        Examples:
          millrace schema > workflow.schema.json
        """)

    func run() throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(WorkflowDefinition.jsonSchema), as: UTF8.self))
    }
  }
#endif
