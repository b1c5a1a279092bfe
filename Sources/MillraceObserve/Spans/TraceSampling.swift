#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// Of which runs spans are kept.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// var sampling = TraceSampling()
  /// sampling.ratio = 0.01
  /// sampling.keepsFailures = true
  /// var configuration = WorkflowEngine.Configuration()
  /// configuration.tracer = RunTraces(SpanRecording(), sampling: sampling)
  /// ```
  ///
  /// A run that is started under a trace does as that one's W3C flag says, and so does all that it starts and calls: a trace is kept as a whole or not at all. The ratio is for those that begin a trace.
  public struct TraceSampling: Sendable, Hashable {
    /// Of traces that begin here, 0…1. Which of them follows from their ids, so that all who keep as many keep the same (OpenTelemetry's consistent probability sampling).
    public var ratio = 1.0
    /// Spans of all other runs are made, too, and held until it is known whether one of the trace has failed: then they are kept, as far as this process has seen them. Their flag stays unset: what they call does not learn of it.
    public var keepsFailures = false
    /// The most spans that are held; beyond it the traces go that have begun first.
    public var heldLimit = 20_000

    public init() {}

    /// Of a trace that begins.
    func keeps(_ trace: TraceContext) -> Bool {
      // 56 bits of a trace's id are random, by the standard.
      let bits = 0x0100_0000_0000_0000 as Double
      return Double(trace.low & 0x00ff_ffff_ffff_ffff) >= (1 - ratio) * bits
    }
  }

  /// Spans that nobody has asked to keep, until it is known whether a run of their trace fails.
  final class HeldSpans: SpanSink {
    private struct Key: Hashable {
      var high: UInt64
      var low: UInt64

      init(_ context: TraceContext) { (high, low) = (context.high, context.low) }
    }

    private struct Trace {
      var spans: [FinishedSpan] = []
      /// From then on nothing is held.
      var hasFailed = false
    }

    private struct State {
      var traces: [Key: Trace] = [:]
      /// As they have begun; some are gone.
      var order: [Key] = []
      var count = 0

      /// What is bounded: a trace of which all is kept costs something, too.
      var size: Int { count + traces.count }

      mutating func remove(_ key: Key) -> [FinishedSpan] {
        let spans = traces.removeValue(forKey: key)?.spans ?? []
        count -= spans.count
        return spans
      }
    }

    private let sink: any SpanSink
    private let limit: Int
    private let state = Mutex(State())

    init(_ sink: any SpanSink, limit: Int) {
      (self.sink, self.limit) = (sink, limit)
    }

    func add(_ span: FinishedSpan) {
      let key = Key(span.context)
      let isKept = state.withLock { state -> Bool in
        guard state.traces[key]?.hasFailed != true else { return true }
        if state.traces[key] == nil {
          state.traces[key] = Trace()
          state.order.append(key)
        }
        state.traces[key]!.spans.append(span)
        state.count += 1
        if state.size > limit { Self.makeRoom(&state, limit * 3 / 4) }
        if state.order.count > 2 * state.traces.count + 64 { state.order.removeAll { state.traces[$0] == nil } }
        return false
      }
      if isKept { sink.add(span) }
    }

    private static func makeRoom(_ state: inout State, _ count: Int) {
      var gone = 0
      while state.size > count, gone < state.order.count {
        _ = state.remove(state.order[gone])
        gone += 1
      }
      state.order.removeFirst(gone)
    }

    /// All of the trace is kept.
    func failed(_ context: TraceContext) {
      let spans = state.withLock { state in
        let spans = state.remove(Key(context))
        state.traces[Key(context)] = Trace(hasFailed: true)
        state.order.append(Key(context))
        if state.size > limit { Self.makeRoom(&state, limit * 3 / 4) }
        return spans
      }
      for span in spans { sink.add(span) }
    }

    /// The run with which the trace has begun is over.
    func ended(_ context: TraceContext) { state.withLock { _ = $0.remove(Key(context)) } }

    /// They wait.
    var count: Int { state.withLock(\.count) }
    /// And traces of which it knows.
    var size: Int { state.withLock(\.size) }
  }
#endif
