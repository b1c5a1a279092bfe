#if Workflow
  import MillraceWorkflow
  import Synchronization
  import Tracing

  /// A span that has come to its end.
  public struct FinishedSpan: Sendable {
    public struct Event: Sendable {
      public var name: String
      public var time: UInt64
      public var attributes: [(key: String, value: SpanAttribute)]
    }

    public struct Link: Sendable {
      public var context: TraceContext
      public var attributes: [(key: String, value: SpanAttribute)]
    }

    public enum Status: Sendable, Hashable {
      case unset, ok
      case error(String)
    }

    public var context: TraceContext
    /// nil: the first of its trace.
    public var parent: UInt64?
    public var name: String
    public var kind: SpanKind
    /// Nanoseconds since 1970.
    public var start: UInt64
    public var end: UInt64
    public var attributes: [(key: String, value: SpanAttribute)] {
      get { subject.map(\.attributes) ?? given }
      set { (subject, given) = (nil, newValue) }
    }
    /// Of a run, what ``attributes`` are made of when somebody asks: in the engine's way each costs.
    var subject: Subject?
    private var given: [(key: String, value: SpanAttribute)] = []
    public var events: [Event] = []
    public var links: [Link] = []
    public var status = Status.unset

    public init(
      _ name: String, _ context: TraceContext, parent: UInt64?, kind: SpanKind = .internal, start: UInt64, end: UInt64
    ) {
      (self.name, self.context, self.parent, self.kind) = (name, context, parent, kind)
      (self.start, self.end) = (start, max(start, end))
    }
  }

  extension FinishedSpan {
    /// What a span of a run is about.
    struct Subject: Sendable {
      enum Part: Sendable {
        case run(RunState, attempts: Int, parent: RunID?)
        case step(String, StepState, attempts: Int)
        case attempt(Int, step: String)
      }

      var run: RunID
      var workflow: String
      var part: Part

      var attributes: [(key: String, value: SpanAttribute)] {
        var all: [(key: String, value: SpanAttribute)] = [
          ("millrace.run", .string("\(run)")), ("millrace.workflow", .string(workflow)),
        ]
        switch part {
        case .run(let state, let attempts, let parent):
          all += [("millrace.state", .string(state.rawValue)), ("millrace.attempts", .int64(Int64(attempts)))]
          if let parent { all.append(("millrace.parent", .string("\(parent)"))) }
        case .step(let step, let state, let attempts):
          all += [
            ("millrace.step", .string(step)), ("millrace.state", .string(state.rawValue)),
            ("millrace.attempts", .int64(Int64(attempts))),
          ]
        case .attempt(let number, let step):
          all += [("millrace.step", .string(step)), ("millrace.attempt", .int64(Int64(number)))]
        }
        return all
      }
    }
  }

  /// Where spans go that have come to their end. Any thread; quickly.
  public protocol SpanSink: Sendable {
    func add(_ span: FinishedSpan)
  }

  /// Several at once.
  public struct SpanSinks: SpanSink {
    private let sinks: [any SpanSink]

    public init(_ sinks: [any SpanSink]) {
      self.sinks = sinks
    }

    public func add(_ span: FinishedSpan) {
      for sink in sinks { sink.add(span) }
    }
  }

  /// Keeps the latest spans, for a ``ChromeTrace`` and for tests.
  public final class SpanRecording: SpanSink {
    private let limit: Int
    private let state = Mutex((spans: [FinishedSpan](), lost: 0))

    /// - Precondition: the limit is positive.
    public init(limit: Int = 100_000) {
      precondition(limit > 0, "SpanRecording: a positive limit is expected; found \(limit)")
      self.limit = limit
    }

    public func add(_ span: FinishedSpan) {
      state.withLock { state in
        if state.spans.count == limit {
          // Half at a time: one by one each would cost as much as all.
          state.spans.removeFirst((limit + 1) / 2)
          state.lost += (limit + 1) / 2
        }
        state.spans.append(span)
      }
    }

    /// In the order in which they ended.
    public var spans: [FinishedSpan] { state.withLock { $0.spans } }

    /// Spans that are not kept any more.
    public var lost: Int { state.withLock { $0.lost } }
  }
#endif
