#if Workflow
  import CMillrace
  import Foundation
  import MillraceWorkflow

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// A program that runs, what it is given to read, and what it writes; it ends together with all that it has started.
  ///
  /// A thread of its own talks with it. A source of Dispatch for each pipe would save that thread, which is little beside a process; but closing pipes by the hundred, while others are being forked, crashed Dispatch's manager here (Swift 6.3.1).
  struct ChildProcess: ~Copyable {
    struct Command: Sendable {
      /// Of the program's file.
      var path: String
      /// The first is the program's name.
      var arguments: [String]
      var environment: [String: String]
      var folder: String?
      var input: [UInt8] = []
      /// The most bytes that the program may write to its standard output.
      var outputLimit: Int
      /// Between SIGTERM and SIGKILL.
      var grace: Duration
      var limits = ProcessLimits()
    }

    struct Outcome: Sendable {
      enum Ending: Sendable, Hashable {
        case exit(Int32)
        case signal(Int32)
        /// It wrote more than its limit, and was ended.
        case tooMuchOutput
        /// It could not be started: what was tried, and the errno.
        case notStarted(doing: String, errno: Int32)
        /// Somebody has killed the supervisor; the program was killed with it.
        case unknown
      }

      var ending: Ending
      var output: [UInt8]
      /// The largest of all its processes.
      var peakBytes: UInt64
      /// Of all its processes.
      var cpu: Duration
    }

    private let command: Command
    private let errorLine: @Sendable (String) -> Void
    /// Closed: the program and its family are to end.
    private let control: ControlEnd
    private var output: [UInt8] = []
    private var lines = LineSplitter(limit: 1 << 16)
    private var report: [UInt8] = []
    private var isOverLimit = false
    private var inputWritten = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Runs a program to its end, which cancelling the surrounding task brings about.
    ///
    /// - Parameter errorLine: is called with each line of the program's standard error, on a thread of the program.
    static func run(_ command: Command, errorLine: @escaping @Sendable (String) -> Void) async -> Outcome {
      let control = ControlEnd()
      return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          Thread.detachNewThread {
            var process = ChildProcess(command, control, errorLine)
            continuation.resume(returning: process.run())
          }
        }
      } onCancel: {
        control.hangUp()
      }
    }

    private init(_ command: Command, _ control: ControlEnd, _ errorLine: @escaping @Sendable (String) -> Void) {
      self.command = command
      self.control = control
      self.errorLine = errorLine
    }

    private mutating func run() -> Outcome {
      let pipes: [Pipe]
      do {
        pipes = try Pipe.make(5)
      } catch {
        return notStarted("making its pipes", error.number)
      }
      let (input, output, error, control, status) = (pipes[0], pipes[1], pipes[2], pipes[3], pipes[4])
      var supervisor: pid_t = 0
      let failure = launch(
        input: input.reading, output: output.writing, error: error.writing, control: control.reading,
        status: status.writing, &supervisor)
      for end in [input.reading, output.writing, error.writing, control.reading, status.writing] { close(end) }
      guard failure == 0 else {
        for end in [input.writing, output.reading, error.reading, control.writing, status.reading] { close(end) }
        return notStarted("forking", failure)
      }
      self.control.open(control.writing)
      converse(input.writing, output.reading, error.reading, status.reading)
      self.control.hangUp()
      // It has closed its end of the status, so it is exiting: there is nothing to wait for.
      var exit: Int32 = 0
      while unsafe waitpid(supervisor, &exit, 0) < 0, errno == EINTR {}
      let reports = Self.reports(report)
      let last = reports.last { Int($0.kind) == millrace_process_ended }
      return Outcome(
        ending: isOverLimit ? .tooMuchOutput : Self.ending(reports), output: self.output,
        peakBytes: last?.peak_bytes ?? 0, cpu: .microseconds(Int64(clamping: last?.cpu_microseconds ?? 0)))
    }

    private func launch(
      input: Int32, output: Int32, error: Int32, control: Int32, status: Int32, _ supervisor: inout pid_t
    ) -> Int32 {
      unsafe withCStrings(command.arguments) { arguments in
        unsafe withCStrings(command.environment.map { "\($0)=\($1)" }) { environment in
          unsafe command.path.withCString { path in
            unsafe withOptionalCString(command.folder) { folder in
              var request = unsafe millrace_process_request(
                path: path, arguments: arguments, environment: environment, folder: folder, input: input,
                output: output, error: error, control: control, status: status,
                grace_milliseconds: UInt64(max(0, command.grace / .milliseconds(1))),
                memory_bytes: UInt64(clamping: command.limits.memoryBytes ?? 0),
                cpu_seconds: UInt64(clamping: command.limits.cpuSeconds ?? 0))
              return unsafe millrace_process_start(&request, &supervisor)
            }
          }
        }
      }
    }

    /// Writes and reads until the status ends, as it does with the supervisor, and that when all that could write to the other pipes has. Closes all four.
    private mutating func converse(_ input: Int32, _ output: Int32, _ error: Int32, _ status: Int32) {
      var ends = [input, output, error, status]
      for end in ends { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
      func finish(_ place: Int) {
        close(ends[place])
        // Not looked at any more.
        ends[place] = -1
      }
      if command.input.isEmpty { finish(0) }
      while ends[3] >= 0 {
        var events = ends.map { pollfd(fd: $0, events: Int16($0 == input ? POLLOUT : POLLIN), revents: 0) }
        guard unsafe poll(&events, nfds_t(events.count), -1) > 0 else { continue }
        if events[0].revents != 0, writeInput(input) { finish(0) }
        if events[1].revents != 0, drain(output, { $0.takeOutput($1) }) { finish(1) }
        if events[2].revents != 0, drain(error, { $0.takeError($1) }) { finish(2) }
        if events[3].revents != 0, drain(status, { $0.report += $1 }) { finish(3) }
      }
      // What was written last. More can only come from somebody who is no descendant and has got hold of a pipe.
      if ends[1] >= 0 { _ = drain(output) { $0.takeOutput($1) } }
      if ends[2] >= 0 { _ = drain(error) { $0.takeError($1) } }
      if let line = lines.finish() { errorLine(line) }
      for place in 0..<3 where ends[place] >= 0 { finish(place) }
    }

    /// True when there is nothing more to write. A program may end its input early; that is no fault.
    private mutating func writeInput(_ descriptor: Int32) -> Bool {
      let written = unsafe command.input.withUnsafeBytes { bytes in
        unsafe millrace_write(descriptor, bytes.baseAddress! + inputWritten, bytes.count - inputWritten)
      }
      if written < 0 { return errno != EAGAIN && errno != EINTR }
      inputWritten += written
      return inputWritten == command.input.count
    }

    /// Reads what is there; true at the pipe's end.
    private mutating func drain(
      _ descriptor: Int32, _ take: (inout ChildProcess, ArraySlice<UInt8>) -> Void
    ) -> Bool {
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress!, $0.count) }
        if count > 0 {
          take(&self, buffer[..<count])
        } else if count == 0 {
          return true
        } else if errno != EINTR {
          return errno != EAGAIN
        }
      }
    }

    private mutating func takeOutput(_ bytes: ArraySlice<UInt8>) {
      guard !isOverLimit else { return }
      output += bytes
      if output.count > command.outputLimit {
        isOverLimit = true
        output = []
        control.hangUp()
      }
    }

    private mutating func takeError(_ bytes: ArraySlice<UInt8>) {
      for line in lines.add(bytes) { errorLine(line) }
    }

    private func notStarted(_ doing: String, _ error: Int32) -> Outcome {
      control.hangUp()
      return Outcome(ending: .notStarted(doing: doing, errno: error), output: [], peakBytes: 0, cpu: .zero)
    }

    private static func reports(_ bytes: [UInt8]) -> [millrace_process_report] {
      let size = MemoryLayout<millrace_process_report>.size
      return stride(from: 0, through: bytes.count - size, by: size).map { place in
        unsafe bytes.withUnsafeBytes {
          unsafe $0.loadUnaligned(fromByteOffset: place, as: millrace_process_report.self)
        }
      }
    }

    private static func ending(_ reports: [millrace_process_report]) -> Outcome.Ending {
      guard let first = reports.first else { return .unknown }
      switch Int(first.kind) {
      case millrace_process_no_folder: return .notStarted(doing: "entering its folder", errno: first.value)
      case millrace_process_no_limits: return .notStarted(doing: "setting its limits", errno: first.value)
      case millrace_process_no_program: return .notStarted(doing: "executing it", errno: first.value)
      default: break
      }
      // As WIFSIGNALED, WTERMSIG and WEXITSTATUS, which are macros.
      let signal = first.value & 0x7f
      return signal == 0 ? .exit(first.value >> 8 & 0xff) : .signal(signal)
    }
  }

  private struct Pipe {
    var reading: Int32
    var writing: Int32

    struct Refused: Error {
      var number: Int32
    }

    /// So many pipes, or none.
    static func make(_ count: Int) throws(Refused) -> [Pipe] {
      var pipes: [Pipe] = []
      for _ in 0..<count {
        var pipe = Pipe(reading: -1, writing: -1)
        let error = unsafe millrace_pipe(&pipe.reading, &pipe.writing)
        guard error == 0 else {
          for pipe in pipes {
            close(pipe.reading)
            close(pipe.writing)
          }
          throw Refused(number: error)
        }
        pipes.append(pipe)
      }
      return pipes
    }
  }

  private func withCStrings<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    var pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { for place in unsafe pointers.indices { unsafe free(pointers[place]) } }
    return unsafe body(&pointers)
  }

  private func withOptionalCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let text else { return body(nil) }
    return unsafe text.withCString(body)
  }
#endif
