import Millrace
import MillraceTesting
import Testing

@Suite struct SimulatedGraphTests {
  @Test func smoke() throws {
    var orders: Set<[String]> = []
    for seed in 0..<50 as Range<UInt64> {
      let log = Log()
      let (time, hash) = try SimulatedExecutor.run(seed: seed) { simulator in
        var graph = TaskGraph()
        for number in 0..<4 { graph.addNode("\(number)") { log.add("\(number)") } }
        let sleeper = graph.addAsyncNode("sleeper") {
          try await simulator.clock.sleep(for: .seconds(3600))
          log.add("slept")
        }
        let timed = graph.addAsyncNode("late") {
          try await TimerClock().sleep(for: .seconds(7200))
        }
        graph.configure(timed) { $0.timeout = .seconds(100) }
        graph.errorPolicy = .continue
        let after = graph.addNode("after") { log.add("after") }
        graph.succeed(after, sleeper)
        let results = try await graph.finalize().run()
        #expect(results.outcome(of: timed) == .timedOut)
        #expect(results.outcome(of: after) == .ran)
        return (simulator.clock.now.offset, simulator.traceHash)
      }
      #expect(time == .seconds(3600))
      _ = hash
      orders.insert(log.entries)
    }
    print(orders.count)
  }
}
