import CMillrace

/// How eager the runs of a plan are to be shared, by what earlier ones took.
///
/// Where nodes take some nanoseconds, what participants do to each other's caches, and waking them, may cost more than their help is worth: one finds that out by trying. So a run whose nodes are
/// quick begins *reluctantly* when it is known what a shared one takes: nobody is asked for help as long as the run gets on faster alone.
///
/// | run | was | next |
/// |---|---|---|
/// | eager | never shared, or its nodes were slow | eager |
/// | eager | shared, and its nodes were quick | reluctant |
/// | reluctant | about as fast as the last eager one, or faster | reluctant; now and then, ever more rarely, eager, to know what that takes now |
/// | reluctant | slower, for one of its first nodes took long, or nodes take longer than they did | eager for some time |
struct Sharing {
  private(set) var isReluctant = false
  /// What the last eager run took that was shared, in ticks.
  private(set) var sharedTicks: UInt64 = 0
  /// Runs until it changes by itself.
  private var runsLeft = 0
  private var reluctantRuns = 8

  private static var eagerRuns: Int { 64 }
  private static var mostReluctantRuns: Int { 1024 }
  /// A node that takes less is quick.
  private static var quickTicks: UInt64 { 4_000 }

  /// A run has ended of its own accord, and somebody could have helped.
  mutating func note(ticks: UInt64, nodes: Int, wasShared: Bool) {
    if isReluctant {
      runsLeft -= 1
      if ticks > sharedTicks + sharedTicks / 4 {
        (isReluctant, runsLeft) = (false, Self.eagerRuns)
      } else if runsLeft == 0 {
        isReluctant = false
        reluctantRuns = min(reluctantRuns * 2, Self.mostReluctantRuns)
      }
    } else if wasShared {
      sharedTicks = ticks
      runsLeft = max(0, runsLeft - 1)
      if runsLeft == 0, ticks < Self.quickTicks * UInt64(nodes) { (isReluctant, runsLeft) = (true, reluctantRuns) }
    }
  }
}
