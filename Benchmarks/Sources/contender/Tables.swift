import Foundation

extension Workload {
  /// The whole command `millrace analyze`, from its start to its end; an operation is a byte of the file. The files are made by `Peers/build --only duckdb`.
  static func analyze(_ options: Options) -> Plan? {
    let tables = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../.build-peers/tables").standardizedFileURL
    let file = tables.appendingPathComponent(options.variant + ".csv")
    guard let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize else { return nil }
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("millrace")
    let last = Place<(output: Data, usage: rusage)>((Data(), rusage()))
    func run() {
      last.value = finished(
        program.path, ["analyze", file.path, "--json", "--workers", "\(options.workers)"])
    }
    return Plan(
      operations: size,
      measure: {
        run()
        var measured = Measured()
        let start = nanoseconds(CLOCK_MONOTONIC)
        var repetitions = 0
        repeat {
          run()
          let usage = last.value.usage
          measured.cpu +=
            (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
            + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1_000
          repetitions += 1
        } while nanoseconds(CLOCK_MONOTONIC) - start < 200_000_000
        measured.wall = (nanoseconds(CLOCK_MONOTONIC) - start) / repetitions
        measured.cpu /= repetitions
        measured.figures["throughput"] = Double(size) / Double(measured.wall)
        return measured
      },
      verify: { isRight(last.value.output, tables.appendingPathComponent(options.variant + ".json")) },
      memory: { last.value.usage.ru_maxrss * 1024 })
  }

  /// Runs a program to its end. Foundation's `Process` takes fifty milliseconds to see that one has ended.
  private static func finished(_ program: String, _ arguments: [String]) -> (output: Data, usage: rusage) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { fail("no pipe: \(String(cString: strerror(errno)))") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addclose(&actions, ends[1])
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var process = pid_t()
    let error = posix_spawn(&process, program, &actions, nil, &words, environ)
    guard error == 0 else { fail("\(program) cannot be run: \(String(cString: strerror(error)))") }
    posix_spawn_file_actions_destroy(&actions)
    for word in words { free(word) }
    close(ends[1])
    let output = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readDataToEndOfFile()
    var status: Int32 = 0
    var usage = rusage()
    wait4(process, &status, 0, &usage)
    guard status == 0 else { fail("\(program) \(arguments.joined(separator: " ")) ended with status \(status)") }
    return (output, usage)
  }

  /// Whether the command says what numpy says, to a relative 1e-9: of columns of numbers, which is what peers are asked for.
  private static func isRight(_ output: Data, _ reference: URL) -> Bool {
    struct Answer: Decodable {
      struct Column: Decodable, Equatable {
        var name: String
        var type: String
        var count: Int
        var missing: Int
        var mean, stddev, min, max, p50, p95, p99: Double?

        var figures: [Double] { [mean, stddev, min, max, p50, p95, p99].map { $0 ?? .nan } }
      }
      var rows: Int
      var columns: [Column]
    }
    guard let found = try? JSONDecoder().decode(Answer.self, from: output),
      let data = try? Data(contentsOf: reference), let expected = try? JSONDecoder().decode(Answer.self, from: data),
      found.rows == expected.rows, found.columns.count == expected.columns.count
    else { return false }
    return zip(found.columns, expected.columns).allSatisfy { a, b in
      (a.name, a.type, a.count, a.missing) == (b.name, b.type, b.count, b.missing)
        && (a.type != "number"
          || zip(a.figures, b.figures).allSatisfy { abs($0 - $1) <= 1e-9 * Swift.max(abs($0), abs($1)) + 1e-300 })
    }
  }
}
