import Testing

@testable import MillraceGraph

/// When runs of a plan of 1,000 nodes are begun reluctantly.
@Suite struct SharingTests {
  private static let slow: UInt64 = 5_000_000
  private static let quick: UInt64 = 100_000

  private func note(_ sharing: inout Sharing, _ ticks: UInt64, wasShared: Bool = true, times: Int = 1) {
    for _ in 0..<times { sharing.note(ticks: ticks, nodes: 1_000, wasShared: wasShared) }
  }

  @Test func whatIsNotSharedSaysNothing() {
    var sharing = Sharing()
    note(&sharing, Self.quick, wasShared: false, times: 3)
    #expect(!sharing.isReluctant)
  }

  @Test func slowNodesAreShared() {
    var sharing = Sharing()
    note(&sharing, Self.slow, times: 3)
    #expect(!sharing.isReluctant)
  }

  @Test func quickNodesAreNotAndNowAndThenTheyAre() {
    var sharing = Sharing()
    for reluctantRuns in [8, 16, 32, 64] {
      note(&sharing, Self.quick)
      #expect(sharing.isReluctant)
      #expect(sharing.sharedTicks == Self.quick)
      note(&sharing, Self.quick, wasShared: false, times: reluctantRuns - 1)
      #expect(sharing.isReluctant)
      note(&sharing, Self.quick, times: 1)
      #expect(!sharing.isReluctant)
    }
  }

  @Test func whatLosesByBeingReluctantIsEagerForSomeTime() {
    var sharing = Sharing()
    note(&sharing, Self.quick)
    note(&sharing, Self.quick * 5 / 4)
    #expect(sharing.isReluctant)
    note(&sharing, Self.quick * 5 / 4 + 1)
    #expect(!sharing.isReluctant)
    note(&sharing, Self.quick, times: 63)
    #expect(!sharing.isReluctant)
    note(&sharing, Self.quick)
    #expect(sharing.isReluctant)
  }
}
