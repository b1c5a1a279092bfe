#if Workflow
  import Foundation
  import Testing

  extension WorkflowCommandTests {
    /// The program tells whether it was given what the test expects.
    private static let guarded = """
      name: guarded
      parameters: { expected: { type: string } }
      deadline: 1h
      tasks:
        ask:
          kind: process
          input:
            command: [sh, -c, '[ "$TOKEN" = "$1" ] && echo "\\"$TOKEN is right\\""', sh, "${parameters.expected}"]
            environment: { TOKEN: "${secrets.token}" }
      outputs: { said: "${tasks.ask}" }
      """

    private func makeSecret(_ name: String, _ text: String, in folder: String = "secrets") throws {
      let folder = command.folder.appending(path: folder)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("\(text)\n".utf8).write(to: folder.appending(path: name))
    }

    /// Files of the database in which a text can be read.
    private func databaseFiles(with text: String) throws -> [String] {
      let names = try FileManager.default.contentsOfDirectory(atPath: command.folder.path).filter {
        $0.hasPrefix("millrace.db")
      }
      try #require(names.contains("millrace.db"))
      return try names.filter {
        try Data(contentsOf: command.folder.appending(path: $0)).range(of: Data(text.utf8)) != nil
      }
    }

    @Test(arguments: [
      (["environment:APP_"], "token-by-environment"), (["folder:secrets"], "token-by-folder"),
      (["command:printf %s-by-command {name}"], "token-by-command"),
      // The first that has one gives it.
      (["environment:NONE_", "folder:secrets", "command:false"], "token-by-folder"),
    ])
    func secretsComeFromWhereTheyAreSaidToBe(places: [String], expected: String) throws {
      defer { remove() }
      try write(Self.guarded)
      try makeSecret("token", "token-by-folder")
      let options = places.flatMap { ["--secrets", $0] }
      let outcome = try command.run(
        ["run", "flow.yaml", "--set", "expected=\(expected)"] + options,
        environment: ["APP_token": "token-by-environment"], directory: command.folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      // Of what is given out, nothing shows it.
      #expect(outcome.output == "said: ••• is right\n")
      #expect(!outcome.errors.contains(expected))
    }

    @Test func secretThatNobodyHasIsNamed() throws {
      defer { remove() }
      try write(Self.guarded)
      let outcome = try run("run", "flow.yaml", "--set", "expected=x", "--secrets", "environment:NONE_")
      #expect(
        outcome.status == 1 && outcome.errors.contains("no provider has the secret \"token\""), "\(outcome.errors)")
      let wrong = try run("run", "flow.yaml", "--set", "expected=x", "--secrets", "vault:x")
      #expect(wrong.status == 64 && wrong.errors.contains("found vault:x"), "\(wrong.errors)")
    }

    /// What a run is given, gives, keeps and tells.
    private static let confidential = """
      name: confidential
      parameters: { word: { type: string } }
      deadline: 1h
      tasks:
        keep: { kind: values, input: { kept: "${parameters.word} kept" } }
        tell: { kind: emit, input: { topic: words, payload: { word: "${tasks.keep.kept}" } } }
        ask: { kind: wait, needs: [tell], timeout: 5m, input: { event: answer } }
        end: { kind: file, needs: [ask], input: { action: exists, path: . } }
      outputs: { answer: "${parameters.word}, ${tasks.ask.word}" }
      """

    private func makeKey(_ name: String, _ byte: UInt8) throws {
      try makeSecret(name, Data(repeating: byte, count: 32).base64EncodedString(), in: "keys")
    }

    @Test func valuesAreEncryptedAndKeysChange() throws {
      defer { remove() }
      try write(Self.confidential)
      try makeKey("old", 1)
      try makeKey("new", 2)
      let old = ["--secrets", "folder:keys", "--payload-key", "old"]
      let both = ["--secrets", "folder:keys", "--payload-key", "new", "--payload-key", "old"]
      let new = ["--secrets", "folder:keys", "--payload-key", "new"]
      func millrace(_ arguments: [String]) throws -> Command.Outcome {
        try command.run(arguments, directory: command.folder)
      }

      // Done under the old key.
      try write(Self.quick, to: "quick.yaml")
      #expect(try millrace(["run", "quick.yaml"] + old).status == 0)

      // Stored under the old key, done under the new one.
      let stored = try millrace(["trigger", "flow.yaml", "--set", "word=confidential"] + old)
      #expect(stored.status == 0 && stored.output.contains("`millrace serve --secrets folder:keys --payload-key old`"))
      let sent = try millrace(["send", "last", "answer", "--payload", #"{"word": "private"}"#] + old)
      #expect(sent.status == 0, "\(sent.errors)")
      let done = try millrace(["serve", "--until-idle"] + both)
      #expect(done.status == 0 && done.errors.contains("completed"), "\(done.errors)")
      let shown = try millrace(["show", "last"] + both)
      #expect(shown.output.contains("answer = confidential, private"), "\(shown.output)\(shown.errors)")
      let listed = try millrace(["runs", "--json"] + both)
      #expect(try records(listed.output).first?["parameters"] as? [String: String] == ["word": "confidential"])
      for text in ["confidential", "private"] {
        // The workflow's name is no value.
        let files = try databaseFiles(with: text == "confidential" ? "confidential kept" : text)
        #expect(files == [], "\(text) is in \(files)")
      }
      #expect(try databaseFiles(with: "\"confidential\"}") == [])

      // What was done under the new key needs the old one no more; what was done under that, does.
      let second = try millrace(["trigger", "flow.yaml", "--set", "word=again"] + both)
      #expect(second.status == 0, "\(second.errors)")
      let last = try millrace(["show", "last"] + new)
      #expect(last.status == 0 && last.output.contains("word = again"), "\(last.errors)")
      let all = try millrace(["runs", "--json"] + new)
      #expect(all.status == 64 && all.errors.contains("the key \"old\", which is not among the keys"), "\(all.errors)")
    }

    @Test func keysThatAreMissingOrWrongAreTold() throws {
      defer { remove() }
      try write(Self.quick)
      try makeKey("key", 1)
      try makeKey("other", 2)
      try makeSecret("text", "not base64", in: "keys")
      let keys = ["--secrets", "folder:keys", "--payload-key"]
      func outcome(_ arguments: [String]) throws -> Command.Outcome {
        try command.run(arguments, directory: command.folder)
      }
      #expect(try outcome(["run", "flow.yaml"] + keys + ["key"]).status == 0)
      let without = try outcome(["show", "last"])
      #expect(without.status == 64 && without.errors.contains("are encrypted: --payload-key"), "\(without.errors)")
      let unencrypted = try outcome(["run", "flow.yaml"])
      #expect(unencrypted.status == 64 && unencrypted.errors.contains("are encrypted"), "\(unencrypted.errors)")
      let other = try outcome(["show", "last"] + keys + ["other"])
      #expect(other.status == 64 && other.errors.contains("the key \"key\""), "\(other.errors)")
      let missing = try outcome(["show", "last"] + keys + ["none"])
      #expect(
        missing.status == 64 && missing.errors.contains("no provider has the secret \"none\""), "\(missing.errors)")
      let text = try outcome(["show", "last"] + keys + ["text"])
      #expect(text.status == 64 && text.errors.contains("is not the base64 of 32 bytes"), "\(text.errors)")
      #expect(try outcome(["run", "flow.yaml", "--db", "clear.db"]).status == 0)
      let clear = try outcome(["run", "flow.yaml", "--db", "clear.db"] + keys + ["key"])
      #expect(clear.status == 64 && clear.errors.contains("are stored in clear"), "\(clear.errors)")
    }
  }
#endif
