#if Workflow
  import Foundation
  import MillraceExecutor
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing
  import Tracing

  @testable import MillraceObserve

  struct SpanTests {
    /// Runs a workflow whose step does a part of its own, in two ways; the first attempt fails.
    private func traced(
      _ tracer: RunTraces, _ own: MillraceTracer, traceparent: String? = nil
    ) async throws -> (record: RunRecord, traceparents: [String]) {
      let attempts = Mutex<[String]>([])
      let engine = Bed.engine(
        observers: [],
        [
          "bake": { input, context in
            let isFirst = attempts.withLock { seen in
              seen.append(context.traceparent ?? "")
              return seen.count == 1
            }
            if isFirst { throw TaskFailure(code: "cold", "as asked") }
            context.withSpan("batch knead", ["loaves": 3]) {}
            await own.withSpan("batch proof") { _ in
              await context.withSpan("rise") { await Task.yield() }
            }
            return input
          }
        ]
      ) { $0.tracer = tracer }
      let flow = Bed.flow(
        "bread", Bed.task("bake", "bake") { $0.retry.attempts = 3 }, Bed.task("cool", needs: ["bake"]))
      try engine.register(flow)
      var request = StartRequest(workflow: "bread")
      request.traceparent = traceparent
      let record = try await engine.wait(for: try await engine.start(request).run)
      await engine.shutdown()
      return (record, attempts.withLock(\.self))
    }

    @Test func oneTreeFromRunToBatch() async throws {
      let recording = SpanRecording()
      let (record, traceparents) = try await traced(RunTraces(recording), MillraceTracer(recording))
      #expect(record.state == .completed)
      let spans = recording.spans
      func one(_ name: String) throws -> FinishedSpan {
        let found = spans.filter { $0.name == name }
        #expect(found.count == 1, "\(name): \(spans.map(\.name))")
        return try #require(found.first)
      }
      let run = try one("bread")
      let step = try one("bake")
      let (first, second) = (try one("bake attempt 1"), try one("bake attempt 2"))
      let (knead, proof, rise) = (try one("batch knead"), try one("batch proof"), try one("rise"))
      #expect(spans.count == 9)
      #expect(run.parent == nil && step.parent == run.context.span)
      #expect(first.parent == step.context.span && second.parent == step.context.span)
      #expect(knead.parent == second.context.span && proof.parent == second.context.span)
      #expect(rise.parent == proof.context.span)
      #expect(Set(spans.map(\.context.span)).count == spans.count)
      #expect(spans.allSatisfy { $0.context.high == record.id.high && $0.context.low == record.id.low })
      #expect(first.status == .error("cold: as asked") && second.status == .ok && run.status == .ok)
      // What the tasks were told is where they are, and what is stored is where the run is.
      #expect(traceparents == ["\(first.context)", "\(second.context)"])
      #expect(record.traceparent == "\(run.context)")
      // Each lies within its parent, as far as one clock has measured both.
      for (inner, outer) in [(knead, second), (proof, second), (rise, proof)] {
        #expect(outer.start <= inner.start && inner.end <= outer.end)
      }
    }

    @Test func aRunJoinsTheTraceThatItWasStartedUnder() async throws {
      let recording = SpanRecording()
      let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let (record, _) = try await traced(RunTraces(recording), MillraceTracer(recording), traceparent: given)
      #expect(record.traceparent == given)
      let run = try #require(recording.spans.first { $0.name == "bread" })
      #expect(run.parent == 0x00f0_67aa_0ba9_02b7)
      #expect(recording.spans.allSatisfy { $0.context.high == 0x4bf9_2f35_77b3_4da6 })
      // And one that nobody keeps, is not kept.
      let none = SpanRecording()
      let (quiet, traceparents) = try await traced(
        RunTraces(none), MillraceTracer(none), traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
      #expect(quiet.state == .completed && none.spans.isEmpty)
      #expect(traceparents.allSatisfy { $0.hasSuffix("-00") && $0.contains("4bf92f3577b34da6a3ce929d0e0e4736") })
    }

    // MARK: Sampling

    /// Of each run that was started, its record; and what was kept.
    private func sampled(_ sampling: TraceSampling, runs: Int) async throws -> ([RunRecord], [FinishedSpan]) {
      let recording = SpanRecording()
      let flows = [
        Bed.flow("good", Bed.task("a")), Bed.flow("bad", Bed.task("a"), Bed.task("b", "fail", needs: ["a"])),
      ]
      let engine = Bed.engine { $0.tracer = RunTraces(recording, sampling: sampling) }
      var records: [RunRecord] = []
      for number in 0..<runs { records.append(try await Bed.run(engine, flows[number % 2])) }
      await engine.shutdown()
      return (records, recording.spans)
    }

    @Test func someRunsAreKeptAsTheirIdsSay() async throws {
      var sampling = TraceSampling()
      sampling.ratio = 0.5
      let (records, spans) = try await sampled(sampling, runs: 40)
      for record in records {
        // Of 56 random bits, the upper half.
        let isKept = record.id.low & 0x0080_0000_0000_0000 != 0
        #expect(record.traceparent?.hasSuffix(isKept ? "-01" : "-00") == true)
        let own = spans.filter { $0.context.low == record.id.low }
        #expect(own.count == (isKept ? record.workflow == "good" ? 3 : own.count : 0))
        #expect(own.contains { $0.name == record.workflow } == isKept)
      }
      for (ratio, suffix) in [(0.0, "-00"), (1.0, "-01")] {
        sampling.ratio = ratio
        let (records, spans) = try await sampled(sampling, runs: 2)
        #expect(records.allSatisfy { $0.traceparent?.hasSuffix(suffix) == true })
        #expect(spans.isEmpty == (ratio == 0))
      }
    }

    @Test func runsThatFailAreKeptAsAWhole() async throws {
      var sampling = TraceSampling()
      (sampling.ratio, sampling.keepsFailures) = (0, true)
      let (records, spans) = try await sampled(sampling, runs: 4)
      for record in records {
        let own = spans.filter { $0.context.low == record.id.low }
        guard record.state == .failed else {
          #expect(own.isEmpty)
          continue
        }
        #expect(own.last?.name == "bad" && own.last?.status != .ok)
        #expect(own.contains { $0.name == "a attempt 1" && $0.status == .ok } && own.contains { $0.name == "b" })
        // Whom it has called was told that nobody keeps it.
        #expect(own.allSatisfy { !$0.context.isSampled })
      }
      #expect(spans.count > 0)
    }

    @Test func whatIsHeldIsBounded() {
      let recording = SpanRecording()
      let held = HeldSpans(recording, limit: 100)
      func place(_ trace: UInt64, _ span: UInt64) -> TraceContext {
        TraceContext(high: 0, low: trace, span: span, isSampled: false)
      }
      func add(_ place: TraceContext) { held.add(FinishedSpan("s", place, parent: nil, start: 1, end: 2)) }
      for trace in 1...1000 as ClosedRange<UInt64> {
        add(place(trace, 1))
        add(place(trace, 2))
        #expect(held.count <= 100)
      }
      held.failed(place(1, 1))
      #expect(recording.spans.isEmpty)
      held.failed(place(1000, 1))
      #expect(recording.spans.map(\.context.span) == [1, 2])
      // From then on nothing waits.
      add(place(1000, 3))
      #expect(recording.spans.count == 3)
      held.ended(place(1000, 1))
      add(place(1000, 4))
      #expect(recording.spans.count == 3)
      // As many as fail are remembered, and no more than that.
      for trace in 2000...4000 as ClosedRange<UInt64> { held.failed(place(trace, 1)) }
      #expect(held.size <= 100)
    }

    // MARK: Trees

    @Test func aPartStandsUnderItsParent() async throws {
      let recording = SpanRecording()
      let engine = Bed.engine { $0.tracer = RunTraces(recording) }
      try engine.register(Bed.flow("part", Bed.task("a")))
      let whole = Bed.flow("whole") {
        $0.addTask("part", kind: "workflow", input: ["workflow": "part"])
      }
      #expect(try await Bed.run(engine, whole).state == .completed)
      await engine.shutdown()
      let outer = try #require(recording.spans.first { $0.name == "whole" })
      let inner = try #require(
        recording.spans.first { $0.name == "part" && $0.attributes.contains { $0.key == "millrace.parent" } })
      #expect(inner.parent == outer.context.span && inner.context.high == outer.context.high)
      #expect(outer.parent == nil)
    }

    @Test func spansOfAnotherProcessFitIn() async throws {
      let store = MemoryRunStore()
      let gate = Gate()
      let (first, second) = (SpanRecording(), SpanRecording())
      let flow = Bed.flow("flow", Bed.task("a"), Bed.task("b", "hold", needs: ["a"]))
      func engine(_ recording: SpanRecording, _ hold: @escaping SwiftFunctions.Function) -> WorkflowEngine {
        Bed.engine(store, ["hold": hold]) { $0.tracer = RunTraces(recording) }
      }
      let one = engine(first) { _, _ in
        gate.open()
        return try await Bed.hang()
      }
      try one.register(flow)
      let run = try await one.start(StartRequest(workflow: "flow")).run
      await gate.wait()
      await one.shutdown(grace: .zero)
      let two = engine(second) { input, _ in input }
      try two.register(flow)
      try await two.resumeRuns()
      try await two.wait(for: run)
      await two.shutdown()
      let whole = try #require(second.spans.first { $0.name == "flow" })
      let early = try #require(first.spans.first { $0.name == "a" })
      #expect(early.parent == whole.context.span && early.context.high == whole.context.high)
      let late = try #require(second.spans.first { $0.name == "b" })
      #expect(second.spans.first { $0.name.hasPrefix("b attempt") }?.parent == late.context.span)
    }

    @Test(arguments: [
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
      ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", true),
      ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", false),
      ("00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
      ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false), ("00-1", false), ("", false),
    ])
    func traceparentsAreRead(_ text: String, _ isOne: Bool) {
      let context = TraceContext(text)
      #expect((context != nil) == isOne)
      if let context, text.hasPrefix("00") { #expect("\(context)" == text) }
    }

    @Test func contextsGoOutAndComeIn() throws {
      struct Headers: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
      }
      let recording = SpanRecording()
      let tracer = MillraceTracer(recording)
      var headers: [String: String] = [:]
      tracer.withSpan("client", ofKind: .client) { tracer.inject($0.context, into: &headers, using: Headers()) }
      var context = ServiceContext.topLevel
      tracer.extract(headers, into: &context, using: Headers())
      tracer.withSpan("server", context: context, ofKind: .server) { _ in }
      let (client, server) = (recording.spans[0], recording.spans[1])
      #expect(headers == ["traceparent": "\(client.context)"])
      #expect(server.parent == client.context.span && server.context.low == client.context.low)
    }

    @Test func recordingsAreBounded() {
      let recording = SpanRecording(limit: 10)
      let tracer = MillraceTracer(recording)
      for number in 0..<25 { tracer.withSpan("\(number)") { _ in } }
      #expect(recording.spans.count <= 10 && recording.spans.count + recording.lost == 25)
      #expect(recording.spans.last?.name == "24")
    }

    @Test func chromeTraceJoinsRunsAndWorkers() async throws {
      let recording = SpanRecording()
      let executor = WorkStealingExecutor()
      let begun = SystemWallClock().now
      let session = executor.startProfile()
      let engine = Bed.engine {
        $0.tracer = RunTraces(recording)
        $0.executor = executor
      }
      let flow = Bed.flow("flow", Bed.task("each") { $0.foreach = ForeachDefinition(elements: "[1, 2, 3, 4]") })
      try await Bed.run(engine, flow)
      await engine.shutdown()
      let trace = ChromeTrace(ProfileTimeline(session.stop()), spans: recording.spans, begun: begun)
      await executor.shutdown()
      let read = try #require(try JSONSerialization.jsonObject(with: Data(trace.json.utf8)) as? [String: Any])
      let events = try #require(read["traceEvents"] as? [[String: Any]])
      #expect(events.contains { $0["pid"] as? Int == 1 && $0["ph"] as? String == "X" })
      let own = events.filter { $0["pid"] as? Int == 2 && $0["ph"] as? String == "X" }
      #expect(own.count == recording.spans.count)
      // In a track, each lies within the one before, or after it.
      for (_, track) in Dictionary(grouping: own, by: { $0["tid"] as! Int }) {
        var open: [Double] = []
        for event in track {
          let (start, length) = (event["ts"] as! Double, event["dur"] as! Double)
          while let end = open.last, end <= start + 1e-3 { open.removeLast() }
          if let end = open.last { #expect(start + length <= end + 1e-3) }
          open.append(start + length)
        }
      }
    }

    // MARK: Exporting

    private func exported(
      _ server: TinyServer, change: (inout SpanExporter.Configuration) -> Void = { _ in },
      _ body: (SpanExporter) async throws -> Void
    ) async throws -> SpanExporter.Counts {
      var configuration = SpanExporter.Configuration()
      configuration.pause = .milliseconds(1)
      change(&configuration)
      let exporter = SpanExporter(to: server.url, configuration: configuration)
      try await body(exporter)
      await exporter.shutdown(within: .seconds(120))
      return exporter.counts
    }

    @Test func aCollectorReadsTheTree() async throws {
      let server = try TinyServer { _ in TinyServer.Answer(body: "{}") }
      defer { server.stop() }
      let counts = try await exported(server) {
        $0.resource = ["host.name": "oven"]
        $0.headers = ["X-Key": "1"]
      } _: { exporter in
        _ = try await traced(RunTraces(exporter), MillraceTracer(exporter))
      }
      #expect(counts.exported == 9 && counts.dropped == 0 && counts.buffered == 0)
      var spans: [OTLPReader.Span] = []
      for request in server.requests {
        #expect(request.method == "POST" && request.path == "/v1/traces")
        #expect(request.headers["content-type"] == "application/json" && request.headers["x-key"] == "1")
        let read = try OTLPReader(request.body)
        #expect(read.resource == ["service.name": "millrace", "host.name": "oven"])
        spans += read.spans
      }
      let byID = Dictionary(uniqueKeysWithValues: spans.map { ($0.id, $0) })
      func path(_ name: String) throws -> [String] {
        var names: [String] = []
        var span = spans.first { $0.name == name }
        while let found = span {
          names.append(found.name)
          span = found.parent.flatMap { byID[$0] }
        }
        return names.reversed()
      }
      #expect(try path("batch knead") == ["bread", "bake", "bake attempt 2", "batch knead"])
      #expect(try path("rise") == ["bread", "bake", "bake attempt 2", "batch proof", "rise"])
      #expect(byID.values.first { $0.name == "batch knead" }?.attributes["loaves"] == 3)
      let failed = try #require(spans.first { $0.name == "bake attempt 1" })
      #expect(failed.status == 2 && failed.message == "cold: as asked" && failed.attributes["millrace.attempt"] == 1)
      #expect(Set(spans.map(\.trace)).count == 1)
    }

    @Test func everyFormOfAttributeIsMapped() async throws {
      let server = try TinyServer()
      defer { server.stop() }
      let secret = Secret("hunter2hunter2")
      let redactor = Redactor()
      redactor.learn(secret)
      _ = try await exported(server) {
        $0.redactor = redactor
      } _: { exporter in
        let tracer = MillraceTracer(exporter)
        tracer.withSpan("all \"forms\"\n", ofKind: .producer) { span in
          span.attributes["int32"] = SpanAttribute.int32(-1)
          span.attributes["int64"] = SpanAttribute.int64(.max)
          span.attributes["double"] = 0.5
          span.attributes["none"] = Double.nan
          span.attributes["bool"] = true
          span.attributes["text"] = "hunter2hunter2 in clear"
          span.attributes["ints"] = SpanAttribute.int64Array([1, -2])
          span.attributes["doubles"] = SpanAttribute.doubleArray([1.5, .infinity])
          span.attributes["bools"] = SpanAttribute.boolArray([true])
          span.attributes["texts"] = SpanAttribute.stringArray(["a", "hunter2hunter2"])
          span.attributes["empty"] = SpanAttribute.stringArray([])
          span.addEvent("halfway")
          span.recordError(TaskFailure(code: "hunter2hunter2", "x"))
          span.setStatus(SpanStatus(code: .error, message: "hunter2hunter2"))
          tracer.withSpan("linked") { $0.addLink(span) }
        }
      }
      let bodies = server.requests.map(\.body)
      #expect(bodies.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("hunter2") })
      let spans = try bodies.flatMap { try OTLPReader($0).spans }
      let span = try #require(spans.first { $0.name == "all \"forms\"\n" })
      #expect(span.attributes["int32"] == -1 && span.attributes["int64"] == .int(.max))
      #expect(span.attributes["none"] == "NaN" && span.attributes["bool"] == true)
      #expect(span.attributes["ints"] == [1, -2] && span.attributes["doubles"] == [1.5, "Infinity"])
      #expect(span.attributes["empty"] == [] && span.events == ["halfway", "exception"] && span.status == 2)
      #expect(spans.first { $0.name == "linked" }?.links == 1)
    }

    @Test func aBatchIsSentAgain() async throws {
      let count = Mutex(0)
      let server = try TinyServer { _ in
        let number = count.withLock { count in
          count += 1
          return count
        }
        return number == 1 ? TinyServer.Answer(status: 503) : number == 2 ? TinyServer.Answer(status: 429) : .init()
      }
      defer { server.stop() }
      let counts = try await exported(server) { MillraceTracer($0).withSpan("a") { _ in } }
      #expect(counts.exported == 1 && counts.dropped == 0 && server.requests.count == 3)
    }

    @Test func whatIsRefusedIsCounted() async throws {
      let partial = try TinyServer { _ in
        TinyServer.Answer(body: #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#)
      }
      defer { partial.stop() }
      let reports = Mutex<[String]>([])
      let counts = try await exported(partial) { configuration in
        configuration.report = { report in reports.withLock { $0.append(report) } }
      } _: { exporter in
        let tracer = MillraceTracer(exporter)
        for number in 0..<5 { tracer.withSpan("\(number)") { _ in } }
      }
      #expect(counts.exported + counts.dropped == 5 && counts.dropped >= 2)
      let registry = MetricsRegistry()
      let gauges = EngineMetrics(factory: registry)
      for _ in 0..<2 { gauges.record(counts) }
      let readings = try Readings(registry.text())
      #expect(readings["millrace_spans_exported_total"] == Double(counts.exported))
      #expect(readings["millrace_spans_dropped_total"] == Double(counts.dropped))
      #expect(reports.withLock { $0.first }?.contains("too old") == true)
      let deaf = try TinyServer { _ in TinyServer.Answer(status: 400) }
      defer { deaf.stop() }
      let none = try await exported(deaf) { MillraceTracer($0).withSpan("a") { _ in } }
      #expect(none.exported == 0 && none.dropped == 1 && deaf.requests.count == 1)
    }

    @Test func theBufferIsBounded() async throws {
      let gate = DispatchSemaphore(value: 0)
      let server = try TinyServer { _ in
        gate.wait()
        return TinyServer.Answer()
      }
      defer { server.stop() }
      let counts = try await exported(server) {
        ($0.batchLimit, $0.bufferLimit) = (2, 5)
      } _: { exporter in
        let tracer = MillraceTracer(exporter)
        for number in 0..<20 { tracer.withSpan("\(number)") { _ in } }
        #expect(exporter.counts.buffered <= 5)
        #expect(exporter.counts.dropped >= 20 - 5 - 2)
        for _ in 0..<10 { gate.signal() }
      }
      #expect(counts.exported + counts.dropped == 20 && counts.exported >= 5)
    }

    @Test func aSilentCollectorDoesNotHoldUpTheEnd() async throws {
      // A port where nobody listens any more.
      let server = try TinyServer()
      server.stop()
      var configuration = SpanExporter.Configuration()
      configuration.pause = .seconds(3600)
      let exporter = SpanExporter(to: server.url, configuration: configuration)
      MillraceTracer(exporter).withSpan("a") { _ in }
      await exporter.shutdown(within: .milliseconds(10))
      #expect(exporter.counts.exported == 0 && exporter.counts.dropped == 1)
    }
  }
#endif
