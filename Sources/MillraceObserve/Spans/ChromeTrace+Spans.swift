#if Workflow
  import MillraceWorkflow
  import Tracing

  extension ChromeTrace {
    /// Spans of runs beside what the executor did meanwhile, on one line of time.
    ///
    /// ```swift
    /// import MillraceExecutor
    /// import MillraceObserve
    /// import MillraceWorkflow
    /// func record(_ recording: SpanRecording, _ work: () async throws -> Void) async rethrows -> ChromeTrace {
    ///   let begun = SystemWallClock().now
    ///   let session = WorkStealingExecutor.shared.startProfile()
    ///   try await work()
    ///   return ChromeTrace(ProfileTimeline(session.stop()), spans: recording.spans, begun: begun)
    /// }
    /// ```
    ///
    /// Each run has tracks of its own, as many as are needed for what overlaps.
    ///
    /// - Parameter begun: when the recording began.
    public init(
      _ timeline: ProfileTimeline, spans: [FinishedSpan], begun: Timestamp, processName: String = "millrace"
    ) {
      self.init(timeline, processName: processName)
      lines += SpanTracks(spans, zero: begun.nanoseconds).lines
    }

    /// Spans of runs alone; time is counted from the beginning of the first.
    public init(_ spans: [FinishedSpan]) {
      self.init(lines: SpanTracks(spans, zero: spans.map(\.start).min() ?? 0).lines)
    }
  }

  /// Puts spans into tracks in which each lies within the one before, or after it.
  private struct SpanTracks {
    private struct Key: Hashable {
      var high: UInt64
      var low: UInt64
    }

    private struct Track {
      var number: Int
      /// Spans that are open, outermost first.
      var open: [(span: UInt64, end: UInt64)] = []
    }

    private(set) var lines = [
      #"{"ph":"M","pid":2,"name":"process_name","args":{"name":"workflows"}}"#
    ]

    init(_ spans: [FinishedSpan], zero: UInt64) {
      var tracks: [Key: [Track]] = [:]
      var count = 0
      // The outer one first, of two that begin together.
      let sorted = spans.sorted {
        ($0.start, $1.end, $0.parent == nil ? 0 : 1) < ($1.start, $0.end, $1.parent == nil ? 0 : 1)
      }
      for span in sorted {
        let key = Key(high: span.context.high, low: span.context.low)
        var own = tracks[key] ?? []
        for place in own.indices {
          while let last = own[place].open.last, last.end <= span.start { own[place].open.removeLast() }
        }
        let parents = own.firstIndex { $0.open.last.map { $0.span == span.parent && span.end <= $0.end } ?? false }
        var place = parents ?? own.firstIndex { $0.open.isEmpty }
        if place == nil {
          count += 1
          place = own.count
          own.append(Track(number: count))
          let name = "trace \(TraceContext.hexadecimal(key.high).prefix(12))"
          lines.append(
            #"{"ph":"M","pid":2,"tid":\#(count),"name":"thread_name","args":{"name":"\#(name)"}}"#)
        }
        own[place!].open.append((span.context.span, span.end))
        lines.append(Self.line(span, on: own[place!].number, zero))
        tracks[key] = own
      }
    }

    private static func line(_ span: FinishedSpan, on track: Int, _ zero: UInt64) -> String {
      var details: [String: JSONValue] = [
        "span": .string(TraceContext.hexadecimal(span.context.span))
      ]
      if let parent = span.parent { details["parent"] = .string(TraceContext.hexadecimal(parent)) }
      for (key, value) in span.attributes {
        switch value {
        case .int64(let number): details[key] = .int(number)
        case .string(let text): details[key] = .string(text)
        default: details[key] = .string("\(value)")
        }
      }
      if case .error(let text) = span.status { details["error"] = .string(text) }
      let start = Int64(bitPattern: span.start &- zero)
      return
        #"{"ph":"X","pid":2,"tid":\#(track),"ts":\#(chromeMicroseconds(start)),"dur":\#(chromeMicroseconds(Int64(span.end - span.start))),"name":\#(JSONValue.string(span.name)),"cat":"span","args":\#(JSONValue.object(details))}"#
    }
  }
#endif
