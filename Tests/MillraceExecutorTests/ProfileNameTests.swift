import Testing

@testable import MillraceExecutor

@Suite struct ProfileNameTests {
  @Test func textHasOneNumber() {
    var table = ProfileNameTable()
    #expect(table.id(of: "a", limit: 2) == 1)
    #expect(table.id(of: "b", limit: 2) == 2)
    #expect(table.id(of: "a", limit: 2) == 1)
    #expect(table.texts == ["a", "b"])
  }

  /// Those that are known stay so; who is not bound by the limit gets a new one.
  @Test func limitIsKept() {
    var table = ProfileNameTable()
    #expect(table.id(of: "a", limit: 1) == 1)
    #expect(table.id(of: "b", limit: 1) == nil)
    #expect(table.id(of: "a", limit: 1) == 1)
    #expect(table.id(of: "b", limit: .max) == 2)
    #expect(table.id(of: "b", limit: 1) == 2)
    #expect(table.texts == ["a", "b"])
  }
}
