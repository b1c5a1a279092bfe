import MillraceTesting
import MillraceWorkflow
import Testing

/// The suite finds what is wrong with a store.
@Suite struct RunStoreConformanceTests {
  private func suite(_ defect: Defect?, seed: UInt64 = 1) -> RunStoreConformance {
    RunStoreConformance(
      seed: seed,
      makeStore: { clock, limits in DefectiveRunStore(defect, clock: clock, limits: limits) },
      reopen: { store, _, limits in
        guard let store = store as? DefectiveRunStore else { preconditionFailure("not a store of this suite") }
        return try await store.reopened(limits: limits)
      })
  }

  @Test func storeWithoutDefectPasses() async {
    let failures = await suite(nil).run()
    #expect(failures.isEmpty, "\(failures)")
  }

  /// By a case that names the clause, not only by chance.
  @Test(arguments: Defect.allCases)
  func defectIsFound(defect: Defect) async {
    var failures: [RunStoreConformance.Failure] = []
    for tried in RunStoreConformance.cases where tried.clause == defect.clause && !tried.name.hasPrefix("random") {
      failures += await suite(defect).run(tried)
    }
    #expect(!failures.isEmpty, "\(defect) breaks clause \(defect.clause), and nothing says so")
    #expect(failures.allSatisfy { $0.clause == defect.clause && "\($0)".contains("clause \(defect.clause)") })
  }

  @Test func everyClauseHasACaseAndADefect() {
    #expect(Set(RunStoreConformance.cases.map(\.clause)) == Set(1...13))
    #expect(Set(Defect.allCases.map(\.clause)) == Set(1...13))
  }

  /// The same seed does the same, another one something else.
  @Test func randomOperationsAreReplayable() async {
    func messages(_ seed: UInt64) async -> [String] {
      var messages: [String] = []
      for tried in RunStoreConformance.cases where tried.name.hasPrefix("random") {
        messages += await suite(.losesHistory, seed: seed).run(tried).map(\.message)
      }
      return messages
    }
    let first = await messages(5)
    #expect(!first.isEmpty)
    #expect(await messages(5) == first)
    #expect(await messages(6) != first)
  }
}
