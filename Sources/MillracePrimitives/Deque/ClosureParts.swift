import CMillrace

/// The two words of a Swift closure.
@frozen
public struct ClosureParts {
  public let function: UInt
  public let context: UInt
}

/// Takes a closure apart without letting it escape: its context stays where the caller keeps it (on the stack, for a literal),
/// so the parts are good only while the caller's call is under way.
@_silgen_name("millrace_closure_parts")
public func closureParts(_ closure: () -> Void) -> ClosureParts

/// The same for a closure that runs a stolen part of a loop.
@_silgen_name("millrace_loop_closure_parts")
public func loopClosureParts(_ closure: (UnsafeMutablePointer<millrace_loop_part>) -> Void) -> ClosureParts
