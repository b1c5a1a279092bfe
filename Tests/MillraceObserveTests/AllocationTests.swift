import Foundation
import MillraceObserve
import Testing

@Suite struct AllocationTests {
  /// With the trait the allocations of one unusual size are counted, without it the report says what it needs.
  @Test func allocationsAreCounted() throws {
    let (size, count) = (3_000_000, 20)
    let before = AllocationReading()
    for _ in 0..<count { unsafe UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16).deallocate() }
    let after = AllocationReading()
    let report = AllocationReport(from: before, to: after, allocatedMax: 12_345_678)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    if report.before == nil {
      #expect(report.allocations == 0 && report.classes.isEmpty && report.allocatedMax == nil)
      #expect(report.description.contains("--traits Jemalloc"))
      #expect(object.keys.sorted() == ["needs"])
    } else {
      let place = try #require(report.classes.first { $0.bytes >= size })
      #expect(place.bytes < size * 5 / 4 && place.allocations >= count && place.deallocations >= count)
      #expect(report.allocatedBytes >= size * count && report.allocations >= count)
      #expect(report.after!.allocated <= report.after!.active)
      #expect(report.description.contains("12.3 MB"))
      #expect((object["sizes"] as? [Any])?.count == report.classes.count)
    }
  }
}
