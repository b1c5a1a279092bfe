import MillraceExecutor
import Synchronization

/// What profiles call the nodes of a plan, by the places of their names: looked up when a node first runs while a profile is on.
///
/// One edge: `B1`, the list of numbers is zero before anybody sees it.
@safe
struct ProfiledNames: ~Copyable {
  private let count: Int
  /// For each name its number in profiles; 0: not looked up yet; the largest: none. Address of the first, or 0: no profile has been on.
  private let ids = Atomic<UInt>(0)

  private static let none = UInt32.max

  init(count: Int) { self.count = count }

  deinit {
    // Relaxed: nobody else is left.
    unsafe Self.list(ids.load(ordering: .relaxed))?.deallocate()
  }

  private static func list(_ bits: UInt) -> UnsafeMutablePointer<Atomic<UInt32>>? {
    unsafe UnsafeMutablePointer(bitPattern: bits)
  }

  /// The name at `place`. Nil: it is empty, or profiles have too many already.
  func name(_ place: Int, _ names: borrowing NodeNames) -> ProfileName? {
    let entry = unsafe list() + place
    // Relaxed: a number; whoever looks the same text up finds the same one.
    let known = unsafe entry.pointee.load(ordering: .relaxed)
    if known != 0 { return known == Self.none ? nil : ProfileName(id: known) }
    let text = names.text(at: place)
    let name = text.isEmpty ? nil : ProfileName(madeUp: text)
    // Relaxed: as above.
    unsafe entry.pointee.store(name?.id ?? Self.none, ordering: .relaxed)
    return name
  }

  private func list() -> UnsafeMutablePointer<Atomic<UInt32>> {
    // B1: pairs with the exchange below; the zeros travel.
    if let list = unsafe Self.list(ids.load(ordering: .acquiring)) { return unsafe list }
    let list = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: count)
    for place in 0..<count { unsafe (list + place).initialize(to: Atomic(0)) }
    // B1: pairs with the load above, and with itself: the first list is everybody's.
    let (isFirst, others) = ids.compareExchange(
      expected: 0, desired: UInt(bitPattern: list), ordering: .acquiringAndReleasing)
    if isFirst { return unsafe list }
    unsafe list.deallocate()
    return unsafe Self.list(others)!
  }
}
