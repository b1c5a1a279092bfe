#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceSQLite
  import MillraceTasks
  import MillraceWorkflow

  /// A file with a definition, as a command is given it.
  struct DefinitionFile: ParsableArguments {
    @Argument(help: "The workflow (YAML or JSON).", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    /// Reads and checks it, or complains: about all that is wrong, one a line.
    func read(_ tasks: BuiltInTasks) throws -> CheckedDefinition { try Self.read(file, tasks) }

    static func read(_ file: String, _ tasks: BuiltInTasks) throws -> CheckedDefinition {
      do {
        return try check(file, tasks)
      } catch let error as WorkflowError {
        throw complain(error)
      }
    }

    /// Reads and checks a file, or complains about one that cannot be read.
    ///
    /// - Throws: a `WorkflowError` with all that is wrong in it.
    static func check(_ file: String, _ tasks: BuiltInTasks) throws -> CheckedDefinition {
      try source(file).check(kinds: tasks.byName)
    }

    private static func source(_ file: String) throws -> DefinitionSource {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
        throw complain(
          "\(file) cannot be read: \(isFolder.boolValue ? "it is a folder" : "there is no such file")",
          code: ExitCodes.missing)
      }
      let data: Data
      do {
        data = try DefinitionSource.read(file)
      } catch {
        throw complain("\(file) cannot be read: \(systemReason(error))", code: ExitCodes.missing)
      }
      return file.hasSuffix(".json")
        ? try DefinitionSource(json: data, file: file) : try DefinitionSource(yaml: data, file: file)
    }
  }

  /// The kinds of task that files may use, and the workers on which they run.
  struct BuiltInTasks {
    let executor: WorkStealingExecutor
    let kinds: [any TaskHandler]

    /// - Parameter workers: nil: one for each CPU.
    init(workers: Int? = nil) {
      var configuration = WorkStealingExecutor.Configuration()
      if let workers { configuration.workerCount = workers }
      executor = WorkStealingExecutor(configuration)
      kinds = [
        BatchTask(executor: executor), ChartTask(executor: executor), CSVTask(executor: executor),
        FileTask(executor: executor), HTTPTask(executor: executor), ProcessTask(), ReportTask(executor: executor),
        SQLTask(),
      ]
    }

    var byName: [String: any TaskHandler] { Dictionary(kinds.map { ($0.kind, $0) }) { _, last in last } }
  }

  /// Parameters of a run, as they are given on the command line.
  struct Parameters: ParsableArguments {
    @Option(
      name: .customLong("set"),
      help: ArgumentHelp(
        "A parameter; may be given several times. Texts stand as they are, all else is JSON.", valueName: "name=value"))
    var settings: [String] = []

    func validate() throws {
      var names: Set<Substring> = []
      for setting in settings {
        guard let end = setting.firstIndex(of: "="), end > setting.startIndex else {
          throw ValidationError("--set is expected to be name=value; found \(setting)")
        }
        if !names.insert(setting[..<end]).inserted {
          throw ValidationError("--set gives \(setting[..<end]) more than once")
        }
      }
    }

    /// With defaults for what is not given; or complains.
    func values(for definition: WorkflowDefinition) throws -> JSONValue {
      do throws(WorkflowError) {
        return try definition.parameters(
          from: given { name in definition.parameters.first { $0.name == name }?.type ?? .any })
      } catch {
        throw complain(error)
      }
    }

    /// Only what is given.
    func given(_ type: (_ name: String) -> ValueType) -> JSONValue {
      var members: [String: JSONValue] = [:]
      for setting in settings {
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        members[parts[0]] = Self.value(parts[1], type(parts[0]))
      }
      return .object(members)
    }

    private static func value(_ text: String, _ type: ValueType) -> JSONValue {
      switch type {
      case .string, .oneOf: .string(text)
      default: (try? JSONValue(json: text.utf8)) ?? .string(text)
      }
    }
  }
#endif
