#if NATS
  import Foundation
  import MillraceConnectors
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  @Suite struct NATSTests {
    @Test(arguments: EventSourceConformance.cases)
    func source(_ each: EventSourceConformance.Case) async throws {
      let server = try await NATSServer.shared.get()
      let failures = await EventSourceConformance { name in try await NATSBench(server, dies: name.contains("dies")) }
        .run(each)
      #expect(failures.isEmpty, "\(failures)")
    }

    /// The server knows the id.
    @Test func whatIsSentTwiceIsThereOnce() async throws {
      let server = try await NATSServer.shared.get()
      let bench = try await NATSBench(server, dies: false)
      let event = OutboxEvent(id: "once", topic: bench.subject, key: "é", payload: Payload(["number": 1]))
      try await bench.sink.send([event])
      // By another connection, as after a crash.
      try await NATSSink(url: server.url).send([event])
      let subscription = try await bench.source.subscribe(StreamConsumer("trigger w/t.x"))
      let events = try await subscription.next(limit: 5)
      #expect(events.map(\.event) == [event])
      #expect(try await subscription.lag() == 1)
      await subscription.close()
    }

    @Test func troubleIsSaidWithoutThePassword() async throws {
      let server = try await NATSServer.shared.get()
      do {
        _ = try await NATSSource(url: "nats://me:planted@127.0.0.1:1", stream: "S", subject: "s")
          .subscribe(StreamConsumer("c"))
        Issue.record("nobody is there")
      } catch let error as WorkflowError {
        #expect(error.code == .unreachable)
        #expect(error.place == "nats://127.0.0.1:1, stream S")
        #expect(!"\(error)".contains("planted"))
      }
      do {
        _ = try await NATSSource(url: server.url, stream: "NONE", subject: "s").subscribe(StreamConsumer("c"))
        Issue.record("there is no such stream")
      } catch let error as WorkflowError {
        #expect(error.code == .unreachable)
        #expect("\(error)".contains("not found"), "\(error)")
      }
    }

    @Test func whoWantsToUseItIsASecret() async throws {
      for (options, right, wrong) in [
        (["--user", "me", "--pass", "planted:1"], "me:planted:1", "me:other"),
        (["--auth", "planted"], "planted", "other"),
      ] {
        let server = try await NATSServer.start(options)
        func source(_ credentials: String) -> NATSSource {
          NATSSource(url: server.url, stream: "S", subject: "s", credentials: { Secret(credentials) })
        }
        try await source(right).makeStream()
        let subscription = try await source(right).subscribe(StreamConsumer("c"))
        #expect(try await subscription.lag() == 0)
        await subscription.close()
        do {
          _ = try await source(wrong).subscribe(StreamConsumer("c"))
          Issue.record("it was let in")
        } catch let error as WorkflowError {
          #expect(error.code == .unreachable && !"\(error)".contains("other"), "\(error)")
        }
      }
    }
  }

  /// A stream of its own on the server.
  final class NATSBench: EventSourceBench {
    let subject: String
    let sink: NATSSink
    private let server: NATSServer
    private let stream: String
    private let acknowledgementTime: Duration

    init(_ server: NATSServer, dies: Bool) async throws {
      self.server = server
      stream = "S\(UInt64.random(in: 0 ... .max))"
      subject = "\(stream).events"
      // As short as one bears to wait for, where it is waited for.
      acknowledgementTime = dies ? .seconds(3) : .seconds(600)
      sink = NATSSink(url: server.url)
      try await natsSource.makeStream()
    }

    var source: any EventSource { natsSource }

    private var natsSource: NATSSource {
      NATSSource(url: server.url, stream: stream, subject: subject, acknowledgementTime: acknowledgementTime)
    }

    func append(_ events: [(number: Int, key: String)]) async throws {
      try await sink.send(
        events.map {
          OutboxEvent(
            id: "\($0.number)", topic: subject, key: $0.key, payload: Payload(["number": .int(Int64($0.number))]))
        })
    }
  }

  /// Debian's `nats-server` with JetStream, for all tests of the process.
  final class NATSServer: Sendable {
    let url: String
    private static let once = Mutex<Task<NATSServer, any Error>?>(nil)

    struct Shared: Sendable {
      func get() async throws -> NATSServer {
        let task = NATSServer.once.withLock { once in
          let task = once ?? Task { try await NATSServer.start() }
          once = task
          return task
        }
        return try await task.value
      }
    }

    static let shared = Shared()

    private init(url: String) { self.url = url }

    /// - Parameter options: besides those that tests need.
    static func start(_ options: [String] = []) async throws -> NATSServer {
      let paths = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
      guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
        throw WorkflowError(.unreachable, "tests of NATS need its server: apt-get install nats-server")
      }
      let folder = try TemporaryFolder()
      let process = Process()
      // Dies with this process, however that ends: its standard input is held open here, and by nobody else.
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments =
        [
          "-c",
          """
          path=$1
          folder=$2
          shift 2
          "$path" -js -a 127.0.0.1 -p -1 -sd "$folder/js" --ports_file_dir "$folder" "$@" >"$folder/log" 2>&1 &
          server=$!
          cat >/dev/null
          kill -9 $server
          rm -rf "$folder"
          """,
          "sh", path, folder.path,
        ] + options
      process.standardInput = Pipe()
      try process.run()
      running.withLock { $0.append(process) }
      // The server writes where it listens when it does.
      while true {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        if let name = names.first(where: { $0.hasSuffix(".ports") }),
          let url = try? Payload(Array(Data(contentsOf: URL(filePath: folder.path(name))))).value()["nats"],
          case .array(let urls) = url, case .string(let first)? = urls.first
        {
          return NATSServer(url: first)
        }
        guard process.isRunning else { throw WorkflowError(.unreachable, "nats-server has not started") }
        await Task.yield()
      }
    }

    private static let running = Mutex<[Process]>([])
  }
#endif
