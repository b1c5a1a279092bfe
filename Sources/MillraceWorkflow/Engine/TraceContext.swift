/// A place in a trace: as W3C's `traceparent` writes it.
///
/// ```swift
/// import MillraceWorkflow
/// let context = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
/// print(context?.isSampled ?? false)  // true
/// ```
public struct TraceContext: Sendable, Hashable, LosslessStringConvertible {
  /// The trace's id, its first half and its second.
  public var high: UInt64
  public var low: UInt64
  public var span: UInt64
  /// False: nobody keeps the trace.
  public var isSampled: Bool

  public init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool = true) {
    (self.high, self.low, self.span, self.isSampled) = (high, low, span, isSampled)
  }

  /// Reads a `traceparent`; nil for what is none. Of versions after 00 what is known is read, as the standard has it.
  public init?(_ description: String) {
    var description = description
    // In place: it is read for each change of a run that is traced.
    let context = description.withUTF8 { unsafe Self(ascii: $0) }
    guard let context else { return nil }
    self = context
  }

  private init?(ascii text: UnsafeBufferPointer<UInt8>) {
    let dash = UInt8(ascii: "-")
    guard text.count >= 55, unsafe text[2] == dash, unsafe text[35] == dash, unsafe text[52] == dash,
      let version = unsafe Self.number(text, 0..<2),
      version != 0xff, unsafe text.count == 55 || version > 0 && text[55] == dash,
      let high = unsafe Self.number(text, 3..<19), let low = unsafe Self.number(text, 19..<35),
      let span = unsafe Self.number(text, 36..<52), let flags = unsafe Self.number(text, 53..<55), high | low != 0,
      span != 0
    else { return nil }
    self.init(high: high, low: low, span: span, isSampled: flags & 1 == 1)
  }

  public var description: String {
    unsafe String(unsafeUninitializedCapacity: 55) { text in
      let dash = UInt8(ascii: "-")
      for place in [0, 1, 53] { unsafe text[place] = UInt8(ascii: "0") }
      for place in [2, 35, 52] { unsafe text[place] = dash }
      unsafe HexadecimalText.write(high, to: text, at: 3)
      unsafe HexadecimalText.write(low, to: text, at: 19)
      unsafe HexadecimalText.write(span, to: text, at: 36)
      unsafe text[54] = UInt8(ascii: isSampled ? "1" : "0")
      return 55
    }
  }

  /// The same trace, at another place.
  public func at(_ span: UInt64) -> TraceContext {
    TraceContext(high: high, low: low, span: span, isSampled: isSampled)
  }

  /// 16 digits in small letters.
  public static func hexadecimal(_ word: UInt64) -> String { HexadecimalText.text(of: word) }

  /// Of digits in small letters, as the standard wants them.
  private static func number(_ text: UnsafeBufferPointer<UInt8>, _ places: Range<Int>) -> UInt64? {
    var number: UInt64 = 0
    for place in places {
      let digit = unsafe text[place]
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }
}

/// Places of runs, steps and attempts: computed from what is stored, so that who goes on with a run after a restart, or on another machine, knows them without being told.
extension TraceContext {
  /// A run's own span.
  public static func span(of run: RunID) -> UInt64 { mixed(run.high &* 0x9e37_79b9_7f4a_7c15 ^ run.low) }

  /// Where a run stands: in the trace that it was started under, else in one that is its own, of which the tracer says whether it is kept.
  public init(of record: RunRecord, by tracer: some RunTracer) {
    self =
      record.traceparent.flatMap(Self.init)?.at(Self.span(of: record.id)) ?? Self(rootOf: record.id, by: tracer)
  }

  /// Of a run that nobody has started under a trace.
  init(rootOf run: RunID, by tracer: some RunTracer) {
    self.init(high: run.high, low: run.low, span: Self.span(of: run))
    isSampled = tracer.samples(self)
  }

  /// The span under which a run was started; nil: it is the trace's first.
  public static func parent(of record: RunRecord) -> UInt64? {
    guard let given = record.traceparent.flatMap(Self.init), given.span != span(of: record.id) else { return nil }
    return given.span
  }

  /// A step of the run that stands here.
  ///
  /// - Parameter start: of its first attempt: a step that is done again is another span.
  public func step(_ name: String, since start: Timestamp) -> TraceContext {
    var hash = span ^ UInt64(bitPattern: start.microseconds)
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return at(Self.mixed(hash))
  }

  /// An attempt of the step that stands here.
  public func attempt(_ number: Int) -> TraceContext {
    at(Self.mixed(span ^ UInt64(truncatingIfNeeded: number) &* 0xbf58_476d_1ce4_e5b9))
  }

  /// Never 0, which means none.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var generator = SplitMix(state: value)
    let mixed = generator.next()
    return mixed == 0 ? 1 : mixed
  }

  private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }
  }

  /// What a new run is started under.
  static func traceparent(ofNew run: RunID, _ request: StartRequest, by tracer: any RunTracer) -> String {
    guard let given = request.traceparent.flatMap(Self.init) else { return "\(Self(rootOf: run, by: tracer))" }
    // A part of another run stands under that one, whatever that one was started under.
    return "\(request.parent.map { given.at(span(of: $0)) } ?? given)"
  }
}
