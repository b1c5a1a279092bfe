#if Workflow
  import Foundation
  import Millrace
  import Testing

  /// One browser for all tests of a suite: to open one takes longer than most of them.
  struct SharedBrowser: SuiteTrait, TestScoping {
    @TaskLocal static var current: Browser?

    func provideScope(
      for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-browser-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let driver = Process()
      // The shell becomes the driver, and needs no signal, which threads of a pool keep from what they start. Should these tests end before it,
      // the part of the shell that stays behind sees that they are gone, and ends it; the browser ends with the pipe to it.
      driver.executableURL = URL(filePath: "/bin/sh")
      driver.arguments = [
        "-c",
        """
        (while kill -0 $PPID && kill -0 $$; do sleep 1; done; kill -9 $$) >/dev/null 2>&1 &
        exec chromedriver --port=0
        """,
      ]
      let output = Pipe()
      driver.standardInput = FileHandle.nullDevice
      driver.standardOutput = output
      driver.standardError = FileHandle.nullDevice
      try driver.run()
      let ended: Result<Void, any Error>
      do {
        try output.fileHandleForWriting.close()
        ended = .success(try await withBrowser(output.fileHandleForReading, folder, function))
      } catch {
        ended = .failure(error)
      }
      // Waited for, and not by `Process`, which sees its end when all that it has started has ended: the watching part of the shell looks
      // after it until then. Left as it is, tests that wait for any process would find it again and again.
      let number = driver.processIdentifier
      kill(number, SIGKILL)
      _ = try await onThread { waitpid(number, nil, 0) }
      try ended.get()
    }

    private func withBrowser(
      _ said: FileHandle, _ folder: URL, _ function: @Sendable () async throws -> Void
    ) async throws {
      guard let port = try await onThread({ Self.port(said) }) else {
        Issue.record("\(Browser.install)")
        return
      }
      let browser: Browser
      do {
        browser = try await Browser(driver: port, folder: folder)
      } catch {
        Issue.record("\(Browser.install)\n\(error)")
        return
      }
      do {
        // Not on the threads of Swift's own pool: other suites keep them busy, and each command would wait behind all of those.
        try await withTaskExecutorPreference(WorkStealingExecutor.shared) {
          try await Self.$current.withValue(browser) { try await function() }
        }
      } catch {
        try? await browser.close()
        throw error
      }
      try await browser.close()
    }

    /// Where the driver listens; nil if it has ended without saying so.
    private static func port(_ output: FileHandle) -> Int? {
      var heard = ""
      while true {
        if let match = heard.firstMatch(of: /successfully on port (\d+)/) { return Int(match.1) }
        let data = output.availableData
        if data.isEmpty { return nil }
        heard += String(decoding: data, as: UTF8.self)
      }
    }
  }
#endif
