#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceSQLite
  import MillraceWorkflow

  /// Which database a command works on.
  struct Database: ParsableArguments {
    @Option(
      name: .customLong("db"),
      help: ArgumentHelp(
        "The SQLite database of the runs; default: $MILLRACE_DB, else millrace.db in this folder.", valueName: "file"),
      completion: .file(extensions: ["db"]))
    var file: String?

    @OptionGroup var secrets: SecretOptions

    var path: String { file ?? Self.standardPath }

    static var standardPath: String { ProcessInfo.processInfo.environment["MILLRACE_DB"] ?? "millrace.db" }

    /// For a look at records, whose payloads stay as they are stored.
    static func visit(_ path: String) throws -> SQLiteRunStore { try SQLiteRunStore(path: path, sharing: .visitor) }

    /// As it must be said to another command to get the same database.
    var option: String {
      ((file.map { ["--db", $0] } ?? []) + secrets.words).map { " " + quotedForShell($0) }.joined()
    }

    /// Opens the database, or complains if it is missing, or not to be read with these keys.
    ///
    /// - Parameter isMade: a missing one is made, instead of a complaint.
    /// - Throws: `WorkflowError/Code/storeUnavailable`, `WorkflowError/Code/storeDamaged`.
    func open(_ sharing: SQLiteRunStore.Sharing, isMade: Bool = false) async throws -> OpenDatabase {
      let vault = secrets.vault
      let codec = try await secrets.codec(vault)
      if !isMade, !FileManager.default.fileExists(atPath: path) {
        throw complain(
          "there is no database \(path); --db names another, and `millrace run FILE` makes one", code: ExitCodes.missing
        )
      }
      let database = OpenDatabase(
        store: try SQLiteRunStore(path: path, sharing: sharing), vault: vault, codec: codec)
      do {
        try await database.checkSeal(self)
        return database
      } catch {
        try? await database.close()
        throw error
      }
    }
  }

  /// A word that a shell reads as it stands here.
  func quotedForShell(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
          || "._-/=:,+@%".utf8.contains(byte)
      }
    return isPlain ? word : "'\(word.replacing("'", with: #"'\''"#))'"
  }

  enum ExitCodes {
    static let failed: Int32 = 1
    static let cancelled: Int32 = 2
    static let paused: Int32 = 3
    static let usage: Int32 = 64
    static let malformed: Int32 = 65
    static let missing: Int32 = 66
    static let unavailable: Int32 = 69

    /// Of a command that has waited for a run.
    static func code(of state: RunState) -> Int32 {
      switch state {
      case .failed: failed
      case .cancelled: cancelled
      case .paused: paused
      default: 0
      }
    }

    /// Said in each command that drives or changes runs.
    static let help = """
      0 done, and what was waited for has completed; 1 the run has failed; 2 it was cancelled; 3 it is paused, and goes on when it is resumed; \
      64 wrong usage, or what the run's state does not allow; 65 the file is malformed (the message names file, line and column); 66 a file, \
      database or run is not there; 69 the database cannot be used: another process drives its runs, the disk is full, it is damaged; 130 and 143 \
      ended by SIGINT or SIGTERM, to be gone on with by the same command.
      """
  }

  /// Says what is wrong, and gives what to throw then.
  func complain(_ error: WorkflowError) -> ExitCode {
    switch error.code {
    case .invalidJSON, .invalidDefinition, .incompatibleDefinition:
      // Each fault begins with its place, as compilers say it.
      if let faults = error.underlying as? DefinitionFaults {
        FileHandle.standardError.write(Data("\(faults)\n".utf8))
        return ExitCode(ExitCodes.malformed)
      }
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      return ExitCode(ExitCodes.malformed)
    case .unknownWorkflow, .unknownRun: return complain("\(error)", code: ExitCodes.missing)
    case .storeUnavailable, .storeDamaged, .full, .shutDown, .heldElsewhere:
      return complain("\(error)", code: ExitCodes.unavailable)
    default: return complain("\(error)", code: ExitCodes.usage)
    }
  }
#endif
