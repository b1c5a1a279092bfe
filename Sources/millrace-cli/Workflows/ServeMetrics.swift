#if Workflow
  import Foundation
  import MillraceConnectors
  import MillraceWorkflow

  /// What triggers at thresholds can watch when `millrace serve` runs them.
  enum ServeMetrics {
    /// By name; what they are, for people.
    static let meanings = [
      "runs.unfinished": "runs of the database that have not ended",
      "runs.waiting": "those that wait for an event, a time or another run",
      "runs.paused": "those that are paused",
      "runs.failed": "runs that have failed, as long as they are kept",
      "process.memory": "bytes of memory that this process occupies",
      "system.load": "processes that run or want to, over the last minute",
      "disk.free": "bytes that are free where the database is",
    ]

    static func sources(_ store: any RunStore, path: String) -> [String: @Sendable () async throws -> Double] {
      func count(_ states: Set<RunState>) -> @Sendable () async throws -> Double {
        {
          var query = RunQuery()
          query.states = states
          return Double(try await store.count(query))
        }
      }
      return [
        "runs.unfinished": count([.initiated, .running, .waiting, .paused]), "runs.waiting": count([.waiting]),
        "runs.paused": count([.paused]), "runs.failed": count([.failed]),
        "process.memory": { try field(1, of: "/proc/self/statm") * 4096 },
        "system.load": { try field(0, of: "/proc/loadavg") },
        "disk.free": {
          let folder = URL(filePath: path).deletingLastPathComponent().path
          let size = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber
          guard let size else { throw WorkflowError(.storeUnavailable, "the free space of \(folder) is not known") }
          return size.doubleValue
        },
      ]
    }

    private static func field(_ index: Int, of file: String) throws -> Double {
      let fields = try String(contentsOfFile: file, encoding: .utf8).split(separator: " ")
      guard fields.indices.contains(index), let value = Double(fields[index]) else {
        throw WorkflowError(.storeUnavailable, "\(file) is not what is expected of it")
      }
      return value
    }

    /// Triggers as `millrace serve` would run them, to be refused before it does.
    static func runner() -> TriggerRunner {
      let store = MemoryRunStore()
      var configuration = TriggerRunner.Configuration()
      let stream = MemoryEventStream()
      configuration.stream = stream
      configuration.connectOutside(store: store, stream: stream, vault: Vault())
      configuration.metrics = sources(store, path: "")
      return TriggerRunner(starter: WorkflowEngine(store: store), store: store, configuration: configuration)
    }
  }
#endif
