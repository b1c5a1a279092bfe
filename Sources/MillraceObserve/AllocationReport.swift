import Foundation
import MillracePrimitives

/// What the allocator, jemalloc, gave out and took back between two readings, in the whole process. Needs the trait `Jemalloc`.
///
/// ```swift
/// import MillraceObserve
/// let before = AllocationReading()
/// let squares = (0..<1000).map { $0 * $0 }
/// print(squares.count)
/// print(AllocationReport(from: before, to: AllocationReading()))
/// ```
///
/// Threads keep some allocations for later; those count as allocated until their thread ends. So counts are exact when the executor was made after the first reading and shut down before
/// the second, and else too large by some dozen of each size and thread.
public struct AllocationReport: Sendable, CustomStringConvertible {
  /// How much memory, at one moment, in bytes.
  public struct Memory: Sendable, Hashable {
    /// In use by the program.
    public var allocated: Int
    /// Of the pages that those lie in.
    public var active: Int
    /// Of physical memory that the allocator holds.
    public var resident: Int
  }

  /// Allocations of one size, as the allocator rounds sizes up.
  public struct SizeClass: Sendable, Hashable {
    public var bytes: Int
    public var allocations: Int
    public var deallocations: Int
  }

  /// Nil: the program was built without the trait; so are `after`, and `classes` is empty.
  public var before: Memory?
  public var after: Memory?
  /// The most bytes in use that somebody saw; nil: nobody looked.
  public var allocatedMax: Int?
  /// Those that were used between the readings, in ascending order.
  public var classes: [SizeClass] = []

  public init(from before: AllocationReading, to after: AllocationReading, allocatedMax: Int? = nil) {
    guard let first = before.counts, let last = after.counts else { return }
    self.before = Memory(first.statistics)
    self.after = Memory(last.statistics)
    self.allocatedMax = allocatedMax
    for (one, two) in zip(first.classes, last.classes) {
      let (made, freed) = (two.allocations - one.allocations, two.deallocations - one.deallocations)
      if made != 0 || freed != 0 {
        classes.append(SizeClass(bytes: two.bytes, allocations: made, deallocations: freed))
      }
    }
  }

  public var allocations: Int { classes.reduce(0) { $0 + $1.allocations } }
  public var deallocations: Int { classes.reduce(0) { $0 + $1.deallocations } }
  /// Of all allocations, as rounded up.
  public var allocatedBytes: Int { classes.reduce(0) { $0 + $1.allocations * $1.bytes } }

  static let need = "allocations are counted in builds with the trait Jemalloc (--traits Jemalloc)"

  /// For people: the memory before and after, and the five sizes that most bytes were allocated in.
  public var description: String {
    guard let before, let after else { return Self.need }
    var lines = [
      "allocations \(allocations), of \(Self.figure(allocatedBytes)) together; deallocations \(deallocations)",
      "",
      Self.row("memory", ["allocated", "active", "resident"]),
      Self.row("before", [before.allocated, before.active, before.resident].map(Self.figure)),
      Self.row("after", [after.allocated, after.active, after.resident].map(Self.figure)),
    ]
    if let allocatedMax { lines.append(Self.row("at most", [Self.figure(allocatedMax)])) }
    let most = classes.filter { $0.allocations > 0 }.sorted { $0.allocations * $0.bytes > $1.allocations * $1.bytes }
    if !most.isEmpty {
      lines += ["", Self.row("size", ["count", "together"])]
      lines += most.prefix(5).map { size in
        Self.row(Self.figure(size.bytes), ["\(size.allocations)", Self.figure(size.allocations * size.bytes)])
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    name.padding(toLength: 9, withPad: " ", startingAt: 0)
      + cells.map { String(repeating: " ", count: max(0, 11 - $0.count)) + $0 }.joined()
  }

  /// Bytes with three digits and a unit.
  private static func figure(_ bytes: Int) -> String {
    let (value, unit) =
      switch Double(bytes.magnitude) {
      case ..<1000: (Double(bytes), "B")
      case ..<999_500: (Double(bytes) / 1e3, "kB")
      case ..<999_500_000: (Double(bytes) / 1e6, "MB")
      default: (Double(bytes) / 1e9, "GB")
      }
    let format = unit == "B" || abs(value) >= 99.95 ? "%.0f" : abs(value) >= 9.995 ? "%.1f" : "%.2f"
    return "\(String(format: format, value)) \(unit)"
  }

  /// JSON: what ``description`` says, with every size; or, without the trait, `needs`.
  public var json: String {
    let data = try! JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  private var object: [String: Any] {
    guard let before, let after else { return ["needs": Self.need] }
    func object(_ memory: Memory) -> [String: Int] {
      ["allocated_bytes": memory.allocated, "active_bytes": memory.active, "resident_bytes": memory.resident]
    }
    var result: [String: Any] = [
      "before": object(before), "after": object(after), "allocations": allocations, "deallocations": deallocations,
      "allocated_bytes": allocatedBytes,
      "sizes": classes.map {
        ["bytes": $0.bytes, "allocations": $0.allocations, "deallocations": $0.deallocations]
      },
    ]
    if let allocatedMax { result["allocated_bytes_max"] = allocatedMax }
    return result
  }
}

/// What the allocator has done so far, in the whole process.
public struct AllocationReading: Sendable {
  let counts: AllocatorCounts?

  /// - Complexity: some hundred look-ups by name; allocates.
  public init() { counts = AllocatorCounts.current() }

  /// Without what `observer` has done.
  package init(without observer: ObserverArena?) { counts = AllocatorCounts.current(without: observer) }
}

extension AllocationReport.Memory {
  init(_ statistics: AllocatorStatistics) {
    self.init(allocated: statistics.allocated, active: statistics.active, resident: statistics.resident)
  }
}
