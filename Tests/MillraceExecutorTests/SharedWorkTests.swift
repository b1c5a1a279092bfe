import Dispatch
import MillracePrimitives
import Testing

@testable import MillraceExecutor

@Suite struct SharedWorkTests {
  private final class Sleeper: Sendable { let parker = Parker() }

  /// While it waits a worker is idle, whether the thread is its own or a guest.
  @Test(arguments: [false, true])
  func waitingIsCounted(isGuest: Bool) throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    defer { executor.shutdownBlocking() }
    let session = executor.startProfile()
    let sleeper = Sleeper()
    let done = DispatchSemaphore(value: 0)
    let figures = Lock<[WorkStealingExecutor.Metrics.Worker]>([])
    let body: @Sendable () -> Void = {
      let worker = CurrentWorker.withStack!
      figures.withLock { $0.append(executor.metrics().workers[worker.index]) }
      worker.wait(for: sleeper.parker)
      figures.withLock { $0.append(executor.metrics().workers[worker.index]) }
      done.signal()
    }
    if isGuest {
      DispatchQueue(label: "guest").async { try! executor.runBlocking { body() } }
    } else {
      try executor.submit { body() }
    }
    while !session.drain().tracks.contains(where: { $0.events.contains { $0.kind == .parked(.scope) } }) {}
    sleeper.parker.unpark()
    done.wait()
    let (before, after) = figures.withLock { ($0[0], $0[1]) }
    #expect(after.parks == before.parks + 1)
    #expect(after.idle > before.idle)
  }
}
