/// A timer, embedded in what it times: 32 bytes, two to a cache line, so that filing one allocates nothing.
///
/// Its address is its identity: while it is in a wheel it must neither move nor be freed. It cannot be copied, as a copy would
/// not be in the wheel. All fields belong to the wheel, and so to the wheel's thread, but ``tag``.
///
/// The head of a slot is an entry too, see ``TimerWheel``: then a neighbour is a neighbour, and unlinking has no special cases.
@safe
public struct TimerEntry: ~Copyable {
  /// The ring of the slot: null outside of the wheel before it was first filed, stale after it was taken out.
  @usableFromInline var next: UnsafeMutablePointer<TimerEntry>?
  @usableFromInline var previous: UnsafeMutablePointer<TimerEntry>?

  /// When it is due. In a slot's head: no entry of the slot is due before this, `.max` when the slot is empty.
  @usableFromInline var due: Tick

  /// The user's: says what is to be done, or which of several entries of one object this is. In a slot's head: how many entries.
  public var tag: UInt32

  /// Which slot of the wheel, or ``outside``.
  @usableFromInline var slot: UInt16

  /// The coarsest level whose slot ends soon enough for the tolerance; 0: must fire in its own tick.
  @usableFromInline var coarsest: UInt16

  @usableFromInline static let outside = UInt16.max

  @inlinable
  public init(tag: UInt32 = 0) {
    unsafe next = nil
    unsafe previous = nil
    due = Tick(.max)
    self.tag = tag
    slot = Self.outside
    coarsest = 0
  }

  /// When it is due; of an entry that has been scheduled.
  @inlinable
  public var deadline: Tick { due }

  /// It is in a wheel.
  @inlinable
  public var isScheduled: Bool { slot != Self.outside }
}
