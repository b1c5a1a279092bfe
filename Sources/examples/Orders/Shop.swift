#if Workflow
  import MillraceWorkflow
  import Synchronization

  /// What an order changes outside: a warehouse, a payment provider and a carrier, each of which knows by its key what it has done already. Simulated, with faults.
  final class Shop: Sendable {
    struct Faults: Sendable {
      /// What was asked for is done, but so many answers of the provider are lost.
      var lostAnswers = 0
      /// The carrier is busy so many times.
      var busyTimes = 0
      var refusesParcels = false
      /// The customer pays before the shop has got its answer.
      var isPaidAtOnce = false
    }

    private struct State {
      var stock: [String: Int]
      var faults: Faults
      var charges: [String: Charge] = [:]
      var done: [String: String] = [:]
      var deeds: [String] = []
    }

    private struct Charge {
      var amount: Int
      var isPaid = false
      var isVoid = false
      var isRefunded = false
    }

    private let state: Mutex<State>

    init(stock: [String: Int] = ["anvil": 10], faults: Faults = Faults()) {
      state = Mutex(State(stock: stock, faults: faults))
    }

    /// What was done, in order, each once.
    var deeds: [String] { state.withLock { $0.deeds } }

    func stock(of item: String) -> Int { state.withLock { $0.stock[item] ?? 0 } }

    /// In cents, what customers have paid and not got back.
    var money: Int {
      state.withLock { $0.charges.values.reduce(0) { $0 + ($1.isPaid && !$1.isRefunded ? $1.amount : 0) } }
    }

    /// Does something once for each key.
    private func once(
      _ key: String, _ deed: String, _ body: (inout State) throws -> String
    ) throws -> String {
      try state.withLock { state in
        if let answer = state.done[key] { return answer }
        let answer = try body(&state)
        state.done[key] = answer
        state.deeds.append(deed)
        return answer
      }
    }

    // MARK: The warehouse

    func reserve(_ count: Int, of item: String, key: String) throws -> Bool {
      do {
        _ = try once(key, "reserve") { state in
          guard state.stock[item] ?? 0 >= count else {
            throw TaskFailure(code: "stock", "not enough of \(item)", isRetryable: false)
          }
          state.stock[item]! -= count
          return "reserved"
        }
        return true
      } catch let failure as TaskFailure where failure.code == "stock" {
        return false
      }
    }

    func restock(_ count: Int, of item: String, key: String) throws {
      _ = try once(key, "restock") { state in
        state.stock[item, default: 0] += count
        return "restocked"
      }
    }

    // MARK: The payment provider

    func openCharge(_ amount: Int, for order: String, key: String) throws -> String {
      let charge = try once(key, "charge") { state in
        state.charges["charge \(order)"] = Charge(amount: amount, isPaid: state.faults.isPaidAtOnce)
        return "charge \(order)"
      }
      try state.withLock { state in
        guard state.faults.lostAnswers > 0 else { return }
        state.faults.lostAnswers -= 1
        throw TaskFailure(code: "connection", "the answer was lost")
      }
      return charge
    }

    /// The customer pays.
    ///
    /// - Returns: false if the charge is void.
    @discardableResult
    func pay(for order: String) -> Bool {
      state.withLock { state in
        guard state.charges["charge \(order)"]?.isVoid == false else { return false }
        state.charges["charge \(order)"]!.isPaid = true
        return true
      }
    }

    /// - Returns: false if it has been paid.
    func voidCharge(_ charge: String, key: String) throws -> Bool {
      let isPaid = state.withLock { $0.charges[charge]!.isPaid }
      if isPaid { return false }
      _ = try once(key, "void") { state in
        state.charges[charge]!.isVoid = true
        return "void"
      }
      return true
    }

    func refund(_ charge: String, key: String) throws {
      _ = try once(key, "refund") { state in
        state.charges[charge]!.isRefunded = true
        return "refunded"
      }
    }

    // MARK: The carrier

    func ship(_ item: String, for order: String, key: String) throws -> String {
      try once(key, "ship") { state in
        if state.faults.refusesParcels {
          throw TaskFailure(code: "refused", "anvils are too heavy", isRetryable: false)
        }
        if state.faults.busyTimes > 0 {
          state.faults.busyTimes -= 1
          throw TaskFailure(code: "busy", "no van is free")
        }
        return "parcel \(order)"
      }
    }
  }
#endif
