import CMillrace
import MillracePrimitives

/// A worker without a thread of its own and without colleagues: the thread that runs a simulation is this worker for as long.
///
/// Nobody steals from it, and nobody is woken. So forks, loops, scopes and `blocking` of simulated code run in place, one after the other, and what runs on workers in
/// the modules above finds one.
///
/// Rejected: simulated code that asks at each fork whether it is simulated (a branch on the hottest path); code that calls a protocol instead of a worker (the same, for every node of a graph).
// SAFETY: what changes is changed and used by the thread that runs the simulation, which alone finds this (`current`).
@safe
package final class SimulatedWorker: @unchecked Sendable {
  package let timers = SimulatedTimers()
  private(set) var simulation: (any Simulation)?
  /// While it runs, like ``simulation``: who keeps this for ever, because a task of the simulation never ends, need not keep a worker's memory.
  private var worker: WorkerPointer?

  package init() {}

  /// The one that the calling thread is.
  @inline(__always)
  static var current: SimulatedWorker? {
    // SAFETY: `run` keeps it.
    unsafe millrace_simulation_get().map { unsafe Unmanaged.fromOpaque($0).takeUnretainedValue() }
  }

  /// What the calling thread simulates.
  package static var simulation: (any Simulation)? { current?.simulation }

  /// The calling thread is the worker while `body` runs, whatever it was before.
  package func run<R>(_ simulation: any Simulation, _ body: () throws -> R) rethrows -> R {
    let (outerWorker, outerSimulation) = unsafe (millrace_worker_get(), millrace_simulation_get())
    let scheduler = Scheduler.withoutThreads()
    self.simulation = simulation
    unsafe worker = scheduler.worker(0)
    unsafe millrace_worker_set(worker)
    unsafe millrace_simulation_set(Unmanaged.passUnretained(self).toOpaque())
    defer {
      unsafe millrace_worker_set(outerWorker)
      unsafe millrace_simulation_set(outerSimulation)
      unsafe worker = nil
      self.simulation = nil
      withExtendedLifetime(scheduler) {}
    }
    return try body()
  }

  /// One step of the simulation.
  package func step(_ body: (CurrentWorker) -> Void) {
    let worker = unsafe worker!
    let scheduler = unsafe worker.schedulerReference
    body(unsafe CurrentWorker(worker))
    // What scopes have left there: their children have been run by now, and the words that announced them find nothing.
    while let job = unsafe worker.pointee.ready.takeAny() ?? scheduler.injected.takeAny() {
      unsafe job.run(on: worker, scheduler)
    }
  }

  /// Lets `body` run without the deadline of its surroundings, which is of another clock.
  package static func withoutDeadline<R: Sendable>(_ body: () async throws -> R) async rethrows -> R {
    try await InheritedDeadline.$value.withValue(nil) { try await body() }
  }
}

extension Scheduler {
  /// Of one worker, which the calling thread is going to be.
  fileprivate static func withoutThreads() -> Scheduler {
    // A blocked worker gets no other in its place.
    let configuration = WorkStealingExecutor.Configuration(
      workerCount: 1, name: "simulation", stackSize: 8 << 20, maximumBlockingThreads: 0)
    let scheduler = Scheduler(configuration)
    let worker = WorkerPointer.allocate(capacity: 1)
    unsafe worker.initialize(
      to: Worker(index: 0, scheduler: scheduler, cells: configuration.stackSize / 64, processor: nil))
    let (low, frame) = (millrace_stack_low(), millrace_frame_address())
    let reserve = low < frame ? min(UInt(Guest.stackReserve), (frame - low) / 2) : 0
    // Relaxed: one thread. Where the system does not say where the stack ends, there is no limit.
    unsafe worker.pointee.stackLimit.store(reserve == 0 ? 0 : low + reserve, ordering: .relaxed)
    unsafe scheduler.publish(worker, at: 0)
    return scheduler
  }
}
