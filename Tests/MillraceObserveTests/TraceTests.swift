import Foundation
import MillraceExecutor
import MillraceObserve
import Testing

/// A trace read back, and what must hold of any.
struct ReadTrace {
  let events: [[String: Any]]
  private let document: [String: Any]

  /// What `Tests/Fixtures/Trace/trace.schema.json` finds wrong.
  func shapeComplaints() throws -> [String] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let schema = try Data(contentsOf: tests.appending(path: "Fixtures/Trace/trace.schema.json"))
    return try JSONSchema(schema).complaints(document)
  }

  init(_ text: String) throws {
    document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    events = try #require(document["traceEvents"] as? [[String: Any]])
  }

  func of(_ phase: String) -> [[String: Any]] { events.filter { $0["ph"] as? String == phase } }

  /// In nanoseconds.
  static func time(_ event: [String: Any], _ key: String = "ts") -> Int {
    Int((((event[key] as? NSNumber)?.doubleValue ?? -1) * 1000).rounded())
  }

  func complaints() -> [String] {
    var complaints: [String] = []
    var last: [Int: Int] = [:]
    var open: [Int: [(start: Int, end: Int)]] = [:]
    var arrows: [Int: [String]] = [:]
    for event in events where event["ph"] as? String != "M" {
      let (track, time) = (event["tid"] as! Int, Self.time(event))
      if time < last[track] ?? 0 { complaints.append("track \(track): \(time) after \(last[track]!)") }
      last[track] = time
      open[track, default: []].removeAll { $0.end < time || ($0.end == time && $0.start < time) }
      switch event["ph"] as! String {
      case "X":
        let end = time + Self.time(event, "dur")
        if end < time { complaints.append("negative length at \(time)") }
        if let outer = open[track]!.last, outer.end < end {
          complaints.append("track \(track): \(time)-\(end) leaves \(outer)")
        }
        open[track]!.append((time, end))
      case "s", "f":
        arrows[event["id"] as! Int, default: []].append(event["ph"] as! String)
        if open[track]!.isEmpty { complaints.append("an arrow at \(time) on track \(track) is in no slice") }
      default: break
      }
    }
    let named = of("M").filter { $0["name"] as? String == "thread_name" }.map { $0["tid"] as! Int }
    if Set(named).count < named.count { complaints.append("a track has two names") }
    complaints += Set(last.keys).subtracting(named).sorted().map { "track \($0) has no name" }
    for (id, ends) in arrows where ends.sorted() != ["f", "s"] { complaints.append("arrow \(id) has ends \(ends)") }
    return complaints
  }
}

@Suite struct TraceTests {
  @Test func sampleIsWhole() throws {
    let trace = try ReadTrace(ChromeTrace(Sample.timeline).json)
    #expect(trace.complaints() == [])
    #expect(try trace.shapeComplaints() == [])
    #expect(trace.of("X").count == 6 + 2 * 2)
    #expect(trace.of("s").count == 3 && trace.of("f").count == 3)
    #expect(trace.of("i").map { $0["name"] as! String }.sorted() == ["parked", "parked", "timer"])
    let names = trace.of("M").filter { $0["name"] as? String == "thread_name" }.map {
      ($0["args"] as! [String: Any])["name"] as! String
    }
    #expect(names == ["worker 0", "worker 1", "outside"])
    let load = try #require(trace.of("X").first { $0["name"] as? String == "load" })
    #expect(ReadTrace.time(load) == 2000 && ReadTrace.time(load, "dur") == 9000)
  }

