#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  /// The kinds together, over real data: the workflow of the examples.
  @Suite struct PipelineTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    @Test func weather() async throws {
      let folder = try Folder()
      var configuration = WorkflowEngine.Configuration()
      configuration.handlers = [CSVTask(), BatchTask(), SQLTask(), ChartTask(), ReportTask()]
      let engine = WorkflowEngine(store: MemoryRunStore(), configuration: configuration)
      let definition = try DefinitionSource(contentsOf: Self.root.appending(path: "Benchmarks/Data/weather.yaml").path)
        .definition
      try engine.register(definition)
      let input: JSONValue = [
        "data": .string(Self.root.appending(path: "Benchmarks/Data/weather.csv").path), "out": .string(folder.path),
      ]
      let first = try await engine.wait(
        for: try await engine.start(StartRequest(workflow: "weather", input: input)).run)
      #expect(first.state == .completed, "\(first.reason)")
      #expect(try first.result.value() == ["report": .string(folder.file("report.html"))])
      #expect(
        folder.names == [
          "clean.csv", "features.csv", "quarantine.csv", "report.html", "temperature.svg", "weather.db",
        ])
      let report = try folder.read("report.html")
      // One temperature is missing, one wind speed is that of a jet.
      #expect(report.contains("26113 of 26115 rows were good; 2 are in quarantine."))
      #expect(report.contains("the warmest had 37.8 °C, and the humidity was 62.5 % in the mean."))
      #expect(report.components(separatedBy: "<polyline").count == 4)
      #expect(report.components(separatedBy: "<tr>").count == 38)
      #expect(try folder.read("quarantine.csv").contains("wind_speed is above 200"))
      // For those who want to look at it.
      if let target = ProcessInfo.processInfo.environment["MILLRACE_TEST_PICTURES"] {
        for name in ["temperature.svg", "report.html"] {
          try Data(folder.read(name).utf8).write(to: URL(filePath: target + "/" + name))
        }
      }
      // Another run gives the same bytes.
      let second = try await engine.wait(
        for: try await engine.start(StartRequest(workflow: "weather", input: input)).run)
      #expect(second.state == .completed)
      #expect(try folder.read("report.html") == report)
      await engine.shutdown()
    }
  }
#endif
