import MillraceWorkflow
import Testing

@Suite struct ValueTests {
  /// From FIPS 180-2, and one that fills its last block but for one byte.
  @Test func hashesAreSHA256() {
    #expect(
      "\(ContentHash(of: "abc".utf8))" == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect("\(ContentHash(of: []))" == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      "\(ContentHash(of: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))"
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    let hash = ContentHash(of: [UInt8](repeating: 97, count: 1_000_000))
    #expect("\(hash)" == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(ContentHash("\(hash)") == hash)
    #expect(ContentHash("cdc7") == nil)
  }

  @Test func timesAreWrittenInUTC() {
    #expect("\(Timestamp(microseconds: 0))" == "1970-01-01T00:00:00.000000Z")
    #expect("\(Timestamp(microseconds: -1))" == "1969-12-31T23:59:59.999999Z")
    #expect("\(Timestamp(microseconds: 951_782_400_000_000))" == "2000-02-29T00:00:00.000000Z")
    #expect("\(Timestamp(microseconds: .min))" == "-290308-12-21T19:59:05.224192Z")
    #expect("\(Timestamp(microseconds: 1_795_264_496_789_012))" == "2026-11-21T12:34:56.789012Z")
  }

  @Test func timesAreNeverEarlyAndSaturate() {
    let start = Timestamp(microseconds: 10)
    #expect(start.advanced(by: .nanoseconds(1)).microseconds == 11)
    #expect(start.advanced(by: .nanoseconds(-1)).microseconds == 10)
    #expect(start.advanced(by: .seconds(Int64.max)) == .distantFuture)
    #expect(start.advanced(by: .seconds(3)).duration(since: start) == .seconds(3))
  }

  @Test func idsSortByAgeAndReadBack() throws {
    var generator = SystemRandomNumberGenerator()
    let early = RunID(at: Timestamp(microseconds: 1_000_000), using: &generator)
    let late = RunID(at: Timestamp(microseconds: 2_000_000), using: &generator)
    #expect(early < late)
    #expect(RunID("\(early)") == early)
    #expect(RunID("+123456789012345123456789012345a") == nil)
    #expect(RunID("12") == nil)
  }

  @Test func equalValuesHaveEqualBytes() throws {
    let value = try JSONValue(json: #"{"b": [1, 2.5, true, null, "x/ü"], "a": {"z": -3}}"#.utf8)
    #expect(value == ["a": ["z": -3], "b": [1, 2.5, true, nil, "x/ü"]])
    #expect(value.description == #"{"a":{"z":-3},"b":[1,2.5,true,null,"x/ü"]}"#)
    #expect(throws: WorkflowError.self) { try JSONValue(json: "{".utf8) }
  }
}
