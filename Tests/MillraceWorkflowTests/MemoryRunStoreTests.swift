import MillraceTesting
import MillraceWorkflow
import Testing

@Suite struct MemoryRunStoreTests {
  @Test(arguments: RunStoreConformance.cases)
  func keepsTheContract(tried: RunStoreConformance.Case) async {
    let suite = RunStoreConformance { clock, limits in MemoryRunStore(clock: clock, limits: limits) }
    let failures = await suite.run(tried)
    #expect(failures.isEmpty, "\(failures)")
  }

  @Test(arguments: UInt64(2)...20)
  func keepsTheContractInRandomOrder(seed: UInt64) async {
    let suite = RunStoreConformance(seed: seed) { clock, limits in MemoryRunStore(clock: clock, limits: limits) }
    for tried in RunStoreConformance.cases where tried.name.hasPrefix("random") {
      let failures = await suite.run(tried)
      #expect(failures.isEmpty, "\(failures)")
    }
  }
}
