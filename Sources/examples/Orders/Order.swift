#if Workflow
  import Millrace
  import MillraceWorkflow

  struct Order: Codable, Sendable {
    var number: String
    var item: String
    var count = 1
    /// In cents.
    var price: Int
    var charge: String?
    var parcel: String?
    /// Why it did not come to a parcel.
    var reason: Reason?

    enum Reason: String, Codable, Sendable {
      case declined, expired, cancelled, refunded
    }
  }

  enum OrderStatus: String, CaseIterable {
    /// Something is done.
    case placed, charging, shipping, voiding, refunding, restocking
    /// Something is waited for.
    case awaitingPayment
    // The ends.
    case shipped, outOfStock, declined, expired, cancelled, refunded
  }

  /// What the payment provider says when a customer has decided.
  struct PaymentNotice: Codable, Sendable {
    var isPaid: Bool
  }

  struct Cancellation: Codable, Sendable {
    var by: String
  }

  /// reserve → charge → wait for the payment → ship; and all the ways back, on which what was done is undone.
  func orders(in shop: Shop) -> StateMachine<Order, OrderStatus> {
    var machine = StateMachine<Order, OrderStatus>("orders", initial: .placed)
    machine.durability = .powerLoss
    machine.deadline = .seconds(10 * 86_400)
    var careful = StepOptions()
    careful.retry.attempts = 5
    careful.timeout = .seconds(30)

    machine.addStep(at: .placed, to: .charging, .outOfStock, options: careful) { order, context in
      try shop.reserve(order.count, of: order.item, key: context.idempotencyKey) ? .charging : .outOfStock
    }
    machine.addStep(at: .charging, to: .awaitingPayment, options: careful) { order, context in
      // The same key for all attempts: an answer that was lost is given again, nothing is charged twice.
      order.charge = try shop.openCharge(order.price, for: order.number, key: context.idempotencyKey)
      return .awaitingPayment
    }

    machine.addCallback("payment", at: .awaitingPayment, to: .shipping, .restocking) {
      (order, notice: PaymentNotice, _) in
      if notice.isPaid { return .shipping }
      order.reason = .declined
      return .restocking
    }
    machine.addCallback("cancel", at: .awaitingPayment, to: .voiding) { (order, _: Cancellation, _) in
      order.reason = .cancelled
      return .voiding
    }
    machine.addTimeout(at: .awaitingPayment, after: .seconds(3 * 86_400), to: .voiding) { order, _ in
      order.reason = .expired
      return .voiding
    }

    machine.addStep(at: .shipping, to: .shipped, .refunding, options: careful) { order, context in
      do {
        order.parcel = try shop.ship(order.item, for: order.number, key: context.idempotencyKey)
        return .shipped
      } catch let failure as TaskFailure where !failure.isRetryable {
        order.reason = .refunded
        return .refunding
      }
    }

    machine.addStep(at: .voiding, to: .restocking, .refunding, options: careful) { order, context in
      if try shop.voidCharge(order.charge!, key: context.idempotencyKey) { return .restocking }
      // It was paid while nobody waited any more.
      order.reason = .refunded
      return .refunding
    }
    machine.addStep(at: .refunding, to: .restocking, options: careful) { order, context in
      try shop.refund(order.charge!, key: context.idempotencyKey)
      return .restocking
    }
    machine.addStep(at: .restocking, to: .declined, .expired, .cancelled, .refunded, options: careful) {
      order, context in
      try shop.restock(order.count, of: order.item, key: context.idempotencyKey)
      switch order.reason! {
      case .declined: return .declined
      case .expired: return .expired
      case .cancelled: return .cancelled
      case .refunded: return .refunded
      }
    }
    machine.addHook(on: .failed) { order, context in
      context.log("order \(order.number) is stuck: somebody must look at it")
    }
    return machine
  }
#endif
