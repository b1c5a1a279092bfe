#if Workflow
  import MillraceWorkflow

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  extension ChildProcess.Outcome {
    /// As a task tells of an ending that is no success.
    func failure(of command: ChildProcess.Command) -> TaskFailure {
      let program = command.arguments[0]
      switch ending {
      case .exit(let code):
        return TaskFailure(code: "exit \(code)", "\(program) exited with code \(code)")
      case .signal(SIGXCPU):
        return TaskFailure(
          code: "SIGXCPU", "\(program) used more than its \(command.limits.cpuSeconds ?? 0) s of processor time")
      case .signal(let number):
        let name = Self.name(ofSignal: number)
        return TaskFailure(code: name, "\(program) was ended by \(name)")
      case .tooMuchOutput:
        return TaskFailure(
          code: "output too large", "\(program) wrote more than \(command.outputLimit) bytes to its standard output",
          isRetryable: false)
      case .notStarted(let doing, let error):
        let text = unsafe String(cString: strerror(error))
        return TaskFailure(
          code: "not started", "\(command.path) failed \(doing): \(text)",
          isRetryable: [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(error))
      case .unknown:
        return TaskFailure(code: "SIGKILL", "\(program) and its supervisor were killed")
      }
    }

    private static func name(ofSignal number: Int32) -> String {
      let names: [Int32: String] = [
        SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT",
        SIGBUS: "BUS", SIGFPE: "FPE", SIGKILL: "KILL", SIGUSR1: "USR1", SIGSEGV: "SEGV", SIGUSR2: "USR2",
        SIGPIPE: "PIPE", SIGALRM: "ALRM", SIGTERM: "TERM", SIGXFSZ: "XFSZ", SIGSYS: "SYS",
      ]
      return names[number].map { "SIG\($0)" } ?? "signal \(number)"
    }
  }

  extension ChildProcess {
    /// The file of a program: itself if it has a slash, else the first in the `PATH` of its environment.
    static func find(_ program: String, _ environment: [String: String]) throws(TaskFailure) -> String {
      if program.contains("/") { return program }
      let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
      let paths = folders.map { "\($0)/\(program)" }
      guard let path = paths.first(where: { (path: String) in unsafe access(path, X_OK) == 0 }) else {
        throw TaskFailure(code: "not started", "\(program) is not in the child's PATH", isRetryable: false)
      }
      return path
    }

    /// What a program writes, which succeeds and writes little.
    static func output(
      of arguments: [String], environment: [String: String], input: [UInt8] = []
    ) async throws -> [UInt8] {
      let command = Command(
        path: try find(arguments[0], environment), arguments: arguments, environment: environment, input: input,
        outputLimit: 1 << 20, grace: .seconds(1))
      let outcome = await run(command) { _ in }
      try Task.checkCancellation()
      guard outcome.ending == .exit(0) else { throw outcome.failure(of: command) }
      return outcome.output
    }
  }
#endif
