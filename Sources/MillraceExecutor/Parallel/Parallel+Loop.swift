import CMillrace
import MillracePrimitives
import Synchronization

/// The loop that every algorithm is made of.
extension Parallel {
  /// Calls `body` with parts of `range` that together are the range, each once.
  ///
  /// `body` is called in two places: here, where it is inlined with the user's closure inside it, and in the closure for stolen parts, where
  /// the compiler leaves one indirect call per element. So the worker that enters a loop runs it at the serial loop's speed.
  @inlinable @inline(__always)
  package static func overRanges<E: Error>(_ range: Range<Int>, _ body: (Range<Int>) throws(E) -> Void) throws(E) {
    try overRanges(range, body, elsewhere: body)
  }

  /// The same, with another form of the body for stolen parts and other threads: for callers who have one that is quicker through a pointer.
  @inlinable @inline(__always)
  package static func overRanges<E: Error>(
    _ range: Range<Int>, _ body: (Range<Int>) throws(E) -> Void, elsewhere other: (Range<Int>) throws(E) -> Void
  ) throws(E) {
    try fold(
      range, identity: (), { (_, part) throws(E) in try body(part) },
      elsewhere: { (_, part) throws(E) in try other(part) }, combine: { (_, _) throws(E) in })
  }

  /// Folds the parts of `range` in order: `fold` extends a value over the next part, `combine` joins the values of neighbours.
  @inlinable @inline(__always)
  static func fold<T, E: Error>(
    _ range: Range<Int>, identity: T, _ fold: (inout T, Range<Int>) throws(E) -> Void,
    combine: (inout T, T) throws(E) -> Void
  ) throws(E) -> T {
    try self.fold(range, identity: identity, fold, elsewhere: fold, combine: combine)
  }

  @inlinable @inline(__always)
  static func fold<T, E: Error>(
    _ range: Range<Int>, identity: T, _ fold: (inout T, Range<Int>) throws(E) -> Void,
    elsewhere other: (inout T, Range<Int>) throws(E) -> Void, combine: (inout T, T) throws(E) -> Void
  ) throws(E) -> T {
    guard let worker = unsafe Worker.withStack else {
      return try elsewhere { () throws(E) -> T in
        unsafe try participate(range, Worker.current.unsafelyUnwrapped, identity, other, other, combine)
      }
    }
    return unsafe try participate(range, worker, identity, fold, other, combine)
  }

  @inlinable @inline(__always)
  static func participate<T, E: Error>(
    _ range: Range<Int>, _ worker: WorkerPointer, _ identity: T, _ fold: (inout T, Range<Int>) throws(E) -> Void,
    _ foldStolen: (inout T, Range<Int>) throws(E) -> Void, _ combine: (inout T, T) throws(E) -> Void
  ) throws(E) -> T {
    var value = identity
    let rest = unsafe try runFirst(range, worker, &value, fold)
    if rest.isEmpty { return value }
    let begun = value
    if E.self != Never.self { unsafe worker.openThrowingScope() }
    defer { if E.self != Never.self { unsafe worker.closeScope() } }
    let outcome = unsafe withLoop(
      isCancellable: E.self != Never.self && canBeCancelled(E.self),
      stolenPart: { part in
        let shared = unsafe part.pointee.shared.assumingMemoryBound(to: SharedLoop.self)
        let range = unsafe part.pointee.lower..<part.pointee.upper
        unsafe leave(
          run(range, Worker.current.unsafelyUnwrapped, shared, identity, identity, foldStolen, combine), in: part)
      },
      enter: { shared in unsafe run(rest, worker, shared, begun, identity, fold, combine) })
    return try outcome.get()
  }

