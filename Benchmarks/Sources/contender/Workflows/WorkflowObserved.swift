import Foundation
import MillraceObserve
import MillraceWorkflow

/// Who watches an engine.
enum Watching: CaseIterable {
  case nothing, metrics, spans

  func set(_ configuration: inout WorkflowEngine.Configuration) {
    switch self {
    case .nothing: break
    case .metrics: configuration.observers = [RunMetrics(factory: MetricsRegistry())]
    case .spans: configuration.tracer = RunTraces(SpanRecording())
    }
  }
}

/// `workflow-throughput` of ten steps, with nobody who watches, with metrics, and with spans, in turn: what watching costs. An operation is a run; cases are durabilities.
func workflowObserved(_ options: Options) -> Plan? {
  guard let durability = Durability(rawValue: options.variant),
    ["millrace", "millrace-graph"].contains(options.contender)
  else { return nil }
  let load = WorkflowLoad(
    options: options, durability: durability, isTransition: false, steps: Stop.stepCount, places: max(1, options.size))
  let rounds = 21
  let ended = Place((measured: Measured(), runs: 0))
  awaitHere {
    var rates: [Watching: [Double]] = [:]
    var cpu: [Watching: [Double]] = [:]
    var measured = Measured()
    for round in 0..<rounds {
      for place in 0..<3 {
        // Each as often first as the others.
        let watching = Watching.allCases[(round + place) % 3]
        let turn = await load.engineTurn(round * 3 + place, watching: watching, length: WorkflowLoad.turnLength / 2)
        rates[watching, default: []].append(Double(turn.runs) / Double(turn.wall) * 1e9)
        cpu[watching, default: []].append(Double(turn.cpu) / Double(turn.runs))
        guard watching == .nothing else { continue }
        ended.value.runs += turn.runs
        measured.wall += turn.wall
        measured.cpu += turn.cpu
        measured.latencies += turn.latencies
      }
    }
    costs(&measured, rates, cpu)
    ended.value.measured = measured
  }
  WorkflowFolder.remove()
  return Plan(
    operations: ended.value.runs, measure: { ended.value.measured }, verify: { ended.value.runs > 0 })
}

/// Medians over rounds: of what the rate loses, and of what the processors have to do more for a run, which other programs on the machine change less.
private func costs(_ measured: inout Measured, _ rates: [Watching: [Double]], _ cpu: [Watching: [Double]]) {
  func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
  for (watching, name) in [(Watching.metrics, "metrics"), (.spans, "spans")] {
    measured.figures["\(name)_cost"] = median(zip(rates[.nothing]!, rates[watching]!).map { $0 / $1 - 1 })
    measured.figures["\(name)_cpu_cost"] = median(zip(cpu[watching]!, cpu[.nothing]!).map { $0 / $1 - 1 })
  }
  measured.figures["rate"] = median(rates[.nothing]!)
}
