/// Where the elements of a pipeline come from.
@safe
struct PipelineSource: Sendable {
  let name: String
  /// For a run: puts the next element into a place, or returns false. Called once at a time.
  let makeBody: @Sendable () -> (UnsafeMutableRawPointer) throws -> Bool
}

/// What a pipeline does with an element, whatever its type.
@safe
struct PipelineStage: Sendable {
  enum Kind: Sendable {
    case parallel, serial, exclusive
  }

  let name: String
  let kind: Kind
  /// For a run: takes the element out of its place, and puts what it became there. When it throws, nothing is there.
  let makeBody: @Sendable () -> (UnsafeMutableRawPointer) throws -> Void
  /// Destroys what the stage would have taken.
  let destroyInput: @Sendable (UnsafeMutableRawPointer) -> Void
}

/// Size and alignment of a place that holds what an element is before any stage and after the last.
struct PipelineFootprint: Sendable {
  private(set) var size = 1
  private(set) var alignment = 1

  func including<T>(_ type: T.Type) -> PipelineFootprint {
    var footprint = self
    footprint.size = max(size, MemoryLayout<T>.size)
    footprint.alignment = max(alignment, MemoryLayout<T>.alignment)
    return footprint
  }

  var stride: Int { (size + alignment - 1) & ~(alignment - 1) }
}

/// The order in which elements enter a stage that takes one at a time.
///
/// Each has a ticket: its number, or how many have arrived before. The stage is open for one ticket, until that has left. Those that come early wait here; they are under way, and
/// all that lie between are too, so no two of them share a place of `waiting`.
struct StageTurns {
  private var next = 0
  private var arrivals = 0
  /// For a ticket modulo the number of tokens, the token that waits with it, or -1.
  private var waiting: [Int]

  init(tokens: Int) { waiting = Array(repeating: -1, count: tokens) }

  /// For a token that arrives now, where the order is that of arrival.
  mutating func takeTicket() -> Int {
    defer { arrivals += 1 }
    return arrivals
  }

  /// True: it is the token's turn. False: the token waits, and ``leave()`` will return it.
  mutating func enter(_ token: Int, ticket: Int) -> Bool {
    if ticket == next { return true }
    waiting[ticket % waiting.count] = token
    return false
  }

  /// The token that was in the stage has left. Returns the token whose turn it is now, if it waits.
  mutating func leave() -> Int? {
    next += 1
    let place = next % waiting.count
    let token = waiting[place]
    waiting[place] = -1
    return token < 0 ? nil : token
  }
}
