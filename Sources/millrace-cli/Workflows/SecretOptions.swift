#if Workflow
  import ArgumentParser
  import MillraceTasks
  import MillraceWorkflow

  /// Where secrets come from, and under which of them payloads are encrypted.
  struct SecretOptions: ParsableArguments {
    @Option(
      name: .customLong("secrets"),
      help: ArgumentHelp(
        """
        Where secrets are looked for: `environment` (the default), `environment:PREFIX`, `folder:PATH` with a file for each, or \
        `command:PROGRAM ARGUMENT …`, in which {name} stands for the secret's name. May be given several times: the first that has a secret gives it.
        """, valueName: "place"))
    var places: [String] = []

    @Option(
      name: .customLong("payload-key"),
      help: ArgumentHelp(
        """
        The secret with the key (base64 of 32 bytes) under which values are encrypted in the database. Others after it are for reading what was \
        written under them. A database is encrypted from its first run on, or not at all.
        """, valueName: "secret"))
    var payloadKeys: [String] = []

    func validate() throws {
      for place in places where Self.provider(place) == nil {
        throw ValidationError(
          "--secrets is expected to be environment, environment:PREFIX, folder:PATH or command:PROGRAM …; found \(place)"
        )
      }
      if let twice = Dictionary(grouping: payloadKeys, by: \.self).first(where: { $0.value.count > 1 })?.key {
        throw ValidationError("--payload-key names \(twice) more than once")
      }
    }

    /// As they must be said to another command that shall read the same.
    var words: [String] { places.flatMap { ["--secrets", $0] } + payloadKeys.flatMap { ["--payload-key", $0] } }

    var vault: Vault { Vault(places.isEmpty ? [EnvironmentSecrets()] : places.compactMap(Self.provider)) }

    /// nil: values are stored as they are.
    func codec(_ vault: Vault) async throws -> EncryptedPayloadCodec? {
      guard let writing = payloadKeys.first else { return nil }
      do {
        return try EncryptedPayloadCodec(writing: writing, keys: try await vault.secrets(named: Set(payloadKeys)))
      } catch let failure as TaskFailure {
        throw complain("--payload-key: \(failure.message)", code: ExitCodes.usage)
      }
    }

    private static func provider(_ place: String) -> (any SecretProvider)? {
      let parts = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      switch (parts[0], parts.count > 1 ? parts[1] : nil) {
      case ("environment", let prefix): return EnvironmentSecrets(prefix: prefix ?? "")
      case ("folder", let path?) where !path.isEmpty: return FileSecrets(folder: path)
      case ("command", let line?):
        let words = line.split(separator: " ").map(String.init)
        return words.isEmpty ? nil : CommandSecrets(words)
      default: return nil
      }
    }
  }
#endif
