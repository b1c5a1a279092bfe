import MillraceWorkflow
import Testing

@Suite struct AdmissionQueueTests {
  private func policy(_ change: (inout QueuePolicy) -> Void) -> QueuePolicy {
    var policy = QueuePolicy()
    change(&policy)
    return policy
  }

  @Test func keysTakeTurns() {
    var queue = AdmissionQueue<Int>(policy: policy { $0.concurrency = 6 })
    for ticket in 0..<6 { #expect(queue.offer(ticket, key: "a", at: .at(0)) == .waiting) }
    for ticket in 6..<8 { #expect(queue.offer(ticket, key: "b", at: .at(0)) == .waiting) }
    #expect(queue.offer(8, key: "c", at: .at(0)) == .waiting)
    #expect(queue.admit(at: .at(0)).started == [0, 6, 8, 1, 7, 2])
    var unfair = AdmissionQueue<Int>(policy: policy { ($0.concurrency, $0.isFair) = (3, false) })
    for (ticket, key) in [(1, "a"), (2, "a"), (3, "b")] { _ = unfair.offer(ticket, key: key, at: .at(0)) }
    #expect(unfair.admit(at: .at(0)).started == [1, 2, 3])
  }

  @Test func higherPriorityFirst() {
    var queue = AdmissionQueue<Int>(policy: policy { $0.concurrency = 2 })
    for (ticket, priority) in [(1, 0), (2, 5), (3, -1), (4, 5)] {
      _ = queue.offer(ticket, key: "", priority: priority, at: .at(0))
    }
    #expect(queue.admit(at: .at(0)).started == [2, 4])
    #expect(queue.admit(at: .at(0)).started == [])
    #expect(queue.finish(2) == true && queue.finish(2) == false)
    #expect(queue.admit(at: .at(0)).started == [1])
  }

  @Test func lowPriorityDoesNotStarve() {
    var queue = AdmissionQueue<Int>(policy: policy { $0.concurrency = 1 })
    _ = queue.offer(-1, key: "low", priority: -10, at: .at(0))
    for ticket in 0..<100 {
      _ = queue.offer(ticket, key: "high", priority: 10, at: .at(0))
      let started = queue.admit(at: .at(0)).started
      if started == [-1] {
        #expect(ticket < 8)
        return
      }
      for ticket in started { queue.finish(ticket) }
    }
    Issue.record("the low priority never began")
  }

  @Test func fullQueueRefusesOrLetsWaitOutside() {
    var refusing = AdmissionQueue<Int>(policy: policy { ($0.concurrency, $0.bound, $0.whenFull) = (1, 2, .error) })
    #expect((0..<3).map { refusing.offer($0, key: "", at: .at(0)) } == [.waiting, .waiting, .full])
    #expect(refusing.isFull)
    var waiting = AdmissionQueue<Int>(policy: policy { ($0.concurrency, $0.bound) = (1, 2) })
    #expect((0..<4).map { waiting.offer($0, key: "", at: .at(0)) } == [.waiting, .waiting, .outside, .outside])
    #expect(waiting.withdraw(3) == true && waiting.withdraw(3) == false)
    #expect(waiting.admit(at: .at(0)).started == [0])
    #expect(waiting.waitingCount == 2 && waiting.outsideCount == 0)
    waiting.finish(0)
    #expect(waiting.admit(at: .at(0)).started == [1])
  }

  @Test func whoWaitsTooLongIsOut() {
    var queue = AdmissionQueue<Int>(
      policy: policy { ($0.concurrency, $0.bound, $0.timeout) = (1, 1, .seconds(10)) })
    for ticket in 0..<3 { _ = queue.offer(ticket, key: "", at: .at(Double(ticket))) }
    #expect(queue.outsideCount == 2)
    let first = queue.admit(at: .at(2))
    #expect(first.started == [0] && first.lookAgain == .at(11))
    let second = queue.admit(at: .at(11))
    #expect(second.timedOut == [1] && second.lookAgain == .at(12))
    queue.finish(0)
    #expect(queue.admit(at: .at(11.5)).started == [2])
    #expect(queue.admit(at: .at(100)).timedOut == [])
  }

  @Test func rateSaysWhenToLookAgain() {
    var queue = AdmissionQueue<Int>(
      policy: policy { ($0.concurrency, $0.rate, $0.ratePeriod) = (100, 2, .seconds(1)) })
    for ticket in 0..<5 { _ = queue.offer(ticket, key: "", at: .at(0)) }
    let first = queue.admit(at: .at(0.25))
    #expect(first.started == [0, 1] && first.lookAgain == .at(1.25))
    #expect(queue.admit(at: .at(1.2)).started == [])
    #expect(queue.admit(at: .at(1.25)).started == [2, 3])
    // Set back by an hour: the period goes on from there.
    #expect(queue.admit(at: .at(-3600)).lookAgain == .at(-3599))
    #expect(queue.admit(at: .at(-3599)).started == [4])
  }

  /// A default queue lets work begin: a limit that was not set is not zero.
  @Test func defaultQueueStarts() {
    var queue = AdmissionQueue<Int>(policy: QueuePolicy())
    for ticket in 0..<32 { _ = queue.offer(ticket, key: "", at: .at(0)) }
    #expect(queue.admit(at: .at(0)).started.count == QueuePolicy().concurrency)
  }

  // MARK: Against a model

  /// Searches lists.
  private struct Model {
    struct Waiting { let ticket: Int, key: String, priority: Int, since: Timestamp }
    let policy: QueuePolicy
    var inside: [Waiting] = []
    var outside: [Waiting] = []
    var running: Set<Int> = []
    var starts: [Timestamp] = []
    var begun = 0
    /// Keys of each priority in the order of their turns.
    var turns: [Int: [String]] = [:]

    mutating func offer(_ new: Waiting) -> AdmissionQueue<Int>.Offer {
      if inside.count >= policy.bound, policy.whenFull == .error { return .full }
      outside.append(new)
      comeIn()
      return outside.isEmpty ? .waiting : .outside
    }

    mutating func comeIn() {
      while inside.count < policy.bound, !outside.isEmpty {
        let new = outside.removeFirst()
        inside.append(new)
        if !turns[new.priority, default: []].contains(new.key) { turns[new.priority, default: []].append(new.key) }
      }
    }

    mutating func remove(at index: Int) -> Int {
      let old = inside.remove(at: index)
      if !inside.contains(where: { $0.priority == old.priority && $0.key == old.key }) {
        turns[old.priority]!.removeAll { $0 == old.key }
      }
      return old.ticket
    }

    mutating func withdraw(_ ticket: Int) -> Bool {
      if let index = outside.firstIndex(where: { $0.ticket == ticket }) {
        outside.remove(at: index)
        return true
      }
      guard let index = inside.firstIndex(where: { $0.ticket == ticket }) else { return false }
      _ = remove(at: index)
      comeIn()
      return true
    }

    mutating func admit(at now: Timestamp) -> (started: [Int], timedOut: Set<Int>) {
      var (started, timedOut): ([Int], Set<Int>) = ([], [])
      func isOut(_ waiting: Waiting) -> Bool { now >= waiting.since.advanced(by: policy.timeout) }
      while let index = inside.firstIndex(where: isOut) { timedOut.insert(remove(at: index)) }
      timedOut.formUnion(outside.filter(isOut).map(\.ticket))
      outside.removeAll(where: isOut)
      comeIn()
      while running.count < policy.concurrency, !inside.isEmpty,
        policy.rate.map({ rate in
          starts.count { $0.advanced(by: policy.ratePeriod) > now } < rate
        }) ?? true
      {
        begun += 1
        var index = 0
        if begun % 8 != 0 {
          let priority = inside.map(\.priority).max()!
          let key = turns[priority]!.removeFirst()
          turns[priority]!.append(key)
          index = inside.firstIndex { $0.priority == priority && $0.key == key }!
        }
        let ticket = remove(at: index)
        running.insert(ticket)
        starts.append(now)
        started.append(ticket)
        comeIn()
      }
      return (started, timedOut)
    }
  }

  @Test(arguments: 1...30)
  func agreesWithModel(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    let policy = policy {
      $0.concurrency = Int.random(in: 1...5, using: &numbers)
      $0.bound = Int.random(in: 1...40, using: &numbers)
      $0.whenFull = seed % 2 == 0 ? .error : .wait
      $0.rate = Bool.random(using: &numbers) ? Int.random(in: 1...4, using: &numbers) : nil
      $0.timeout = .seconds(Int.random(in: 2...40, using: &numbers))
      $0.isFair = seed % 5 != 0
    }
    var model = Model(policy: policy)
    var queue = AdmissionQueue<Int>(policy: policy)
    var now = 0.0
    var offered: [Int: Int] = [:]
    for step in 0..<1500 {
      let place: Comment = "seed \(seed), step \(step)"
      let ticket = Int.random(in: 0...step, using: &numbers)
      switch Int.random(in: 0..<10, using: &numbers) {
      case 0..<4:
        let (key, priority) = (
          "\(Int.random(in: 0..<4, using: &numbers))", Int.random(in: 0..<3, using: &numbers)
        )
        let answer = queue.offer(step, key: key, priority: priority, at: .at(now))
        #expect(
          answer
            == model.offer(.init(ticket: step, key: policy.isFair ? key : "", priority: priority, since: .at(now))),
          place)
        offered[step] = 0
      case 4: #expect(queue.withdraw(ticket) == model.withdraw(ticket), place)
      case 5, 6:
        if let ticket = model.running.min() { #expect(queue.finish(ticket) == true, place) }
        if let ticket = model.running.min() { model.running.remove(ticket) }
      case 7: now += Double(Int.random(in: 0..<20, using: &numbers)) / 10
      default:
        let (started, timedOut) = model.admit(at: .at(now))
        let admission = queue.admit(at: .at(now))
        #expect(admission.started == started, place)
        #expect(Set(admission.timedOut) == timedOut, place)
        if let look = admission.lookAgain { #expect(look > .at(now), place) }
        #expect(admission.lookAgain != nil || queue.waitingCount + queue.outsideCount == 0, place)
      }
      #expect(queue.waitingCount == model.inside.count && queue.outsideCount == model.outside.count, place)
      #expect(queue.waitingCount <= policy.bound && queue.runningCount <= policy.concurrency, place)
      #expect(queue.runningCount == model.running.count, place)
    }
    // No window of a period, wherever it begins, holds more than the rate.
    if let rate = policy.rate {
      for first in model.starts.indices where first + rate < model.starts.count {
        #expect(model.starts[first + rate] >= model.starts[first].advanced(by: policy.ratePeriod))
      }
    }
  }

  /// Everybody begins within 8n + 8 others, for n that were there before him: here all at once, one more each turn.
  @Test func nobodyStarves() {
    var numbers = SeededNumbers(seed: 11)
    var queue = AdmissionQueue<Int>(policy: policy { $0.concurrency = 1 })
    var ahead: [Int: (older: Int, begun: Int)] = [:]
    var begun = 0
    for ticket in 0..<2000 {
      if ticket % 2 == 0 || queue.waitingCount < 30 {
        _ = queue.offer(
          ticket, key: "\(Int.random(in: 0..<5, using: &numbers))", priority: Int.random(in: 0..<100, using: &numbers),
          at: .at(0))
        ahead[ticket] = (queue.waitingCount - 1, begun)
      }
      for started in queue.admit(at: .at(0)).started {
        begun += 1
        let (older, before) = ahead[started]!
        #expect(begun - before <= 8 * older + 8)
        queue.finish(started)
      }
    }
  }

  @Test func manyTicketsAndKeysStayQuick() {
    var queue = AdmissionQueue<Int>(policy: policy { ($0.concurrency, $0.bound) = (16, 100_000) })
    for ticket in 0..<100_000 {
      _ = queue.offer(ticket, key: "\(ticket % 10_000)", priority: ticket % 3, at: .at(0))
    }
    for ticket in stride(from: 0, to: 100_000, by: 10) { #expect(queue.withdraw(ticket) == true) }
    var begun = 0
    while queue.waitingCount > 0 {
      for ticket in queue.admit(at: .at(1)).started {
        begun += 1
        queue.finish(ticket)
      }
    }
    #expect(begun == 90_000)
  }
}
