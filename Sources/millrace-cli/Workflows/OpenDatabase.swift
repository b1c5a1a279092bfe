#if Workflow
  import MillraceSQLite
  import MillraceTasks
  import MillraceWorkflow

  /// A database that has been opened, and what makes its values readable.
  struct OpenDatabase {
    let store: SQLiteRunStore
    let vault: Vault
    /// nil: values are stored as they are.
    let codec: EncryptedPayloadCodec?

    func readable(_ record: RunRecord) throws -> RunRecord { try record.decoded(by: codec) }
    func readable(_ run: StoredRun) throws -> StoredRun { try run.decoded(by: codec) }

    func close() async throws { try await store.close() }

    /// Says that values are encrypted here, and is: who has no key, or another one, is told before he reads or writes anything.
    private static let seal = DocumentName("settings", "encryption")
    private static let sealed = Payload(["encrypted": true])

    /// Complains about a database that is encrypted and should be read without a key, and the other way round.
    func checkSeal(_ database: Database) async throws {
      guard let document = try await store.document(Self.seal) else {
        guard let codec else { return }
        if try await store.count(RunQuery()) > 0 {
          throw complain(
            "the runs in \(database.path) are stored in clear, and --payload-key does not change that: name a new database by --db",
            code: ExitCodes.usage)
        }
        let isSet = try await store.setDocument(
          Self.seal, to: codec.encode(Self.sealed), expected: nil, durability: .processCrash)
        return isSet ? () : try await checkSeal(database)
      }
      guard let codec else {
        throw complain(
          "the values in \(database.path) are encrypted: --payload-key names the secret with their key",
          code: ExitCodes.usage)
      }
      _ = try codec.decode(document.value)
      // Under the key that is written with now: the old one may be dropped some day.
      _ = try await store.setDocument(
        Self.seal, to: codec.encode(Self.sealed), expected: document.revision, durability: .processCrash)
    }
  }
#endif
