#if Jemalloc
  import CJemalloc
#endif

/// How often the allocator was asked, by size, since the process began; without what an ``ObserverArena`` has done.
package struct AllocatorCounts: Sendable {
  package struct SizeClass: Sendable {
    /// Of one allocation, rounded up.
    package var bytes: Int
    package var allocations: Int
    package var deallocations: Int
  }

  package var statistics: AllocatorStatistics
  /// Ascending.
  package var classes: [SizeClass]

  /// Now; nil without jemalloc. What a thread keeps for its next allocations counts as allocated until that thread ends, except for the calling one.
  ///
  /// - Complexity: some hundred look-ups by name.
  package static func current(without observer: ObserverArena? = nil) -> AllocatorCounts? {
    #if Jemalloc
      // The array first: its own allocation is before the reading, not in it.
      var classes: [SizeClass] = []
      classes.reserveCapacity(512)
      millrace_jemalloc_flush_thread()
      guard var statistics = AllocatorStatistics.current else { return nil }
      if let observer {
        statistics.allocated -= millrace_jemalloc_arena_allocated(observer.arena)
        statistics.active -= millrace_jemalloc_arena_active(observer.arena)
        statistics.resident -= millrace_jemalloc_arena_resident(observer.arena)
      }
      var (bytes, allocated, deallocated, index) = (0, UInt64(0), UInt64(0), 0)
      while unsafe millrace_jemalloc_class(index, -1, &bytes, &allocated, &deallocated) {
        var place = SizeClass(bytes: bytes, allocations: Int(allocated), deallocations: Int(deallocated))
        if let observer, unsafe millrace_jemalloc_class(index, Int64(observer.arena), &bytes, &allocated, &deallocated)
        {
          place.allocations -= Int(allocated)
          place.deallocations -= Int(deallocated)
        }
        classes.append(place)
        index += 1
      }
      return AllocatorCounts(statistics: statistics, classes: classes)
    #else
      return nil
    #endif
  }
}

/// A place for what only the watching of a program allocates, so that it can be left out of the program's figures.
package struct ObserverArena: Sendable {
  let arena: UInt32

  /// Nil without jemalloc, and when it refuses one.
  package init?() {
    #if Jemalloc
      arena = millrace_jemalloc_make_arena()
      if arena == 0 { return nil }
    #else
      return nil
    #endif
  }

  /// From now on the calling thread allocates there.
  package func useOnThisThread() {
    #if Jemalloc
      millrace_jemalloc_use_arena(arena)
    #endif
  }

  /// Bytes in use by the program now.
  package var allocatedElsewhere: Int {
    #if Jemalloc
      return (AllocatorStatistics.current?.allocated ?? 0) - millrace_jemalloc_arena_allocated(arena)
    #else
      return 0
    #endif
  }
}
