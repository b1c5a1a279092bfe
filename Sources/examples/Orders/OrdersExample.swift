#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceTesting
  import MillraceWorkflow

  struct Orders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Orders: stock, payment by callback, timeout, parcel, and every way back.",
      discussion: """
        Goes each way that an order can take, with what goes wrong on it, and looks at the books afterwards: an anvil was sent for the money, or neither \
        is gone. Days of waiting pass in no time.
        """)

    @Flag(help: "Print JSON, a line for each way.")
    var json = false

    func run() async throws {
      var outcomes: [OrderOutcome] = []
      for way in OrderWay.allCases { outcomes.append(try await way.go()) }
      let crashes = try await OrderWay.crashEverywhere()
      if json {
        for outcome in outcomes { print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self)) }
      } else {
        print(table([["way", "end", "days", "done", "stock", "money"]] + outcomes.map(\.row)))
        print("a crash before and after each of \(crashes) writes: shipped once, paid once, each time")
      }
      let wrong = outcomes.filter { !$0.isRight }
      guard wrong.isEmpty else { throw ValidationError("wrong: \(wrong.map(\.way).joined(separator: ", "))") }
    }
  }

  /// The ways that an order can take.
  enum OrderWay: String, CaseIterable, Sendable {
    case paid = "paid"
    case outOfStock = "out of stock"
    case declined = "payment declined"
    case neverPaid = "never paid"
    case paidTooLate = "paid when it had expired"
    case cancelled = "cancelled by the customer"
    case noParcel = "the carrier refuses"
    case answersLost = "answers lost, carrier busy"
    case placedTwice = "placed twice"
    case noticedTwice = "early notice, sent again"
    case forgotten = "notice after the end"

    var end: OrderStatus {
      switch self {
      case .paid, .answersLost, .placedTwice, .noticedTwice, .forgotten: .shipped
      case .outOfStock: .outOfStock
      case .declined: .declined
      case .neverPaid: .expired
      case .paidTooLate, .noParcel: .refunded
      case .cancelled: .cancelled
      }
    }

    private var shop: Shop {
      var faults = Shop.Faults()
      faults.lostAnswers = self == .answersLost ? 2 : 0
      faults.busyTimes = self == .answersLost ? 2 : 0
      faults.refusesParcels = self == .noParcel
      faults.isPaidAtOnce = self == .noticedTwice
      return Shop(stock: ["anvil": self == .outOfStock ? 0 : 10], faults: faults)
    }

    static let order = Order(number: "7", item: "anvil", price: 4_900)

    static func request() throws -> StartRequest {
      var request = StartRequest(workflow: "orders", input: try StateMachine<Order, OrderStatus>.encode(order).value())
      request.key = order.number
      request.idempotencyKey = "order \(order.number)"
      return request
    }

    static func notice(isPaid: Bool) -> InboxEvent {
      InboxEvent(id: "notice 1", name: "payment", payload: Payload(["isPaid": .bool(isPaid)]))
    }

    func go() async throws -> OrderOutcome {
      let shop = shop
      let clock = ManualWallClock()
      let time = VirtualTime(store: MemoryRunStore(clock: clock), clock: clock)
      let engine = time.engine
      try engine.register(orders(in: shop))
      try await engine.resumeRuns()
      let run = try await engine.start(try Self.request()).run
      var remarks: [String] = []
      func send(_ event: InboxEvent) async throws { remarks.append("\(try await engine.send(event, to: run))") }
      if self == .placedTwice {
        guard case .duplicate(run) = try await engine.start(try Self.request()) else {
          throw ValidationError("the same order was started twice")
        }
        remarks.append("duplicate")
      }
      if self == .noticedTwice {
        for _ in 1...2 { try await send(Self.notice(isPaid: true)) }
      }
      var hasAnswered = false
      let record = try await time.pass(for: run) { due in
        let isAsked = try await engine.record(of: run)?.status == OrderStatus.awaitingPayment.rawValue
        guard isAsked, !hasAnswered else { return false }
        hasAnswered = true
        switch self {
        case .paid, .noParcel, .answersLost, .placedTwice, .forgotten:
          time.clock.advance(by: .seconds(3600))
          shop.pay(for: Self.order.number)
          try await send(Self.notice(isPaid: true))
        case .declined: try await send(Self.notice(isPaid: false))
        case .cancelled:
          let event = InboxEvent(id: "cancel 1", name: "cancel", payload: Payload(["by": "customer"]))
          try await send(event)
        case .paidTooLate:
          // The provider has the money, and its notice is on its way, when the order expires.
          shop.pay(for: Self.order.number)
          return false
        case .outOfStock, .neverPaid, .noticedTwice: return false
        }
        return true
      }
      if [.forgotten, .paidTooLate].contains(self) {
        try await send(InboxEvent(id: "notice 2", name: "payment", payload: Payload(["isPaid": true])))
      }
      let days = clock.now.duration(since: record.createdAt) / .seconds(86_400)
      await engine.shutdown()
      return OrderOutcome(
        way: rawValue, state: record.state.rawValue, status: record.status, days: days, deeds: shop.deeds,
        stock: shop.stock(of: "anvil"), money: shop.money, remarks: remarks)
    }

    /// Ends the process, as it were, before and after each write of an order that is paid; another engine goes on each time.
    ///
    /// - Returns: how many writes there are.
    static func crashEverywhere() async throws -> Int {
      for point in 0... {
        var hasHappened = false
        for fault in [FaultyRunStore.Fault.endBefore, .endAfter] {
          let (shop, clock) = (Shop(), ManualWallClock())
          let base = MemoryRunStore(clock: clock)
          let faulty = FaultyRunStore(base, at: point, fault)
          let first = VirtualTime(store: faulty, clock: clock)
          let attempt = Task { _ = try await finish(first, shop) }
          let watch = Task {
            await faulty.waitForFault()
            attempt.cancel()
          }
          _ = await attempt.result
          await first.engine.shutdown(grace: .zero)
          let second = VirtualTime(store: base, clock: clock, seed: 2)
          let record = try await finish(second, shop)
          await second.engine.shutdown()
          guard record.status == OrderStatus.shipped.rawValue, shop.deeds == ["reserve", "charge", "ship"],
            shop.money == order.price
          else {
            throw ValidationError(
              "a crash at write \(point) (\(fault)): \(record.status), \(record.reason), \(shop.deeds)")
          }
          if faulty.hasHappened { hasHappened = true } else { watch.cancel() }
        }
        if !hasHappened { return point }
      }
      fatalError("an order has a last write")
    }

    /// Starts the order, or finds it, and pays it.
    private static func finish(_ time: VirtualTime, _ shop: Shop) async throws -> RunRecord {
      try time.engine.register(orders(in: shop))
      try await time.engine.resumeRuns()
      let run = try await time.engine.start(try request()).run
      return try await time.pass(for: run) { _ in
        guard try await time.engine.record(of: run)?.status == OrderStatus.awaitingPayment.rawValue else {
          return false
        }
        shop.pay(for: order.number)
        // Sent before the crash it is a duplicate, and as good.
        _ = try await time.engine.send(notice(isPaid: true), to: run)
        return true
      }
    }
  }

  /// What an order has come to.
  struct OrderOutcome: Codable, Sendable {
    var way: String
    var state: String
    var status: String
    var days: Double
    var deeds: [String]
    var stock: Int
    var money: Int
    /// What senders and customers were told.
    var remarks: [String]

    /// It came to the end that it should, and the books are right.
    var isRight: Bool {
      guard let way = OrderWay(rawValue: way), state == RunState.completed.rawValue, status == way.end.rawValue else {
        return false
      }
      let isShipped = way.end == .shipped
      return stock == (way == .outOfStock ? 0 : isShipped ? 9 : 10) && money == (isShipped ? OrderWay.order.price : 0)
        && deeds.count == Set(deeds).count
    }

    var row: [String] {
      [
        way, status, String(format: "%.2f", days), deeds.joined(separator: ", "), "\(stock)",
        String(format: "%.2f", Double(money) / 100),
      ]
    }
  }
#endif