  @Test func brokenTracesAreFound() throws {
    func complaints(_ events: String) throws -> Int {
      let names = [1, 2].map { #"{"ph":"M","name":"thread_name","tid":\#($0)}"# }.joined(separator: ",")
      return try ReadTrace("{\"traceEvents\":[\(names),\(events)]}").complaints().count
    }
    #expect(try complaints(#"{"ph":"i","tid":1,"ts":2}"#) == 0)
    #expect(try complaints(#"{"ph":"i","tid":3,"ts":2}"#) == 1)
    #expect(try complaints(#"{"ph":"M","name":"thread_name","tid":1}"#) == 1)
    #expect(try complaints(#"{"ph":"i","tid":1,"ts":2},{"ph":"i","tid":1,"ts":1}"#) == 1)
    #expect(try complaints(#"{"ph":"X","tid":1,"ts":1,"dur":2},{"ph":"X","tid":1,"ts":2,"dur":2}"#) == 1)
    #expect(try complaints(#"{"ph":"X","tid":1,"ts":1,"dur":2},{"ph":"s","id":1,"tid":1,"ts":2}"#) == 1)
  }

  @Test(arguments: [
    #"{"ph":"X","pid":1,"tid":1,"ts":1.5,"dur":-1,"name":"a","cat":"b","args":{}}"#,
    #"{"ph":"X","pid":1,"tid":1,"ts":"1","dur":1,"name":"a","cat":"b","args":{}}"#,
    #"{"ph":"X","pid":1,"tid":1,"ts":1.5,"dur":1,"name":"","cat":"b","args":{}}"#,
    #"{"ph":"X","pid":1,"tid":1.5,"ts":1.5,"dur":1,"name":"a","cat":"b","args":{}}"#,
    #"{"ph":"X","pid":1,"tid":1,"ts":1.5,"dur":1,"name":"a","cat":"b","args":{"id":"17"}}"#,
    #"{"ph":"X","pid":1,"tid":1,"ts":1.5,"name":"a","cat":"b","args":{}}"#,
    #"{"ph":"i","s":"t","pid":1,"tid":1,"ts":1,"name":"slept","args":{}}"#,
    #"{"ph":"Q","pid":1,"tid":1,"ts":1,"name":"parked","args":{}}"#,
  ])
  func wrongShapesAreFound(event: String) throws {
    let good = #"{"ph":"i","s":"t","pid":1,"tid":1,"ts":1,"name":"parked","args":{"reason":"join"}}"#
    #expect(try ReadTrace("{\"traceEvents\":[\(good)]}").shapeComplaints() == [])
    #expect(try ReadTrace("{\"traceEvents\":[\(good),\(event)]}").shapeComplaints().count == 1)
  }

  @Test func rulesThatAreNotUnderstoodAreFound() throws {
    let schema = try JSONSchema(Data(#"{"maximum": 3}"#.utf8))
    #expect(schema.complaints([:]).count == 1)
  }

  @Test func namesAreQuoted() throws {
    let job = ProfileJob(.closure, id: 16, name: ProfileName("a \"b\"\\\n\u{1}ä"))
    let recording = ProfileRecording([
      .init(
        worker: 0,
        [
          ProfileEvent(at: 1, .submitted(job)), ProfileEvent(at: 2, .started(job)), ProfileEvent(at: 3, .finished(job)),
        ])
    ])
    let trace = try ReadTrace(ChromeTrace(ProfileTimeline(recording), processName: "\"").json)
    #expect(trace.of("X").first?["name"] as? String == "a \"b\"\\\n\u{1}ä")
  }

  /// A real run: jobs, children, forks and sleeps on more workers than processors.
  @Test func realRunIsWhole() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 4))
    let session = executor.startProfile()
    for round in 0..<20 {
      try await executor.run {
        try withProfileName("round") {
          try withScope { scope in for _ in 0..<8 { scope.spawn { _ = work(12) } } }
          _ = work(18)
        }
      }
      await Task(executorPreference: executor) { await Task.yield() }.value
      if round % 5 == 0 { for _ in 0..<50 { try executor.submit { _ = work(10) } } }
    }
    await executor.shutdown()
    let timeline = ProfileTimeline(session.stop())
    let trace = try ReadTrace(ChromeTrace(timeline).json)
    #expect(trace.complaints() == [])
    #expect(try trace.shapeComplaints() == [])
    let report = LatencyReport(timeline)
    #expect(report.row(.named, "round")?.count == 20)
    #expect(report.row(.runTime, "closure")?.count == 200)
    #expect(report.row(.queueWait, "round")?.count == 20 + 160)
  }
}

private func work(_ n: Int) -> Int {
  if n < 2 { return n }
  let (a, b) = join({ work(n - 1) }, { work(n - 2) })
  return a + b
}

@Suite struct FlameGraphTests {
  @Test func foldedStacksComeBack() {
    let text = "main;run 1\nmain;run;work 12\nmain;wait 3\n"
    let graph = FlameGraph(folded: text + "nonsense\n")
    #expect(graph.folded == text)
    #expect(graph.root.samples == 16)
    #expect(graph.root.callees.first?.callees.map(\.name) == ["run", "wait"])
  }

  @Test func samplesOfPerfAreRead() {
    let script = """
      millrace-0 
      \t    55d work
      \t    55c operator new(unsigned long)
      \t    55b main

      millrace-0 
      \t    55b main

      """
    let graph = FlameGraph(perfScript: script) { $0 == "work" ? "a;b" : $0 }
    #expect(graph.folded == "millrace-0;main 1\nmillrace-0;main;operator new(unsigned long);a:b 1\n")
  }

  @Test func pictureIsXML() {
    let svg = FlameGraph(folded: "a<b>&\"c\";d 3\na 1").svg(title: "x < y")
    let parser = XMLBoxes(svg)
    #expect(parser.isValid)
    // The background, all, and three functions.
    #expect(parser.boxes == 5)
    #expect(XMLBoxes(FlameGraph().svg(title: "")).isValid)
  }
}
