#if Workflow
  import CoreMetrics
  import Foundation
  import MillraceExecutor
  import MillraceObserve
  import MillraceWorkflow
  import Testing

  /// With the programs of Debian's package `prometheus`.
  struct PrometheusTests {
    private static func program(_ name: String) throws -> URL {
      let path = "/usr/bin/\(name)"
      try #require(
        FileManager.default.isExecutableFile(atPath: path), "\(path) is missing: apt-get install prometheus")
      return URL(filePath: path)
    }

    /// All metrics of the package, and one with a name and a value of somebody's own.
    private func registry() async throws -> MetricsRegistry {
      let registry = MetricsRegistry()
      for metric in MetricDescription.all {
        let dimensions = metric.labels.map { ($0, "a \"quoted\" \\ one\n\($0)") }
        switch metric.kind {
        case .counter: Counter(label: metric.name, dimensions: dimensions, factory: registry).increment()
        case .gauge: Meter(label: metric.name, dimensions: dimensions, factory: registry).set(0.5)
        case .histogram: Recorder(label: metric.name, dimensions: dimensions, factory: registry).record(0.3)
        }
      }
      let engine = Bed.engine(observers: [RunMetrics(factory: registry)])
      try await Bed.run(engine, Bed.flow("flow", Bed.task("a")))
      await engine.shutdown()
      return registry
    }

    @Test func promtoolFindsNothing() async throws {
      let promtool = Process()
      promtool.executableURL = try Self.program("promtool")
      promtool.arguments = ["check", "metrics"]
      let (input, output) = (Pipe(), Pipe())
      promtool.standardInput = input
      promtool.standardOutput = output
      promtool.standardError = output
      let text = try await registry().text()
      try promtool.run()
      try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try input.fileHandleForWriting.close()
      try output.fileHandleForWriting.close()
      let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      promtool.waitUntilExit()
      #expect(promtool.terminationStatus == 0 && said.isEmpty, "\(said)")
    }

    @Test func aRealPrometheusScrapes() async throws {
      let registry = try await registry()
      let server = try TinyServer { _ in
        TinyServer.Answer(headers: ["Content-Type": MetricsRegistry.contentType], body: registry.text())
      }
      defer { server.stop() }
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-prometheus-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try Data(
        """
        global: { scrape_interval: 2s, scrape_timeout: 2s }
        scrape_configs:
          - { job_name: millrace, static_configs: [{ targets: ["127.0.0.1:\(server.port)"] }] }

        """.utf8
      ).write(to: folder.appending(path: "prometheus.yml"))
      // A port that is free now: Prometheus does not say which it has chosen.
      let free = try TinyServer()
      free.stop()
      let prometheus = Process()
      prometheus.executableURL = try Self.program("prometheus")
      prometheus.arguments = [
        "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
        "--web.listen-address=127.0.0.1:\(free.port)",
      ]
      prometheus.standardOutput = FileHandle.nullDevice
      prometheus.standardError = FileHandle.nullDevice
      try prometheus.run()
      defer {
        prometheus.terminate()
        prometheus.waitUntilExit()
      }
      func value(_ query: String) async throws -> String? {
        var address = URLComponents(string: "http://127.0.0.1:\(free.port)/api/v1/query")!
        address.queryItems = [URLQueryItem(name: "query", value: query)]
        guard let (status, body) = await Fetch.get(address.url!), status == 200 else { return nil }
        let value = try JSONValue(json: body)
        guard case .array(let found)? = value["data"]?["result"], case .array(let pair)? = found.first?["value"],
          case .string(let text)? = pair.last
        else { return nil }
        return text
      }
      var ended: String?
      while ended == nil, prometheus.isRunning {
        ended = try await value(#"millrace_runs_ended_total{workflow="flow",state="completed"}"#)
        await Task.yield()
      }
      #expect(ended == "1")
      #expect(try await value(#"millrace_step_seconds_count{workflow="flow",step="a"}"#) == "1")
      #expect(try await value(#"count({__name__=~"millrace_.*_total"})"#) != nil)
    }
  }
#endif
