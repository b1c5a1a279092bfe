extension Workload {
  static let workflowPeers: Set<String> = ["dbos", "temporal", "prefect", "luigi"]

  var isWorkflow: Bool { name.hasPrefix("workflow-") }

  var isChosenBySize: Bool {
    Self.kernelNames.contains(name) || ["workflow-throughput", "workflow-store"].contains(name)
  }

  /// Cases are what a run survives. Peers are as durable as they are by default: `powerLoss` (Luigi's files and Temporal's development server, which keeps all in memory: see the README).
  static let workflows: [Workload] = {
    let transitions = ["memory", "processCrash", "powerLoss"].map { durability in
      Workload(
        name: "workflow-transition", variant: durability, contenders: ["millrace", "millrace-graph"],
        peers: durability == "powerLoss" ? workflowPeers : [], smallSize: 0)
    }
    let loads = ["memory", "processCrash", "powerLoss"].flatMap { durability in
      [1, 10].flatMap { steps in
        [1, 10, 100, 1_000, 10_000].map { runs in
          // Others take minutes for a thousand runs of ten steps.
          let peers: Set<String> =
            switch (durability, steps, runs) {
            case ("powerLoss", _, 1), ("powerLoss", 1, 1_000): workflowPeers
            case ("powerLoss", 10, 1_000): ["dbos"]
            default: []
            }
          return Workload(
            name: "workflow-throughput", variant: "\(durability)-\(steps)", contenders: ["millrace"], peers: peers,
            size: runs, smallSize: min(runs, 20))
        }
      }
    }
    let recoveries = ["processCrash", "powerLoss"].map {
      Workload(
        name: "workflow-recover", variant: $0, contenders: ["millrace"], peers: [], size: 10_000, smallSize: 100)
    }
    let idle = [("live", 10_000), ("sleeping", 100_000)].flatMap { kind, runs in
      ["memory", "processCrash"].map {
        Workload(
          name: "workflow-idle", variant: "\(kind)-\($0)", contenders: ["millrace"], peers: [], size: runs,
          smallSize: 100)
      }
    }
    let stores = ["memory", "processCrash", "powerLoss"].flatMap { durability in
      [1, 10, 100, 1_000].map {
        Workload(
          name: "workflow-store", variant: durability, contenders: ["millrace"], peers: [], size: $0,
          smallSize: min($0, 10))
      }
    }
    return transitions + loads + stores + recoveries + idle
  }()
}
