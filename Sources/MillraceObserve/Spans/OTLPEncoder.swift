#if Workflow
  import Foundation
  import MillraceWorkflow
  import Tracing

  /// Spans as OTLP's JSON: names in lowerCamelCase, ids in hexadecimal digits, 64-bit integers as text, enumerations as numbers.
  struct OTLPEncoder {
    private var bytes: [UInt8] = []

    /// An `ExportTraceServiceRequest`.
    static func request(
      _ spans: [FinishedSpan], resource: [(key: String, value: SpanAttribute)], version: String
    ) -> [UInt8] {
      var encoder = OTLPEncoder()
      encoder.bytes.reserveCapacity(spans.count * 600)
      encoder.text(#"{"resourceSpans":[{"resource":{"#)
      encoder.attributes(resource)
      encoder.text(#"},"scopeSpans":[{"scope":{"name":"millrace","version":"#)
      encoder.string(version)
      encoder.text(#"},"spans":["#)
      for (place, span) in spans.enumerated() {
        if place > 0 { encoder.text(",") }
        encoder.span(span)
      }
      encoder.text("]}]}]}")
      return encoder.bytes
    }

    private mutating func span(_ span: FinishedSpan) {
      text("{")
      place(span.context)
      if let parent = span.parent { text(#","parentSpanId":"\#(TraceContext.hexadecimal(parent))""#) }
      // Whether the parent is of another process is not known.
      text(#","flags":\#(span.context.isSampled ? 1 : 0),"name":"#)
      string(span.name)
      text(
        #","kind":\#(Self.number(of: span.kind)),"startTimeUnixNano":"\#(span.start)","endTimeUnixNano":"\#(span.end)","#
      )
      attributes(span.attributes)
      if !span.events.isEmpty {
        list("events", span.events) { encoder, event in
          encoder.text(#"{"timeUnixNano":"\#(event.time)","name":"#)
          encoder.string(event.name)
          encoder.text(",")
          encoder.attributes(event.attributes)
          encoder.text("}")
        }
      }
      if !span.links.isEmpty {
        list("links", span.links) { encoder, link in
          encoder.text("{")
          encoder.place(link.context)
          encoder.text(",")
          encoder.attributes(link.attributes)
          encoder.text("}")
        }
      }
      switch span.status {
      case .unset: text(#","status":{}"#)
      case .ok: text(#","status":{"code":1}"#)
      case .error(let message):
        text(#","status":{"code":2,"message":"#)
        string(message)
        text("}")
      }
      text("}")
    }

    private static func number(of kind: SpanKind) -> Int {
      switch kind {
      case .internal: 1
      case .server: 2
      case .client: 3
      case .producer: 4
      case .consumer: 5
      }
    }

    private mutating func place(_ context: TraceContext) {
      text(
        #""traceId":"\#(TraceContext.hexadecimal(context.high))\#(TraceContext.hexadecimal(context.low))","spanId":"\#(TraceContext.hexadecimal(context.span))""#
      )
    }

    private mutating func list<Element>(
      _ name: String, _ elements: [Element], _ write: (inout OTLPEncoder, Element) -> Void
    ) {
      text(#","\#(name)":["#)
      for (place, element) in elements.enumerated() {
        if place > 0 { text(",") }
        write(&self, element)
      }
      text("]")
    }

    private mutating func attributes(_ attributes: [(key: String, value: SpanAttribute)]) {
      text(#""attributes":["#)
      for (place, (key, value)) in attributes.enumerated() {
        if place > 0 { text(",") }
        text(#"{"key":"#)
        string(key)
        text(#","value":"#)
        self.value(value)
        text("}")
      }
      text("]")
    }

    private mutating func value(_ value: SpanAttribute) {
      switch value {
      case .int32(let number): text(#"{"intValue":"\#(number)"}"#)
      case .int64(let number): text(#"{"intValue":"\#(number)"}"#)
      case .double(let number): double(number)
      case .bool(let value): text(#"{"boolValue":\#(value)}"#)
      case .string(let string): self.string(value: string)
      case .stringConvertible(let convertible): string(value: "\(convertible)")
      case .int32Array(let numbers): array(numbers) { $0.text(#"{"intValue":"\#($1)"}"#) }
      case .int64Array(let numbers): array(numbers) { $0.text(#"{"intValue":"\#($1)"}"#) }
      case .doubleArray(let numbers): array(numbers) { $0.double($1) }
      case .boolArray(let values): array(values) { $0.text(#"{"boolValue":\#($1)}"#) }
      case .stringArray(let strings): array(strings) { $0.string(value: $1) }
      case .stringConvertibleArray(let convertibles): array(convertibles) { $0.string(value: "\($1)") }
      // swift-distributed-tracing keeps one case back.
      default: string(value: "\(value)")
      }
    }

    private mutating func array<Element>(_ elements: [Element], _ write: (inout OTLPEncoder, Element) -> Void) {
      text(#"{"arrayValue":{"values":["#)
      for (place, element) in elements.enumerated() {
        if place > 0 { text(",") }
        write(&self, element)
      }
      text("]}}")
    }

    private mutating func double(_ number: Double) {
      // As the protocol's JSON mapping says what JSON cannot.
      let text =
        number.isNaN ? "\"NaN\"" : number.isInfinite ? (number < 0 ? "\"-Infinity\"" : "\"Infinity\"") : "\(number)"
      self.text(#"{"doubleValue":\#(text)}"#)
    }

    private mutating func string(value: String) {
      text(#"{"stringValue":"#)
      string(value)
      text("}")
    }

    private mutating func string(_ string: String) { bytes += JSONValue.string(string).json }

    private mutating func text(_ text: String) { bytes += text.utf8 }
  }
#endif
