#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  @testable import examples

  /// The examples' one command each, and what the articles show of them.
  @Suite(.serialized) struct ExampleTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// Runs a built program at the root of the package.
    private func run(_ arguments: [String], of program: String = "examples") throws -> String {
      var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      while !FileManager.default.isExecutableFile(atPath: folder.appending(path: program).path) {
        try #require(folder.path.count > 1, "found no built \(program) above the test's executable")
        folder.deleteLastPathComponent()
      }
      let process = Process()
      process.executableURL = folder.appending(path: program)
      process.arguments = arguments
      process.currentDirectoryURL = Self.root
      process.standardInput = FileHandle.nullDevice
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(arguments): \(text)")
      return text
    }

    /// The block of an article that follows a command.
    private func shown(after command: String, in article: String) throws -> String {
      let file = Self.root.appending(path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/\(article).md")
      let text = try String(contentsOf: file, encoding: .utf8)
      let parts = text.components(separatedBy: "```bash\n\(command)\n```\n\n```text\n")
      try #require(parts.count == 2, "\(article) shows nothing for \(command)")
      return String(parts[1].prefix(upTo: try #require(parts[1].range(of: "```")).lowerBound))
    }

    private static let command = "swift run -c release --traits Workflow examples"

    // MARK: The deployment

    @Test func eachFaultIsHealed() throws {
      let output = try run(["deployment"])
      let lines = output.split(separator: "\n").filter { !$0.contains("in real time") }
      let expected = try shown(after: "\(Self.command) deployment", in: "SelfHealingDeployment").split(separator: "\n")
        .filter { !$0.contains("in real time") }
      #expect(lines == expected)
      #expect(output.components(separatedBy: "in real time").count == 3)
    }

    @Test func aRolloutIsTold() throws {
      #expect(
        try run(["deployment", "--tell"])
          == shown(after: "\(Self.command) deployment --tell", in: "SelfHealingDeployment"))
    }

    /// What is found is not by chance.
    @Test(arguments: SimulatedService.Fault.allCases)
    func otherServicesAreHealedToo(fault: SimulatedService.Fault) async throws {
      for seed in UInt64(2)...8 {
        let outcome = try await Deployment.rollOut(fault, seed: seed)
        #expect(outcome.isHealed, "\(outcome)")
      }
    }

    // MARK: Orders

    @Test func eachWayOfAnOrder() throws {
      // How many writes there are depends on which of them go together.
      func ways(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.hasPrefix("a crash ") } }
      let output = try run(["orders"])
      #expect(ways(output) == ways(try shown(after: "\(Self.command) orders", in: "OrderProcessing")))
      #expect(output.hasSuffix(" writes: shipped once, paid once, each time\n"))
    }

    @Test(arguments: OrderWay.allCases)
    func booksAreRight(way: OrderWay) async throws {
      let outcome = try await way.go()
      #expect(outcome.isRight, "\(outcome)")
      switch way {
      case .placedTwice: #expect(outcome.remarks == ["duplicate", "accepted"])
      case .noticedTwice: #expect(outcome.remarks == ["accepted", "duplicate"])
      case .forgotten: #expect(outcome.remarks == ["accepted", "late(MillraceWorkflow.RunState.completed)"])
      default: break
      }
    }

    // MARK: The months

    /// Each command of the article, in its order, on one database.
    @Test func monthsAreMerged() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-months-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let article = try String(
        contentsOf: Self.root.appending(path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/IncrementalLoad.md"),
        encoding: .utf8)
      let blocks = article.matches(of: /```bash\n((?:.|\n)*?)```\n\n```text\n((?:.|\n)*?)```/)
      #expect(blocks.count == 4)
      for block in blocks {
        var output = ""
        for line in block.1.split(separator: "\n") {
          let words = line.split(separator: " ").map(String.init)
          try #require(words[0] == "millrace")
          let isStart = ["run", "trigger"].contains(words[1])
          output = try run(
            words.dropFirst() + ["--db", folder.path + "/runs.db"] + (isStart ? ["--set", "out=" + folder.path] : []),
            of: "millrace")
        }
        #expect(output == block.2, "\(block.1)")
      }
      let quarantine = try String(contentsOf: folder.appending(path: "quarantine-2.csv"), encoding: .utf8)
      #expect(quarantine.contains("wind_speed is above 200"))
    }

    // MARK: The forecast

    @Test func monthsWithoutTheNetworkFallBack() throws {
      let result = try JSONValue(json: Data(try run(["forecast", "--json"]).utf8))
      let months = try #require(result["months"]?.elements)
      #expect(months.count == 12)
      for month in months {
        let number = try #require(month["month"]?.integer)
        // On a busy machine others may be late, too.
        if [3, 7].contains(number) { #expect(month["model"] == "logistic") }
      }
      let score = try #require(result["score"])
      let (loss, usual) = (try #require(score["loss"]?.number), try #require(score["usualLoss"]?.number))
      #expect(loss < 0.7 * usual, "\(score)")
      #expect(score["hours"]?.integer == months.reduce(0) { $0 + ($1["hours"]?.integer ?? 0) })
      #expect(score["fallbacks"]?.integer == months.count { $0["model"] == "logistic" })
    }

    @Test func kernelsGiveWhatTheModelSays() throws {
      let models = try RainModels(contentsOf: Self.root.appending(path: "Benchmarks/Data/forecast.json").path)
      let columns: [[Float]] = [[50, 80], [30, 75], [45, 90], [5, 12], [1020, 1005], [10, 2]]
      for row in 0..<2 {
        let scaled = columns.indices.map { (columns[$0][row] - models.means[$0]) / models.deviations[$0] }
        func sum(_ inputs: [Float], _ weights: [Float], _ offset: Float) -> Double {
          zip(inputs, weights).reduce(Double(offset)) { $0 + Double($1.0) * Double($1.1) }
        }
        func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
        let logistic = sigmoid(sum(scaled, models.logistic.weights, models.logistic.offset))
        let hidden = models.network.weights.indices.map {
          Float(tanh(sum(scaled, models.network.weights[$0], models.network.offsets[$0])))
        }
        let network = sigmoid(sum(hidden, models.network.outputWeights, models.network.outputOffset))
        #expect(abs(Double(models.chances(columns, by: .logistic)[row]) - logistic) < 1e-4)
        #expect(abs(Double(models.chances(columns, by: .network)[row]) - network) < 1e-4)
      }
    }
  }
#endif