  /// Runs the first few elements one after the other, while the worker has forks that others can steal; returns what is left.
  ///
  /// Short loops are most often nested in others: there this is all of the loop, and costs two loads for each element.
  @inlinable @inline(__always)
  static func runFirst<T, E: Error>(
    _ range: Range<Int>, _ worker: WorkerPointer, _ value: inout T, _ fold: (inout T, Range<Int>) throws(E) -> Void
  ) throws(E) -> Range<Int> {
    // Closures that can throw need a scope, in which they can be cancelled.
    guard E.self == Never.self else { return range }
    var low = range.lowerBound
    let end = min(range.upperBound, low &+ 16)
    while low < end, unsafe low &+ 1 == range.upperBound || !worker.pointee.forks.isDrained {
      try fold(&value, low..<low &+ 1)
      low &+= 1
    }
    return low..<range.upperBound
  }

  /// One participant's share of the loop: `begun` is extended over `range`.
  @inlinable @inline(__always)
  static func run<T, E: Error>(
    _ range: Range<Int>, _ worker: WorkerPointer, _ shared: UnsafePointer<SharedLoop>, _ begun: T, _ identity: T,
    _ fold: (inout T, Range<Int>) throws(E) -> Void, _ combine: (inout T, T) throws(E) -> Void
  ) -> Result<T, E> {
    var driver = unsafe LoopDriver(range, worker, shared)
    var value = begun
    var failure: E? = nil
    // Values set aside while an adopted part is run. Stays empty, and unallocated, in most loops.
    var outer: [T] = []
    while true {
      do throws(E) {
        switch driver.next() {
        case .run: try fold(&value, driver.part)
        case .joined(let part):
          guard let result = unsafe part.pointee.result?.assumingMemoryBound(to: Result<T, E>.self) else { continue }
          defer { unsafe result.deallocate() }
          let next = unsafe try result.move().get()
          if failure == nil { try combine(&value, next) }
        case .adopted:
          outer.append(value)
          value = identity
        case .returned(let part):
          if failure == nil { unsafe leave(Result<T, E>.success(value), in: part) }
          value = outer.removeLast()
        case .finished:
          if let failure { return .failure(failure) }
          if E.self != Never.self, let cancellation = unsafe shared.cancellation(E.self) {
            return .failure(cancellation)
          }
          return .success(value)
        }
      } catch {
        unsafe shared.pointee.stop()
        if failure == nil || failure is CancellationError { failure = error }
      }
    }
  }

  /// Leaves a part's value for its owner, if there is anything to leave.
  @inlinable
  static func leave<T, E: Error>(_ result: Result<T, E>, in part: UnsafeMutablePointer<millrace_loop_part>) {
    if MemoryLayout<T>.size == 0, case .success = result { return }
    let place = UnsafeMutablePointer<Result<T, E>>.allocate(capacity: 1)
    unsafe place.initialize(to: result)
    unsafe part.pointee.result = UnsafeMutableRawPointer(place)
  }

  /// Makes what the participants share. `stolenPart` stays on the stack, where thieves call it until `enter` returns.
  @inlinable @inline(__always)
  static func withLoop<R>(
    isCancellable: Bool, stolenPart: (UnsafeMutablePointer<millrace_loop_part>) -> Void,
    enter: (UnsafePointer<SharedLoop>) -> R
  ) -> R {
    let shared = unsafe SharedLoop(stolenPart: loopClosureParts(stolenPart), isCancellable: isCancellable)
    return unsafe withUnsafePointer(to: shared) { unsafe enter($0) }
  }
}

/// Whether an `E` can be a `CancellationError`.
@usableFromInline
func canBeCancelled<E: Error>(_: E.Type) -> Bool { E.self == (any Error).self || E.self == CancellationError.self }

extension UnsafePointer where Pointee == SharedLoop {
  /// The error to throw for a loop that was stopped, though nothing threw here.
  @usableFromInline
  func cancellation<E: Error>(_: E.Type) -> E? {
    // Relaxed: whoever stopped the loop has been joined.
    unsafe pointee.isStopped.load(ordering: .relaxed) ? CancellationError() as? E : nil
  }
}
