import MillraceWorkflow
import Testing

@Suite struct ResourcePoolTests {
  @Test func allOrNothing() throws {
    var pool = ResourcePool<Int>(units: ["a": 2, "b": 1])
    #expect(try pool.request(1, needs: ["a": 1, "b": 1]) == true)
    #expect(try pool.request(2, needs: ["a": 1, "b": 1]) == false)
    #expect(pool.freeUnits(of: "a") == 1)
    // Nothing that it needs is waited for by an earlier one: it would be overtaken otherwise.
    #expect(try pool.request(3, needs: ["a": 1]) == false)
    #expect(try pool.request(4, needs: ["b": 0]) == true)
    #expect(pool.release(1) == [2, 3])
    #expect(pool.release(1) == [])
    #expect(pool.waitingCount == 0)
  }

  @Test func withdrawingTheFirstLetsOthersIn() throws {
    var pool = ResourcePool<Int>(units: ["a": 2])
    #expect(try pool.request(1, needs: ["a": 1]) == true)
    #expect(try pool.request(2, needs: ["a": 2]) == false)
    #expect(try pool.request(3, needs: ["a": 1]) == false)
    #expect(pool.withdraw(2) == [3])
    #expect(pool.withdraw(3) == [])
    // Again, after it was withdrawn.
    #expect(try pool.request(2, needs: ["a": 2]) == false)
    #expect(pool.release(1) == [] && pool.release(3) == [2])
  }

  @Test func impossibleNeedsAreRefused() {
    var pool = ResourcePool<Int>(units: ["a": 2])
    for needs in [["a": 3], ["b": 1], ["a": -1]] {
      #expect(throws: WorkflowError.self) { try pool.request(1, needs: needs) }
    }
    #expect(pool.waitingCount == 0)
  }

  /// Against a list that is searched from its beginning; in the end everybody has been served.
  @Test(arguments: 1...20)
  func agreesWithModel(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let units = ["a": 3, "b": 2, "c": 1]
    var pool = ResourcePool<Int>(units: units)
    var free = units
    var waiting: [(ticket: Int, needs: [String: Int])] = []
    var held: [Int: [String: Int]] = [:]

    func serveModel() -> Set<Int> {
      var served: Set<Int> = []
      var claimed: Set<String> = []
      waiting.removeAll { ticket, needs in
        let fits = needs.allSatisfy { free[$0.key]! >= $0.value && !claimed.contains($0.key) }
        guard fits else {
          claimed.formUnion(needs.keys)
          return false
        }
        for (name, need) in needs { free[name]! -= need }
        held[ticket] = needs
        served.insert(ticket)
        return true
      }
      return served
    }

    var next = 0
    for step in 0..<3000 {
      let place: Comment = "seed \(seed), step \(step)"
      switch Int.random(in: 0..<10, using: &numbers) {
      case 0..<5 where step < 2500:
        let needs = units.compactMapValues { most -> Int? in
          let need = Int.random(in: -1...most, using: &numbers)
          return need > 0 ? need : nil
        }
        waiting.append((next, needs))
        let got = try pool.request(next, needs: needs)
        #expect(serveModel() == (got ? [next] : []), place)
        next += 1
      case 5 where !waiting.isEmpty:
        let ticket = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &numbers)).ticket
        #expect(Set(pool.withdraw(ticket)) == serveModel(), place)
      default:
        guard let ticket = held.keys.min() else { continue }
        for (name, need) in held.removeValue(forKey: ticket)! { free[name]! += need }
        #expect(Set(pool.release(ticket)) == serveModel(), place)
      }
      for name in units.keys { #expect(pool.freeUnits(of: name) == free[name], place) }
    }
    while let ticket = held.keys.min() {
      for (name, need) in held.removeValue(forKey: ticket)! { free[name]! += need }
      #expect(Set(pool.release(ticket)) == serveModel())
    }
    #expect(waiting.isEmpty && pool.waitingCount == 0)
  }
}
