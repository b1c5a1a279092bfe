#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct CommandSecretsTests {
    @Test func programGivesTheSecret() async throws {
      #expect(try await CommandSecrets(["echo", "secret of {name}"]).secret(named: "db")?.revealed == "secret of db")
      #expect(try await CommandSecrets(["true"]).secret(named: "db")?.revealed == nil)
    }

    @Test func failingProgramIsAFailure() async throws {
      await #expect(throws: TaskFailure(code: "exit 1", "false exited with code 1")) {
        _ = try await CommandSecrets(["false"]).secret(named: "db")
      }
    }
  }

  @Suite struct EncryptedPayloadCodecTests {
    static func key(_ byte: UInt8) -> Secret { Secret(Data(repeating: byte, count: 32).base64EncodedString()) }
    let payload = Payload(["name": "a person", "n": 1] as JSONValue)

    private func codec(_ writing: String, _ keys: [String: UInt8]) throws -> EncryptedPayloadCodec {
      try EncryptedPayloadCodec(writing: writing, keys: keys.mapValues(Self.key))
    }

    @Test func roundTrip() throws {
      let codec = try codec("k", ["k": 1])
      let stored = try codec.encode(payload)
      #expect(try codec.decode(stored) == payload)
      #expect(!String(decoding: stored.bytes, as: UTF8.self).contains("person"))
      #expect(try codec.encode(payload) != stored)
      #expect(try codec.decode(codec.encode(.empty)) == .empty)
    }

    @Test func oldKeysStillRead() throws {
      let old = try codec("2026", ["2026": 1]).encode(payload)
      let rotated = try codec("2027", ["2026": 1, "2027": 2])
      #expect(try rotated.decode(old) == payload)
      let new = try rotated.encode(payload)
      #expect(try codec("2027", ["2027": 2]).decode(new) == payload)
      let error = #expect(throws: WorkflowError.self) { try codec("2026", ["2026": 1]).decode(new) }
      #expect(error?.code == .invalidInput)
      #expect(error?.message.contains("\"2027\"") == true)
    }

    @Test func everyChangedByteIsFound() throws {
      let codec = try codec("k", ["k": 1, "j": 1])
      let stored = try codec.encode(payload)
      for place in stored.bytes.indices {
        var changed = stored
        changed.bytes[place] ^= 1
        #expect(throws: WorkflowError.self, "byte \(place)") { _ = try codec.decode(changed) }
      }
      for count in 1..<stored.bytes.count {
        let error = #expect(throws: WorkflowError.self, "\(count) bytes") {
          _ = try codec.decode(Payload(Array(stored.bytes.prefix(count))))
        }
        #expect(error?.code == .storeDamaged)
      }
      // `k` and `j` are the same key: only the id differs.
      var renamed = stored
      renamed.bytes[5] = UInt8(ascii: "j")
      #expect(throws: WorkflowError.self) { _ = try codec.decode(renamed) }
    }

    @Test func wrongKeyAndClearTextAreFound() throws {
      let stored = try codec("k", ["k": 1]).encode(payload)
      for damaged in [stored, payload] {
        let error = #expect(throws: WorkflowError.self) { _ = try codec("k", ["k": 2]).decode(damaged) }
        #expect(error?.code == .storeDamaged)
      }
    }

    @Test func badKeysAreRefused() throws {
      for (writing, keys) in [
        ("a", ["b": Self.key(1)]), ("a", ["a": Secret("short")]), ("a", ["a": Secret("AAAA")]),
        ("", ["": Self.key(1)]),
      ] {
        let error = #expect(throws: WorkflowError.self) {
          _ = try EncryptedPayloadCodec(writing: writing, keys: keys)
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("short") == false)
      }
    }
  }
#endif
