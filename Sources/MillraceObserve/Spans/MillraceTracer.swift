#if Workflow
  import MillraceWorkflow
  import Synchronization
  import Tracing

  /// A tracer of swift-distributed-tracing whose spans go to a ``SpanSink``: a ``SpanExporter``, or a ``SpanRecording``.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import Tracing
  /// let recording = SpanRecording()
  /// let tracer = MillraceTracer(recording)
  /// tracer.withSpan("bake") { span in span.attributes["loaves"] = 3 }
  /// print(recording.spans.map(\.name))
  /// ```
  ///
  /// In the code of a step that ``RunTraces`` follows, a span is a child of the attempt. Give it to `InstrumentationSystem.bootstrap(_:)`, and the spans of other libraries of the process join in. Contexts go out and come in as W3C's `traceparent`.
  public struct MillraceTracer: Tracer {
    private let sink: any SpanSink

    public init(_ sink: any SpanSink) {
      self.sink = sink
    }

    public func startSpan<Instant: TracerInstant>(
      _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
      at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> MillraceSpan {
      let context = context()
      return MillraceSpan(
        operationName, under: context.place, in: context, kind: kind, start: instant().nanosecondsSinceEpoch,
        context.place?.isSampled == false ? nil : sink)
    }

    /// Spans are sent in batches, by whoever keeps them.
    public func forceFlush() {}

    // MARK: W3C

    public static let header = "traceparent"

    public func extract<Carrier, Extract: Extractor>(
      _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
      if let place = extractor.extract(key: Self.header, from: carrier).flatMap(TraceContext.init) {
        context.place = place
      }
    }

    public func inject<Carrier, Inject: Injector>(
      _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
      if let place = context.place { injector.inject("\(place)", forKey: Self.header, into: &carrier) }
    }
  }

  extension ServiceContext {
    private enum PlaceKey: ServiceContextKey {
      typealias Value = TraceContext
      static let nameOverride: String? = "millrace.place"
    }

    /// Where in a trace the code is.
    public var place: TraceContext? {
      get { self[PlaceKey.self] }
      set { self[PlaceKey.self] = newValue }
    }
  }

  /// A span that is under way.
  public final class MillraceSpan: Tracing.Span, Sendable {
    public let context: ServiceContext
    /// nil: nobody keeps it.
    private let sink: (any SpanSink)?
    private let state: Mutex<State>

    private struct State {
      var span: FinishedSpan
      var attributes: SpanAttributes = [:]
      var isEnded = false
    }

    /// The most events, and links, of one.
    private static let partLimit = 128

    init(
      _ name: String, under parent: TraceContext?, in context: ServiceContext, kind: SpanKind, start: UInt64,
      _ sink: (any SpanSink)?
    ) {
      var generator = SystemRandomNumberGenerator()
      let number: UInt64 = generator.next() | 1
      let place = parent?.at(number) ?? TraceContext(high: generator.next(), low: generator.next() | 1, span: number)
      var own = context
      own.place = place
      self.context = own
      self.sink = sink
      state = Mutex(State(span: FinishedSpan(name, place, parent: parent?.span, kind: kind, start: start, end: start)))
    }

    public var isRecording: Bool { sink != nil && state.withLock { !$0.isEnded } }

    public var operationName: String {
      get { state.withLock { $0.span.name } }
      set { state.withLock { $0.span.name = newValue } }
    }

    public var attributes: SpanAttributes {
      get { state.withLock { $0.attributes } }
      set { state.withLock { $0.attributes = newValue } }
    }

    public func setStatus(_ status: SpanStatus) {
      state.withLock { $0.span.status = status.code == .ok ? .ok : .error(status.message ?? "") }
    }

    public func addEvent(_ event: SpanEvent) {
      state.withLock { state in
        guard state.span.events.count < Self.partLimit else { return }
        state.span.events.append(
          FinishedSpan.Event(
            name: event.name, time: event.nanosecondsSinceEpoch, attributes: event.attributes.pairs))
      }
    }

    public func recordError<Instant: TracerInstant>(
      _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
      var attributes = attributes
      attributes["exception.type"] = "\(type(of: error))"
      attributes["exception.message"] = "\(error)"
      addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    public func addLink(_ link: SpanLink) {
      guard let place = link.context.place else { return }
      state.withLock { state in
        guard state.span.links.count < Self.partLimit else { return }
        state.span.links.append(FinishedSpan.Link(context: place, attributes: link.attributes.pairs))
      }
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
      let end = instant().nanosecondsSinceEpoch
      let span = state.withLock { state -> FinishedSpan? in
        if state.isEnded { return nil }
        state.isEnded = true
        state.span.end = max(state.span.start, end)
        state.span.attributes = state.attributes.pairs
        return state.span
      }
      if let span { sink?.add(span) }
    }
  }

  extension MillraceSpan: TracedSpan {
    public func end(failure: String?) {
      if let failure { setStatus(SpanStatus(code: .error, message: failure)) }
      end()
    }
  }

  extension SpanAttributes {
    /// In order of their names.
    fileprivate var pairs: [(key: String, value: SpanAttribute)] {
      if isEmpty { return [] }
      var pairs: [(key: String, value: SpanAttribute)] = []
      forEach { pairs.append(($0, $1)) }
      return pairs.sorted { $0.key < $1.key }
    }
  }
#endif
