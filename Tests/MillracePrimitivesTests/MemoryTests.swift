import Testing

@testable import MillracePrimitives

@Suite(.serialized) struct MemoryTests {
  @Test func memoryIsAlignedAndUsable() {
    for alignment in [8, 64, 4096] {
      let memory = unsafe Memory.allocate(bytes: 1000, alignment: alignment)
      #expect(UInt(bitPattern: memory) % UInt(alignment) == 0)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xa5, count: 1000)
      unsafe Memory.deallocate(memory, bytes: 1000, alignment: alignment)
    }
  }

  #if Jemalloc
    @Test func jemallocCountsOurBytesApart() throws {
      let before = try #require(AllocatorStatistics.current)
      let memory = unsafe Memory.allocate(bytes: 64 << 20, alignment: 64)
      let after = try #require(AllocatorStatistics.current)
      // Other tests use the arena at the same time, for far less.
      #expect(after.arena - before.arena >= 48 << 20)
      unsafe Memory.deallocate(memory, bytes: 64 << 20, alignment: 64)
      let end = try #require(AllocatorStatistics.current)
      #expect(after.arena - end.arena >= 48 << 20)
    }

    /// Swift's own allocations go to jemalloc, too: it is the process's malloc.
    @Test func jemallocIsTheWholeProcess() throws {
      let before = try #require(AllocatorStatistics.current)
      let array = [UInt8](repeating: 1, count: 64 << 20)
      let after = try #require(AllocatorStatistics.current)
      #expect(after.allocated - before.allocated >= 60 << 20)
      #expect(array.count == 64 << 20)
    }
  #else
    @Test func withoutJemallocThereAreNoStatistics() {
      #expect(AllocatorStatistics.current == nil)
    }
  #endif
}
