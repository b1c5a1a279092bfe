#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceTasks
  import MillraceWorkflow

  struct Forecast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A small network on SIMD kernels, month by month, and a simpler model where it is late or fails.",
      discussion: """
        Predicts rain at three airports for hours that the models were not trained with. For two of the months the network hangs or fails: they are \
        predicted by the logistic regression.
        """)

    @Option(help: "The folder with weather.csv and forecast.json.", completion: .directory)
    var data = "Benchmarks/Data"

    @Option(help: ArgumentHelp("A month for which the network hangs; may be given several times.", valueName: "month"))
    var slow: [Int] = [3]

    @Option(help: ArgumentHelp("A month for which the network fails; may be given several times.", valueName: "month"))
    var broken: [Int] = [7]

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      let out = FileManager.default.temporaryDirectory.appending(path: "millrace-forecast-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: out) }
      var configuration = WorkflowEngine.Configuration()
      configuration.handlers = [CSVTask(), forecastFunctions()]
      let engine = WorkflowEngine(store: MemoryRunStore(), configuration: configuration)
      try engine.register(forecasts())
      try await engine.resumeRuns()
      let input: JSONValue = [
        "data": .string(data + "/weather.csv"), "models": .string(data + "/forecast.json"), "out": .string(out.path),
        "slow": .array(slow.map { .int(Int64($0)) }), "broken": .array(broken.map { .int(Int64($0)) }),
      ]
      let run = try await engine.start(StartRequest(workflow: "forecast", input: input)).run
      let record = try await engine.wait(for: run)
      await engine.shutdown()
      guard record.state == .completed else { throw ValidationError(record.reason) }
      let result = try record.result.value()
      if json { return print(result) }
      guard let months = result["months"]?.elements, let score = result["score"] else { return }
      func figure(_ value: JSONValue?, _ format: String) -> String { String(format: format, value?.number ?? .nan) }
      print(
        table(
          [["month", "model", "hours", "of rain", "loss"]]
            + months.map { month in
              let loss = (month["loss"]?.number ?? .nan) / (month["hours"]?.number ?? .nan)
              return [
                figure(month["month"], "%.0f"), month["model"]?.text ?? "", figure(month["hours"], "%.0f"),
                figure(month["rain"], "%.0f"), String(format: "%.4f", loss),
              ]
            }))
      print(
        "\(figure(score["hours"], "%.0f")) hours: loss \(figure(score["loss"], "%.4f")), \(figure(score["usualLoss"], "%.4f")) without a model; "
          + "\(figure(score["fallbacks"], "%.0f")) months by the simpler one")
    }
  }
#endif
