#if Workflow
  import Foundation
  import Testing

  extension WorkflowCommandTests {
    func hear(_ running: Command.Running, completions: Int) -> Bool {
      running.hear { $0.components(separatedBy: ": completed").count > completions }
    }

    @Test func linesOfAFileStartRunsOnce() throws {
      defer { remove() }
      try write(guide("lines.yaml"))
      try write(
        "{\"customer\": \"Ada\", \"amount\": 5}\nnone\n{\"customer\": \"Bob\", \"amount\": \"many\"}\n",
        to: "orders.jsonl")
      let first = try command.start(["serve", "flow.yaml"], directory: command.folder)
      try #require(hear(first, completions: 1))
      // Rotated, and written to.
      try FileManager.default.moveItem(
        at: command.folder.appending(path: "orders.jsonl"), to: command.folder.appending(path: "orders.jsonl.1"))
      try write("{\"customer\": \"Eve\", \"amount\": 7}\n", to: "orders.jsonl")
      try #require(hear(first, completions: 2))
      first.process.terminate()
      let errors = try first.wait().errors
      #expect(errors.components(separatedBy: "starts no run").count == 3, "\(errors)")
      // What comes while nothing runs is there later, and what was there before does not come again.
      let more = try FileHandle(forWritingTo: command.folder.appending(path: "orders.jsonl"))
      try more.seekToEnd()
      try more.write(contentsOf: Data("{\"customer\": \"Zoe\", \"amount\": 9}\n".utf8))
      try more.close()
      _ = try serve(["flow.yaml"], until: "completed")
      #expect(try results().compactMap { $0["text"] as? String }.sorted() == ["Ada: 5", "Eve: 7", "Zoe: 9"])
      let letters = try records(run("dead-letters", "--json").output)
      #expect(letters.compactMap { $0["place"] as? String } == ["orders.jsonl, byte 33", "orders.jsonl, byte 38"])
      let names = letters.compactMap { $0["name"] as? String }
      #expect(names.first?.wholeMatch(of: /lines\/line@lines\/line\/[0-9]+\/33/) != nil, "\(names)")
      #expect(try run("dead-letters", "--remove", names[0], "--remove", names[1]).status == 0)
      #expect(try run("dead-letters").errors.contains("no dead letters"))
      #expect(try run("dead-letters", "--remove", names[0]).status == 1)
    }

    @Test func deadLettersAreTriedAgain() throws {
      defer { remove() }
      try write(guide("lines.yaml"))
      try write(
        "none\n{\"customer\": \"Bob\", \"amount\": \"many\"}\n{\"customer\": \"Eve\", \"amount\": 7}\n",
        to: "orders.jsonl")
      _ = try serve(["flow.yaml"], until: ": completed")
      let letters = try records(run("dead-letters", "--json").output).compactMap { $0["name"] as? String }
      try #require(letters.count == 2)
      #expect(try run("dead-letters", "--retry", "lines/line@none").status == 1)
      // Nobody serves them: it is stored.
      #expect(try run("dead-letters", "--retry", letters[1]).status == 0)
      let all = try run("dead-letters", "--retry-all")
      #expect(all.status == 0 && all.errors.contains("2 dead letters will be tried again"), "\(all.errors)")
      #expect(try records(run("dead-letters", "--json").output).count == 2)
      // Put right, for one of them.
      try write(guide("lines.yaml").replacing("amount: { type: integer }", with: "amount: { type: any }"))
      let server = try command.start(["serve", "flow.yaml"], directory: command.folder)
      try #require(hear(server, completions: 1))
      // That one is gone, and the other one is there, with what is wrong with it now.
      var rest: [[String: Any]]
      repeat { rest = try records(run("dead-letters", "--json").output) } while rest.count > 1
      #expect(rest.first?["name"] as? String == letters[0])
      // While it serves, too; what is wrong stays so.
      #expect(try run("dead-letters", "--retry", letters[0]).status == 0)
      try #require(server.hear { $0.components(separatedBy: "starts no run").count > 2 })
      server.process.terminate()
      #expect(try server.wait().status == 143)
      #expect(try results().compactMap { $0["text"] as? String }.sorted() == ["Bob: many", "Eve: 7"])
    }

    @Test func rowsOfTablesStartRuns() throws {
      defer { remove() }
      try write(
        """
        name: make
        deadline: 1h
        tasks:
          make:
            kind: sql
            input:
              action: run
              database: shop.db
              statements:
                - sql: create table orders (id integer primary key autoincrement, item text, count integer)
                - sql: insert into orders (item, count) values ('anvil', 3), ('rope', 1)
                - sql: |
                    create table jobs (
                      id integer primary key autoincrement, key text not null default '', payload text not null,
                      claimed_by text, claimed_until integer)
                - sql: insert into jobs (key, payload) values ('anvil', '{"item":"anvil"}')
        """, to: "make.yaml")
      #expect(try run("run", "make.yaml").status == 0)
      try write(guide("rows.yaml"), to: "rows.yaml")
      try write(guide("outbox.yaml"), to: "outbox.yaml")
      let both = try command.start(["serve", "rows.yaml", "outbox.yaml"], directory: command.folder)
      try #require(hear(both, completions: 3))
      both.process.terminate()
      #expect(try both.wait().status == 143)
      #expect(
        Set(try results().compactMap { $0["text"] as? String }) == ["3 × anvil", "1 × rope", "anvil"])
    }

    @Test func mistakesInSourcesAreToldWithLineAndColumn() throws {
      defer { remove() }
      func faults(_ source: String) throws -> String {
        try write("name: x\ntriggers:\n  t:\n    \(source)\ntasks:\n  a: { kind: values, input: {} }\n")
        let outcome = try run("check", "flow.yaml")
        #expect(outcome.status == 65, "\(source): \(outcome.output)")
        return outcome.errors
      }
      #expect(
        try faults("lines: { pth: a }").contains(
          "flow.yaml:4:14: triggers.t.lines.pth: there is no such field; did you mean path?"))
      #expect(
        try faults("lines: { path: a, format: xml }").contains(
          "flow.yaml:4:31: triggers.t.lines.format: expected one of text, json, found \"xml\""))
      #expect(try faults("table: { database: a.db }").contains("triggers.t.table: expected a field table"))
      #expect(
        try faults("webhook: { name: a/b, secret: S }").contains(
          "flow.yaml:4:22: triggers.t.webhook.name: expected a name"))
      #expect(
        try faults("kafka: { brokers: a, topic: b }\n    queue: { database: a.db, table: b }").contains(
          "expected one of cron, interval"))
    }

    /// A definition is stored, and shown to whoever may see runs.
    @Test func passwordsAreNoPartOfDefinitions() throws {
      defer { remove() }
      for (name, address, place) in [
        ("nats", "nats://localhost:4222", "triggers.message.nats.url: expected a URL without user and password"),
        ("kafka", "localhost:9092", "triggers.message.kafka.brokers: expected host:port"),
      ] {
        let text = try guide("\(name).yaml")
        try #require(text.contains(address))
        try write(text.replacing(address, with: address.replacing("localhost", with: "me:planted@localhost")))
        for words in ["check", "serve"] {
          let outcome = try run(words, "flow.yaml")
          #expect(outcome.status == 65 && outcome.errors.contains(place), "\(outcome.errors)")
          #expect(!(outcome.errors + outcome.output).contains("planted"))
        }
      }
    }

    @Test func whatTheProgramWasBuiltWithoutIsSaid() throws {
      defer { remove() }
      #if NATS
        let hasNATS = true
      #else
        let hasNATS = false
      #endif
      #if Kafka
        let hasKafka = true
      #else
        let hasKafka = false
      #endif
      for (name, isThere) in [("NATS", hasNATS), ("Kafka", hasKafka)] {
        try write(guide("\(name.lowercased()).yaml"))
        let outcome = try run("check", "flow.yaml")
        #expect(outcome.status == (isThere ? 0 : 65))
        #expect(outcome.errors.contains("this program was built without the trait \(name)") != isThere)
      }
    }

    @Test func aWebhookNeedsItsSecret() throws {
      defer { remove() }
      try write(guide("hook.yaml"))
      #expect(try run("check", "flow.yaml").status == 0)
      let outcome = try run("serve", "flow.yaml")
      #expect(outcome.status != 0)
      #expect(outcome.errors.contains("no provider has the secret \"SHOP_SECRET\""), "\(outcome.errors)")
    }
  }
#endif
