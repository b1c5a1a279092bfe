/// Follows runs as spans of traces: is told of all that happens to them, and makes attempts within whatever their code is to find around it.
///
/// Given as ``WorkflowEngine/Configuration/tracer``. Then each run that is started without a `traceparent` gets one, which is stored with it, and tasks are given that of their attempt.
public protocol RunTracer: RunObserver {
  /// Whether a trace that begins with a run is kept: its W3C flag, which all that belongs to it inherits. The same answer for the same trace each time, in each process. Without an answer of its own, a tracer keeps all.
  func samples(_ trace: TraceContext) -> Bool

  /// Makes an attempt.
  ///
  /// - Parameter body: to be called once. Returns why the attempt has failed; nil: it has not.
  func trace(_ attempt: TracedAttempt, _ body: () async -> String?) async

  /// A part of an attempt begins.
  func span(_ name: String, attributes: [String: JSONValue], in attempt: TraceContext) -> any TracedSpan
}

extension RunTracer {
  public func samples(_ trace: TraceContext) -> Bool { true }
}

/// A part of an attempt that is under way.
public protocol TracedSpan: Sendable {
  /// Once.
  ///
  /// - Parameter failure: nil: it has come to its end.
  func end(failure: String?)
}

/// An attempt that begins: it has yet to wait for its turn, if it has a queue.
public struct TracedAttempt: Sendable {
  /// Its own place; its tasks' ``TaskContext/traceparent``.
  public var context: TraceContext
  /// Of its step.
  public var parent: UInt64
  public var run: RunID
  public var workflow: String
  public var step: String
  public var number: Int
}

extension TaskContext {
  /// Does a part of the attempt as a span of its own, where traces are kept; else it just does it.
  ///
  /// ```swift
  /// import MillraceWorkflow
  /// func work(_ context: TaskContext) throws -> Int {
  ///   try context.withSpan("sum", ["numbers": 3]) { [1, 2, 3].reduce(0, +) }
  /// }
  /// ```
  public func withSpan<Result>(
    _ name: String, _ attributes: [String: JSONValue] = [:], _ body: () throws -> Result
  ) rethrows -> Result {
    guard let span = begin(name, attributes) else { return try body() }
    do {
      let result = try body()
      span.end(failure: nil)
      return result
    } catch {
      span.end(failure: "\(error)")
      throw error
    }
  }

  /// Does a part of the attempt as a span of its own, where traces are kept; else it just does it.
  public func withSpan<Result>(
    _ name: String, _ attributes: [String: JSONValue] = [:], _ body: () async throws -> Result
  ) async rethrows -> Result {
    guard let span = begin(name, attributes) else { return try await body() }
    do {
      let result = try await body()
      span.end(failure: nil)
      return result
    } catch {
      span.end(failure: "\(error)")
      throw error
    }
  }

  private func begin(_ name: String, _ attributes: [String: JSONValue]) -> (any TracedSpan)? {
    guard let tracer, let place = traceparent.flatMap(TraceContext.init) else { return nil }
    return tracer.span(name, attributes: attributes, in: place)
  }
}
