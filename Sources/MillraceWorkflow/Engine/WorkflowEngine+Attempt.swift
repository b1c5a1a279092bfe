import Millrace

extension WorkflowEngine {
  /// Makes an attempt: waits for its turn, runs it under its timeout, and says what came of it.
  func make(
    _ order: AttemptOrder, of record: RunRecord, program: any RunProgram,
    report: @escaping @Sendable (TaskReport) -> Void
  ) async -> AttemptOutcome {
    let context = TaskContext(
      run: record.id, workflow: record.workflow, step: order.step, attempt: order.attempt,
      deadline: min(wallClock.now.advanced(by: order.timeout), record.deadline), traceparent: record.traceparent,
      limits: order.limits, report: report)
    do {
      return try await withTimeout(order.timeout) { try await order.body(context) }
    } catch is DeadlineExceeded {
      return .timedOut
    } catch is CancellationError {
      return isDraining ? .interrupted : .cancelled
    } catch let failure as TaskFailure {
      return .failed(failure)
    } catch {
      return .failed(TaskFailure(code: "error", "\(error)"))
    }
  }
}
