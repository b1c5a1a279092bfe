import MillracePrimitives

/// Decides which ready job runs next.
///
/// Half of the seeds draw uniformly at each step. That mixes tasks finely, but holds none back for long: it missed, in 1,000 runs, a lost wake-up for which one task must stand still while another
/// takes twenty steps (`lostWakeupIsFound` in `Tests/MillraceTestingTests/PlantedBugTests.swift`; with this mixture 30 of 1,000 seeds show it). The other half follow priorities, as in Burckhardt et al.
/// 2010 (doi:10.1145/1736020.1736040): each task draws one, the highest ready one runs, and now and then the one that was to run falls behind all others. Where we differ:
/// they place a fixed number of such changes in a run whose length they know; here each step is a change with a chance that depends on the seed. So no task is held back for ever,
/// and one that polls is no livelock.
struct Chooser {
  private enum Strategy {
    case uniform
    /// One step in `changeInterval` demotes, on average.
    case priorities(changeInterval: Int)
  }

  private var generator: SplitMix64
  private let strategy: Strategy
  private var priorities: [Int: Int] = [:]
  private var lowest = 0

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
    switch generator.index(below: 6) {
    case 0: strategy = .priorities(changeInterval: 8)
    case 1: strategy = .priorities(changeInterval: 32)
    case 2: strategy = .priorities(changeInterval: 128)
    default: strategy = .uniform
    }
  }

  /// The place of the job to run in a list that is not empty, of which `owner` says for which task each one works.
  mutating func choose(among ready: [Schedule.Ready]) -> Int {
    switch strategy {
    case .uniform: return generator.index(below: ready.count)
    case .priorities(let interval):
      if generator.index(below: interval) == 0 {
        lowest -= 1
        priorities[ready[highest(of: ready)].owner] = lowest
      }
      return highest(of: ready)
    }
  }

  /// One of a few that have no owners.
  mutating func choose(below count: Int) -> Int { generator.index(below: count) }

  private mutating func highest(of ready: [Schedule.Ready]) -> Int {
    var best = (place: 0, priority: priority(of: ready[0].owner))
    for place in ready.indices.dropFirst() {
      let priority = priority(of: ready[place].owner)
      if priority > best.priority { best = (place, priority) }
    }
    return best.place
  }

  private mutating func priority(of owner: Int) -> Int {
    if let priority = priorities[owner] { return priority }
    let priority = Int(generator.next() >> 33)
    priorities[owner] = priority
    return priority
  }
}
