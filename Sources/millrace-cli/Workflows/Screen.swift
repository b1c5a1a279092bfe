#if Workflow
  import Foundation

  /// The terminal of standard output as a whole: drawn in place, and given back as it was.
  final class Screen: Sendable {
    static var isThere: Bool {
      isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    private let before: termios
    private let keys: AsyncStream<UInt8>

    /// From here on keys are read one by one, and are not shown.
    init() {
      var settings = termios()
      _ = unsafe tcgetattr(STDIN_FILENO, &settings)
      before = settings
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
      _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
      let (keys, continuation) = AsyncStream.makeStream(of: UInt8.self)
      self.keys = keys
      Thread.detachNewThread {
        var byte: UInt8 = 0
        while true {
          let count = unsafe read(STDIN_FILENO, &byte, 1)
          if count < 0, errno == EINTR { continue }
          guard count == 1 else { return continuation.finish() }
          continuation.yield(byte)
        }
      }
      // The other page of the terminal, without a cursor.
      Self.write("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Gives the terminal back.
    func leave() {
      Self.write("\u{1b}[?25h\u{1b}[?1049l")
      var settings = before
      _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    /// Returns when q is pressed, when there is nobody any more who could, or when the surrounding task is cancelled.
    func waitForQuit() async {
      for await key in keys where key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") { return }
    }

    var size: (width: Int, height: Int) { Terminal.size(of: STDOUT_FILENO) }

    func draw(_ lines: [String]) {
      // Each line over the one that was there, so that nothing flickers.
      let text = lines.map { "\($0)\u{1b}[K" }.joined(separator: "\r\n")
      Self.write("\u{1b}[H\(text)\u{1b}[J")
    }

    private static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
  }
#endif
