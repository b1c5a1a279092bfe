import MillraceExecutor
import MillraceGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

private struct Planned: Error, Equatable { let index: Int }

/// Random stages against a plain loop; one stage sometimes throws. The state of serial and exclusive stages is plain words, so the thread sanitizer judges the stages' order.
func pipelines(_ workers: Int, _ seed: UInt64) -> Int {
  var random = Random(seed)
  func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
  let executor = WorkStealingExecutor(.init(workerCount: workers, name: "pipelines"))
  defer { executor.shutdownBlocking() }
  var ran = 0
  for _ in 0..<20 {
    let (count, tokens) = (below(400), 1 + below(2 * workers))
    let failing = below(3) == 0 ? below(400) : count
    var pipeline = Pipeline.source(state: 0) { next -> Tracked? in
      if next == count { return nil }
      defer { next += 1 }
      return Tracked(next)
    }
    var expected = Array(0..<count)
    for stage in 0..<below(6) {
      switch below(3) {
      case 0:
        pipeline = pipeline.parallel {
          if $0.value & 7 == 0 { sched_yield() }
          return Tracked($0.value &+ stage)
        }
        expected = expected.map { $0 &+ stage }
      case 1:
        @Sendable func step(_ sum: inout Int, _ value: Int) -> Int {
          sum = sum &* 31 &+ value
          return sum
        }
        pipeline = pipeline.serial(state: stage) { sum, element in Tracked(step(&sum, element.value)) }
        var sum = stage
        expected = expected.map { step(&sum, $0) }
      default:
        pipeline = pipeline.exclusive(state: [Int]()) { seen, element in
          seen.append(element.value)
          if seen.count & 15 == 0 { sched_yield() }
          return Tracked(element.value ^ stage)
        }
        expected = expected.map { $0 ^ stage }
      }
    }
    let last = pipeline.serial("last", state: 0) { number, element throws -> Int in
      if number == failing { throw Planned(index: number) }
      number += 1
      return element.value
    }
    do {
      let became = try last.collect(on: executor, tokens: tokens)
      expect(failing >= count, "the error of element \(failing) of \(count) was lost")
      expect(became == expected, "expected \(expected), found \(became)")
    } catch let failure as PipelineFailure {
      expect(failure.underlying as? Planned == Planned(index: failing), "found \(failure)")
      expect(failure.stage == "last" && failure.element == failing, "found \(failure), expected element \(failing)")
    } catch {
      fail("expected a pipeline's failure, found \(error)")
    }
    ran += count
  }
  return ran
}
