#if Workflow
  import MillraceWorkflow
  import Tracing

  /// Follows runs as spans: a run, its steps, their attempts, and what those do, in one tree.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// let recording = SpanRecording()
  /// var configuration = WorkflowEngine.Configuration()
  /// configuration.tracer = RunTraces(recording)
  /// ```
  ///
  /// Spans of runs and steps are told of when these have ended, also if that was begun by another process: their ids follow from what is stored. In a step's code `ServiceContext.current` is the attempt's, for ``MillraceTracer`` and every library that uses
  /// swift-distributed-tracing; ``TaskContext/withSpan(_:_:_:)`` does without. What runs work on is not told: names, states, numbers and, redacted, why something has failed.
  public struct RunTraces: RunTracer {
    private let sink: any SpanSink
    private let sampling: TraceSampling
    /// nil: what is not sampled is nobody's.
    private let held: HeldSpans?

    /// - Precondition: the ratio is 0…1, the limit is positive.
    public init(_ sink: any SpanSink, sampling: TraceSampling = TraceSampling()) {
      precondition(
        (0...1).contains(sampling.ratio) && sampling.heldLimit > 0,
        "RunTraces: a ratio of 0…1 and a positive limit are expected; found \(sampling)")
      self.sink = sink
      self.sampling = sampling
      held = sampling.keepsFailures ? HeldSpans(sink, limit: sampling.heldLimit) : nil
    }

    public func samples(_ trace: TraceContext) -> Bool { sampling.keeps(trace) }

    /// Where spans of a trace go; nil: nowhere.
    private func sink(for place: TraceContext) -> (any SpanSink)? { place.isSampled ? sink : held }

    // MARK: Runs and steps

    public func observe(_ change: RunChange, previous: RunState?) {
      let record = change.record
      guard change.steps.contains(where: { $0.state.isFinal }) || record.state.isFinal else { return }
      let place = TraceContext(of: record, by: self)
      guard let sink = sink(for: place) else { return }
      for step in change.steps { add(step, of: record, at: place, to: sink) }
      guard record.state.isFinal, previous?.isFinal != true else { return }
      if !place.isSampled, record.state == .failed { held?.failed(place) }
      add(record, at: place, to: sink)
      if !place.isSampled, record.parent == nil { held?.ended(place) }
    }

    private func add(_ step: StepRecord, of record: RunRecord, at place: TraceContext, to sink: any SpanSink) {
      // One that was compensated has ended before.
      guard [.succeeded, .failed, .timedOut, .cancelled].contains(step.state), let start = step.startedAt else {
        return
      }
      var span = FinishedSpan(
        step.name, place.step(step.name, since: start), parent: place.span, start: start.nanoseconds,
        end: (step.finishedAt ?? start).nanoseconds)
      span.subject = FinishedSpan.Subject(
        run: record.id, workflow: record.workflow, part: .step(step.name, step.state, attempts: step.attempt))
      switch step.state {
      case .failed, .timedOut: span.status = .error(step.reason)
      case .succeeded: span.status = .ok
      default: break
      }
      sink.add(span)
    }

    private func add(_ record: RunRecord, at place: TraceContext, to sink: any SpanSink) {
      var span = FinishedSpan(
        record.workflow, place, parent: TraceContext.parent(of: record), start: record.createdAt.nanoseconds,
        end: (record.finishedAt ?? record.updatedAt).nanoseconds)
      span.subject = FinishedSpan.Subject(
        run: record.id, workflow: record.workflow,
        part: .run(record.state, attempts: record.attemptCount, parent: record.parent))
      switch record.state {
      case .failed: span.status = .error(record.reason)
      case .completed: span.status = .ok
      default: break
      }
      sink.add(span)
    }

    public func observe(_ observation: RunObservation) {}

    // MARK: Attempts

    public func trace(_ attempt: TracedAttempt, _ body: () async -> String?) async {
      var context = ServiceContext.current ?? .topLevel
      context.place = attempt.context
      guard let sink = sink(for: attempt.context) else {
        _ = await ServiceContext.withValue(context) { await body() }
        return
      }
      let start = DefaultTracerClock.now.nanosecondsSinceEpoch
      let failure = await ServiceContext.withValue(context) { await body() }
      var span = FinishedSpan(
        "\(attempt.step) attempt \(attempt.number)", attempt.context, parent: attempt.parent, start: start,
        end: DefaultTracerClock.now.nanosecondsSinceEpoch)
      span.subject = FinishedSpan.Subject(
        run: attempt.run, workflow: attempt.workflow, part: .attempt(attempt.number, step: attempt.step))
      span.status = failure.map { .error($0) } ?? .ok
      sink.add(span)
    }

    public func span(
      _ name: String, attributes: [String: JSONValue], in attempt: TraceContext
    ) -> any TracedSpan {
      let context = ServiceContext.current ?? .topLevel
      // A worker's closure has no task, and so no context: the attempt is the nearest that is known.
      let parent = context.place.map { $0.high == attempt.high && $0.low == attempt.low ? $0 : attempt } ?? attempt
      let span = MillraceSpan(
        name, under: parent, in: context, kind: .internal, start: DefaultTracerClock.now.nanosecondsSinceEpoch,
        sink(for: parent))
      for (key, value) in attributes { span.attributes[key] = value.attribute }
      return span
    }
  }

  extension Timestamp {
    var nanoseconds: UInt64 { UInt64(clamping: microseconds.multipliedReportingOverflow(by: 1000).partialValue) }
  }

  extension JSONValue {
    fileprivate var attribute: SpanAttribute {
      switch self {
      case .string(let text): .string(text)
      case .int(let number): .int64(number)
      case .double(let number): .double(number)
      case .bool(let value): .bool(value)
      case .null, .array, .object: .string("\(self)")
      }
    }
  }
#endif
