#if Workflow
  import CoreMetrics
  import MillraceObserve
  import Testing

  struct MetricsRegistryTests {
    @Test func textIsAsPrometheusReadsIt() {
      let registry = MetricsRegistry([
        MetricDescription(
          "wait_seconds", .histogram, "How long,\nwith a \\.", labels: ["queue"], buckets: [0.1, 2])
      ])
      Counter(label: "orders", dimensions: [("kind", "a \"quoted\"\\\n one")], factory: registry).increment(by: 3)
      let wait = Timer(label: "wait", dimensions: [("queue", "mail")], factory: registry)
      for milliseconds in [50, 100, 1500, 60_000] { wait.recordMilliseconds(milliseconds) }
      Meter(label: "depth", factory: registry).set(2.5)
      #expect(
        registry.text() == #"""
          # HELP depth depth, as the program calls it.
          # TYPE depth gauge
          depth 2.5
          # HELP orders_total orders_total, as the program calls it.
          # TYPE orders_total counter
          orders_total{kind="a \"quoted\"\\\n one"} 3
          # HELP wait_seconds How long,\nwith a \\.
          # TYPE wait_seconds histogram
          wait_seconds_bucket{queue="mail",le="0.1"} 2
          wait_seconds_bucket{queue="mail",le="2"} 3
          wait_seconds_bucket{queue="mail",le="+Inf"} 4
          wait_seconds_sum{queue="mail"} 61.65
          wait_seconds_count{queue="mail"} 4

          """#)
    }

    @Test func namesBecomeWhatIsAllowed() throws {
      let registry = MetricsRegistry()
      Counter(label: "http.requests-seen", dimensions: [("le", "x"), ("2nd", "y"), ("__a", "z")], factory: registry)
        .increment()
      let readings = try Readings(registry.text())
      #expect(
        readings[#"http_requests_seen_total{_2nd="y",exported_a="z",exported_le="x"}"#] == 1, "\(registry.text())")
    }

    @Test func oneSeriesForTheSameLabels() throws {
      let registry = MetricsRegistry()
      for _ in 0..<2 {
        Counter(label: "a_total", dimensions: [("x", "1"), ("y", "2")], factory: registry).increment()
        Counter(label: "a_total", dimensions: [("y", "2"), ("x", "1")], factory: registry).increment()
        FloatingPointCounter(label: "a_total", dimensions: [("y", "2"), ("x", "1")], factory: registry).increment(
          by: 0.5)
      }
      #expect(try Readings(registry.text())[#"a_total{x="1",y="2"}"#] == 5)
    }

    @Test func seriesAreBounded() throws {
      let registry = MetricsRegistry(seriesLimit: 3)
      for number in 0..<10 {
        Counter(label: "a_total", dimensions: [("user", "\(number)")], factory: registry).increment()
      }
      let readings = try Readings(registry.text())
      #expect(readings.values.keys.filter { $0.hasPrefix("a_total") }.count == 4)
      #expect(readings[#"a_total{user="other"}"#] == 7)
      #expect(readings[#"millrace_metrics_overflows_total{metric="a_total"}"#] == 7)
      #expect(readings.sum("a_total") == 10)
    }

    @Test func aNameHasOneType() throws {
      let registry = MetricsRegistry()
      Meter(label: "depth", factory: registry).set(1)
      Timer(label: "depth", factory: registry).recordSeconds(1)
      Recorder(label: "depth", aggregate: true, factory: registry).record(7)
      // One of this package's names.
      Meter(label: "millrace_runs_started_total", factory: registry).set(1)
      let readings = try Readings(registry.text())
      #expect(readings.types["depth"] == "gauge" && readings.types["depth_seconds"] == "histogram")
      #expect(readings.types["depth_histogram"] == "histogram")
      #expect(readings.types["millrace_runs_started_total_gauge"] == "gauge")
    }

    @Test func whatIsDestroyedIsNotToldOfAnyMore() throws {
      let registry = MetricsRegistry()
      let gone = Meter(label: "depth", dimensions: [("queue", "a")], factory: registry)
      Meter(label: "depth", dimensions: [("queue", "b")], factory: registry).set(1)
      gone.destroy()
      #expect(try Readings(registry.text()).values == [#"depth{queue="b"}"#: 1])
    }

    @Test func threadsLoseNothing() async throws {
      let registry = MetricsRegistry()
      await withTaskGroup { group in
        for task in 0..<8 {
          group.addTask {
            for number in 0..<1000 {
              Counter(label: "a", dimensions: [("n", "\(number % 10)")], factory: registry).increment()
              Recorder(label: "r", factory: registry).record(task)
              if number % 100 == 0 { _ = registry.text() }
            }
          }
        }
      }
      let readings = try Readings(registry.text())
      #expect(readings.sum("a_total") == 8000)
      #expect(readings["r_count"] == 8000 && readings["r_sum"] == 28_000)
    }

    @Test func descriptionsAreSound() {
      let all = MetricDescription.all
      #expect(Set(all.map(\.name)).count == all.count)
      for metric in all {
        #expect(metric.name.hasPrefix("millrace_") && metric.help.hasSuffix("."), "\(metric.name)")
        #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
        #expect(!metric.labels.contains("le"))
      }
    }
  }
#endif
