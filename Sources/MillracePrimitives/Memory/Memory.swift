#if Jemalloc
  import CJemalloc
#endif

/// Where the structures of this package get their memory: the C library's allocator, or, with the trait `Jemalloc`, an arena of jemalloc's
/// that nothing else uses, so that their bytes can be read apart.
package enum Memory {
  /// - Parameter alignment: a power of two, at least 8.
  /// - Returns: uninitialised memory; running out traps.
  package static func allocate(bytes: Int, alignment: Int) -> UnsafeMutableRawPointer {
    #if Jemalloc
      guard let memory = unsafe millrace_jemalloc_allocate(arena, bytes, alignment) else {
        fatalError("out of memory: jemalloc refused \(bytes) bytes")
      }
      return unsafe memory
    #else
      return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    #endif
  }

  /// - Parameters: as they were given to `allocate`.
  package static func deallocate(_ memory: UnsafeMutableRawPointer, bytes: Int, alignment: Int) {
    #if Jemalloc
      unsafe millrace_jemalloc_deallocate(memory, bytes, alignment)
    #else
      unsafe memory.deallocate()
    #endif
  }

  #if Jemalloc
    /// Index of the arena, made on first use.
    static let arena = millrace_jemalloc_make_arena()
  #endif
}

/// What the allocator has given out.
package struct AllocatorStatistics: Sendable {
  /// Bytes in use by the program, in the whole process.
  package var allocated: Int
  /// Bytes of the pages that those lie in.
  package var active: Int
  /// Bytes of physical memory that the allocator holds.
  package var resident: Int
  /// Bytes in use by the structures of this package.
  package var arena: Int

  /// Now; nil without jemalloc.
  package static var current: AllocatorStatistics? {
    #if Jemalloc
      millrace_jemalloc_refresh()
      return AllocatorStatistics(
        allocated: millrace_jemalloc_allocated(), active: millrace_jemalloc_active(),
        resident: millrace_jemalloc_resident(),
        arena: millrace_jemalloc_arena_allocated(Memory.arena))
    #else
      return nil
    #endif
  }
}
