import Testing

@testable import MillraceExecutor

@Suite struct TopologyCPUCountTests {
  @Test(arguments: [
    ("v2", 1.5), ("v2-nested", 3), ("v2-container", 0.2), ("v2-escaped-mount", 2.5), ("v1", 4), ("v1-container", 2.1),
    ("v1-nested", 1), ("hybrid", 3), ("other-namespace", 6),
  ])
  func leastQuotaOnTheWayUpCounts(tree: String, processors: Double) {
    #expect(ControlGroup.quota(root: fixture("ControlGroups/\(tree)")) == processors)
  }

  @Test(arguments: ["v2-max", "v2-malformed", "v1-unlimited", "no-mounts", "malformed", "does-not-exist"])
  func withoutQuotaThereIsNoLimit(tree: String) {
    #expect(ControlGroup.quota(root: fixture("ControlGroups/\(tree)")) == nil)
    #expect(Topology.usableCPUCount(root: fixture("ControlGroups/\(tree)"), allowed: 12) == 12)
  }

  @Test func quotaIsRoundedUpAndAffinityStillBinds() {
    let tree = fixture("ControlGroups/v2")
    #expect(Topology.usableCPUCount(root: tree, allowed: 8) == 2)
    #expect(Topology.usableCPUCount(root: tree, allowed: 1) == 1)
    #expect(Topology.usableCPUCount(root: fixture("ControlGroups/v2-container"), allowed: 8) == 1)
  }

  @Test func thereIsAlwaysOne() {
    #expect(Topology.usableCPUCount(root: fixture("ControlGroups/v2-max"), allowed: 0) == 1)
    #expect(Topology.usableCPUCount >= 1)
  }

  #if os(Linux)
    /// On a thread of its own, which ends with the test.
    @Test func pinnedThreadStaysOnItsProcessor() throws {
      let cpu = try #require(allowedCPUs()?.max())
      let seen = onNewThread { () -> (Bool, Set<Int>?, Int) in
        (pinCurrentThread(to: cpu), allowedCPUs(), Topology.usableCPUCount)
      }
      #expect(seen.0)
      #expect(seen.1 == [cpu])
      #expect(seen.2 == 1)
    }
  #endif

  @Test func processorThatIsNotThereIsRefused() {
    #expect(!pinCurrentThread(to: -1))
    #expect(!pinCurrentThread(to: 65_535))
    #expect(!pinCurrentThread(to: 1 << 40))
  }
}
