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
    let output = Place(Data())
    func run() -> rusage {
      let process = Process()
      process.executableURL = program
      process.arguments = ["analyze", file.path, "--json", "--workers", "\(options.workers)"]
      let pipe = Pipe()
      process.standardOutput = pipe
      do { try process.run() } catch { fail("\(program.path) cannot be run: \(error)") }
      output.value = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      var usage = rusage()
      getrusage(Int32(RUSAGE_CHILDREN.rawValue), &usage)
      return usage
    }
    func cpu(_ usage: rusage) -> Int {
      (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1_000
    }
    let memory = Place(0)
    return Plan(
      operations: size,
      measure: {
        let before = cpu(run())
        var last = rusage()
        let start = nanoseconds(CLOCK_MONOTONIC)
        var repetitions = 0
        repeat {
          last = run()
          repetitions += 1
        } while nanoseconds(CLOCK_MONOTONIC) - start < 200_000_000
        var measured = Measured()
        measured.wall = (nanoseconds(CLOCK_MONOTONIC) - start) / repetitions
        measured.cpu = (cpu(last) - before) / repetitions
        measured.figures["throughput"] = Double(size) / Double(measured.wall)
        memory.value = last.ru_maxrss * 1024
        return measured
      },
      verify: { isRight(output.value, tables.appendingPathComponent(options.variant + ".json")) },
      memory: { memory.value })
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
