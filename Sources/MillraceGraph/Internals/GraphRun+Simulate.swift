import MillraceExecutor
import MillracePrimitives

/// Runs in a simulation: on its one thread, in an order that it chooses.
///
/// ## The seam
/// Each node that is ready is a *step* of the simulation, beside the steps of the tasks: so the simulation's one choice, what to do next, is also which node runs next, and tasks come in between at the
/// borders of nodes. A node that waits for something outside leaves nothing behind; whatever resumes it (a task's end, a timer of the simulation, a unit) submits its next step. All that a node goes through
/// (options, attempts, units, inner runs, what its end means for others) is done by the same code as on workers: `step` and `end`. Only who comes next is said elsewhere.
///
/// On workers a participant continues with the nearest successor, and a node becomes another's by a theft. Here every ready node competes with all others, so each order that the edges
/// allow can come about, also those that would need many workers or a long delay. A node's priority says nothing: on workers it is no promise either, as soon as there are two.
///
/// It is decided when a run begins, by the thread: not for each node, so that runs on workers pay nothing.
///
/// *The end.* `active` counts steps that are submitted or being done, and nodes that wait. A step is counted from its submission on; a wait's count becomes that of the step which resumes the node.
///
/// *A blocking run* holds the thread, on which all else would have to go on. Its steps are chosen among themselves and done at once (``HeldSteps``). One that waits for a task or a timer cannot
/// end, and traps with the names of the nodes that wait.
///
/// Rejected: a participant as a simulated task, which takes nodes from its deque until none is left, any number of them (the order within a deque would not be the seed's, and the deque
/// would have to look for the simulation at each node); simulated workers that steal (finds bugs of the scheduler, which has its models, and hides those of the nodes behind its habits);
/// the blocking run as a loop over the whole simulation (jobs of an actor that the caller holds would run inside it).
extension GraphRun {
  /// Begins the run. The caller is counted as active, and is so no more.
  func simulate() {
    let sources = unsafe sources
    // Relaxed: one thread.
    nextSource.store(sources.count, ordering: .relaxed)
    for position in sources.indices { submitReady(unsafe sources[position]) }
    leaveForGood()
  }

  /// Runs to the end within the calling task's own step.
  func simulateHere(_ steps: HeldSteps, on worker: CurrentWorker) {
    simulate()
    steps.run(on: worker)
    precondition(
      hasEnded,
      "a blocking run in a simulation holds the only thread, and waits for what only others could do: \(waitingNodes.joined(separator: ", ")). Run it with `await`"
    )
  }

  /// A node is ready.
  private func submitReady(_ node: UInt32) {
    addActive()
    submit(node, .ready)
  }

  /// The next step of a node that is counted as active.
  func submit(_ node: UInt32, _ how: Resumption) {
    simulation!.submit { worker in
      unsafe self.participate(worker) { own in unsafe self.simulate(node, how, worker, own) }
    }
  }

  private func simulate(
    _ node: UInt32, _ how: Resumption, _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>
  ) {
    if worker.isCancelled { stop() }
    switch step(node, how, worker) {
    case .again: submitReady(node)
    case .waits: break
    case .leftOut: mark(node, .notRun)
    case .ended(let outcome, let branch):
      times?.endIfOpen(node)
      mark(node, outcome)
      // In a simulation nobody sleeps who could be asked for help.
      var pace = Pace(isAlone: false)
      if let next = unsafe end(node, outcome, branch, worker, own, &pace) { submitReady(next) }
      while let next = unsafe mailbox.takeUrgent() ?? own.pointee.pop() ?? mailbox.takeLater() { submitReady(next) }
    }
  }

  /// Nodes that wait for something outside, by name.
  private var waitingNodes: [String] {
    progress.withLock { progress in
      progress.filter { $0.value.cancel != nil }.keys.sorted().map { unsafe plan.name($0) }
    }
  }
}
