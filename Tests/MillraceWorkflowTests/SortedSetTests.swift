import MillracePrimitives
import Testing

@testable import MillraceWorkflow

@Suite struct SortedSetTests {
  /// Against a sorted array, on numbers that collide often, with sizes that split and empty blocks.
  @Test(arguments: [UInt64(1), 2, 3])
  func behavesAsASortedArray(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var set = SortedSet<Int>()
    var model: [Int] = []
    for round in 0..<6000 {
      let value = Int.random(in: 0..<3000, using: &generator)
      // First mostly insertions, then mostly removals.
      if Int.random(in: 0..<10, using: &generator) < (round < 3500 ? 8 : 2) {
        set.insert(value)
        if !model.contains(value) { model.insert(value, at: model.firstIndex { $0 > value } ?? model.count) }
      } else {
        set.remove(value)
        model.removeAll { $0 == value }
      }
      guard round % 97 == 0 else { continue }
      let bound = Int.random(in: -1...3001, using: &generator)
      #expect(set.first == model.first)
      #expect(set.count == model.count)
      #expect(elements(of: set, after: bound) == model.filter { $0 > bound })
      #expect(elements(of: set, after: nil) == model)
      #expect(elements(of: set, before: bound) == model.filter { $0 < bound }.reversed())
      #expect(elements(of: set, before: nil) == model.reversed())
    }
  }

  @Test func ascendingInsertionsAndRemovalOfAll() {
    var set = SortedSet<Int>()
    for value in 0..<2000 { set.insert(value) }
    #expect(elements(of: set, after: nil) == Array(0..<2000))
    for value in 0..<2000 { set.remove(value) }
    #expect(set.count == 0)
    #expect(set.first == nil)
    #expect(elements(of: set, after: nil) == [])
    set.remove(1)
    set.insert(7)
    #expect(set.first == 7)
  }

  @Test func enumerationStopsWhenToldTo() {
    var set = SortedSet<Int>()
    for value in 0..<1000 { set.insert(value) }
    var seen: [Int] = []
    set.visit(after: 500) {
      seen.append($0)
      return seen.count < 3
    }
    set.visitDescending(before: 2) {
      seen.append($0)
      return seen.count < 4
    }
    #expect(seen == [501, 502, 503, 1])
  }

  private func elements(of set: SortedSet<Int>, after bound: Int?) -> [Int] {
    var found: [Int] = []
    set.visit(after: bound) {
      found.append($0)
      return true
    }
    return found
  }

  private func elements(of set: SortedSet<Int>, before bound: Int?) -> [Int] {
    var found: [Int] = []
    set.visitDescending(before: bound) {
      found.append($0)
      return true
    }
    return found
  }
}
