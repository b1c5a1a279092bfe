#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow

  /// Chances of rain for each month, in parallel: by the network, or by the simpler model where the network is late or fails.
  func forecasts() -> WorkflowDefinition {
    var flow = WorkflowDefinition(name: "forecast")
    flow.deadline = .seconds(3600)
    let data = flow.addParameter("data", .string, summary: "The file of hourly weather.")
    let models = flow.addParameter("models", .string, summary: "The file of the trained models.")
    let out = flow.addParameter("out", .string, summary: "The folder for what is made.")
    let slow = flow.addParameter("slow", .array(.integer), default: [], summary: "Months for which the network hangs.")
    let broken = flow.addParameter(
      "broken", .array(.integer), default: [], summary: "Months for which the network fails.")

    let clean = flow.addTask(
      "clean", kind: "csv",
      input: [
        "action": "clean", "path": "\(data)", "to": "\(out)/clean.csv",
        "select": ["month", "day", "temp", "dewp", "humid", "wind_speed", "pressure", "visib", "precip"],
        // What the models were trained with is not what they are judged by.
        "keep": [["column": "day", "min": 21]],
        "rules": .array(
          ["temp", "dewp", "humid", "wind_speed", "pressure", "visib", "precip"].map {
            ["column": .string($0), "required": true, "type": "number"]
          } + [["column": "wind_speed", "max": 200]]), "quarantine": "\(out)/quarantine.csv",
      ])
    let split = flow.addTask(
      "split", kind: "swift", input: ["function": "split", "path": "\(clean.path)", "out": "\(out)"])
    let predict = flow.addTask(
      "predict", kind: "swift",
      input: [
        "function": "network", "month": "${part.month}", "path": "${part.path}", "models": "\(models)",
        "slow": "\(slow)", "broken": "\(broken)",
      ]
    ) { task in
      task.foreach = ForeachDefinition(elements: split.expression)
      task.foreach!.variable = "part"
      task.foreach!.limit = 12
      task.foreach!.parallel = 4
      // Late is as good as never.
      task.timeout = .seconds(2)
      task.fallback = "simpler"
    }
    flow.addTask(
      "simpler", kind: "swift",
      input: [
        "function": "logistic", "month": "${event.input.month}", "path": "${event.input.path}",
        "models": "${event.input.models}",
      ])
    let score = flow.addTask(
      "score", kind: "swift", input: ["function": "score", "parts": "\(predict)", "models": "\(models)"])
    flow.outputs = ["score": "\(score)", "months": "\(predict)"]
    return flow
  }

  /// What the workflow's `swift` tasks call.
  func forecastFunctions() -> SwiftFunctions {
    SwiftFunctions([
      "split": { input, _ in try await split(input) },
      "network": { input, context in
        let month = try integer(input, "month")
        if input["slow"]?.elements?.contains(.int(month)) == true {
          // Until the attempt's time is over.
          try await TimerClock().sleep(until: TimerClock().now.advanced(by: .seconds(3600)))
        }
        if input["broken"]?.elements?.contains(.int(month)) == true {
          throw TaskFailure(code: "no model", "the network is not there")
        }
        return try predict(input, month, by: .network)
      },
      "logistic": { input, _ in try predict(input, integer(input, "month"), by: .logistic) },
      "score": { input, _ in try score(input) },
    ])
  }

  /// A file for each month. Done twice it writes the same.
  private func split(_ input: JSONValue) async throws -> JSONValue {
    let (path, out) = (try text(input, "path"), try text(input, "out"))
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    var months: [Int: [Substring]] = [:]
    for line in lines.dropFirst() { months[Int(line.prefix { $0 != "," })!, default: [lines[0]]].append(line) }
    return .array(
      try months.sorted { $0.key < $1.key }.map { month, lines in
        let file = "\(out)/month-\(month).csv"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: file), options: .atomic)
        return ["month": .int(Int64(month)), "path": .string(file)]
      })
  }

  private func predict(_ input: JSONValue, _ month: Int64, by kind: RainModels.Kind) throws -> JSONValue {
    let models = try RainModels(contentsOf: text(input, "models"))
    let partition = try Partition(contentsOf: text(input, "path"), for: models)
    let score = Score(models.chances(partition.columns, by: kind), partition.isRain)
    return [
      "month": .int(month), "model": .string(kind.rawValue), "hours": .int(Int64(score.hours)),
      "rain": .int(Int64(score.rain)), "loss": .double(score.loss), "hits": .int(Int64(score.hits)),
    ]
  }

  /// All months together, beside what one knows without a model: how often it rains.
  private func score(_ input: JSONValue) throws -> JSONValue {
    let models = try RainModels(contentsOf: text(input, "models"))
    guard let parts = input["parts"]?.elements else { throw invalid("parts") }
    var all = Score()
    for part in parts {
      var score = Score()
      (score.hours, score.rain, score.hits) = (
        Int(try integer(part, "hours")), Int(try integer(part, "rain")), Int(try integer(part, "hits"))
      )
      score.loss = part["loss"]?.number ?? 0
      all = all + score
    }
    let (hours, rain) = (Double(all.hours), Double(all.rain))
    let usual = -(rain * log(models.baseRate) + (hours - rain) * log(1 - models.baseRate)) / hours
    return [
      "hours": .int(Int64(all.hours)), "rain": .int(Int64(all.rain)), "loss": .double(all.loss / hours),
      "usualLoss": .double(usual), "hits": .double(Double(all.hits) / hours),
      "fallbacks": .int(Int64(parts.count { $0["model"]?.text == RainModels.Kind.logistic.rawValue })),
    ]
  }

  private func text(_ input: JSONValue, _ name: String) throws -> String {
    guard let text = input[name]?.text else { throw invalid(name) }
    return text
  }

  private func integer(_ input: JSONValue, _ name: String) throws -> Int64 {
    guard case .int(let number)? = input[name] else { throw invalid(name) }
    return number
  }

  private func invalid(_ name: String) -> TaskFailure {
    TaskFailure(code: "invalid input", "\(name) is not as expected", isRetryable: false)
  }
#endif
