/// The schedulers that the timers of a shard submit to, and how many timers do: so that a timer costs a count here, not one that all threads share.
///
/// Belongs to who holds the shard's wheel.
// SAFETY: a scheduler is retained from the first timer that counts for it until the last does no longer.
@safe
struct TimerTargets: ~Copyable {
  @safe
  private struct Target {
    var scheduler: Unmanaged<Scheduler>?
    var count = 0
  }

  static let none = UInt8.max
  private static let capacity = 16

  private let targets: UnsafeMutablePointer<Target>
  private var last = 0

  init() {
    unsafe targets = .allocate(capacity: Self.capacity)
    unsafe targets.initialize(repeating: Target(), count: Self.capacity)
  }

  deinit {
    for index in 0..<Self.capacity { unsafe targets[index].scheduler?.release() }
    unsafe targets.deallocate()
  }

  /// One timer more. ``none``: there is no room for another scheduler.
  @inline(__always)
  mutating func add(_ scheduler: borrowing Scheduler) -> UInt8 {
    let wanted = unsafe Unmanaged.passUnretained(copy scheduler)
    if let known = unsafe targets[last].scheduler, unsafe known.toOpaque() == wanted.toOpaque() {
      unsafe targets[last].count &+= 1
      return UInt8(truncatingIfNeeded: last)
    }
    return unsafe find(wanted)
  }

  @inline(never)
  private mutating func find(_ wanted: Unmanaged<Scheduler>) -> UInt8 {
    var free: Int?
    for index in 0..<Self.capacity {
      guard let known = unsafe targets[index].scheduler else {
        free = free ?? index
        continue
      }
      if unsafe known.toOpaque() == wanted.toOpaque() {
        unsafe targets[index].count += 1
        last = index
        return UInt8(index)
      }
    }
    guard let free else { return Self.none }
    unsafe targets[free] = Target(scheduler: wanted.retain(), count: 1)
    last = free
    return UInt8(free)
  }

  /// One timer less. (A scheduler may end here; what it does to timers meanwhile goes to the inbox.)
  @inline(__always)
  mutating func remove(_ target: UInt8) {
    unsafe targets[Int(target)].count &-= 1
    if unsafe targets[Int(target)].count == 0 { letGo(of: Int(target)) }
  }

  @inline(never)
  private mutating func letGo(of index: Int) {
    let scheduler = unsafe targets[index].scheduler.take()
    unsafe scheduler?.release()
  }

  subscript(target: UInt8) -> Scheduler { unsafe targets[Int(target)].scheduler!.takeUnretainedValue() }
}
