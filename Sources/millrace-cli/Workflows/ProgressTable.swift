#if Workflow
  import Foundation
  import MillraceWorkflow

  /// A run's steps as a table that is drawn again in place.
  struct ProgressTable {
    /// Of the terminal.
    var width: Int
    var height: Int

    private static let barWidth = 20

    /// The lines of the table.
    func lines(_ view: RunView, at time: Timestamp) -> [String] {
      var rows = view.rows(at: time)
      // The oldest that have ended make room.
      var hidden = 0
      while rows.count + 2 > height, let first = rows.firstIndex(where: { $0.state.isFinal }) {
        rows.remove(at: first)
        hidden += 1
      }
      let more = max(0, rows.count + 2 - height)
      rows.removeLast(more)
      let nameWidth = min(32, rows.map(\.name.count).max() ?? 0)
      var lines = [
        "\(view.record.workflow) \(view.record.id.short): \(view.stateText), \(view.elapsed(at: time).briefText)"
      ]
      if hidden > 0 { lines.append("  … \(hidden) that have ended") }
      lines += rows.map { line($0, nameWidth) }
      if more > 0 { lines.append("  … \(more) more") }
      return lines.map { String($0.prefix(width)) }
    }

    private func line(_ row: RunView.Row, _ nameWidth: Int) -> String {
      var text = "  \(row.name.padded(nameWidth))  \(row.state.text.padded(11))"
      guard row.state != .pending else { return text }
      text += (row.attempt > 1 ? "attempt \(row.attempt)" : "").padded(12)
      text += row.elapsed.map(\.briefText).map { $0.padded(12, isRight: true) } ?? "".padded(12)
      if row.state.isActive, row.progress > 0 {
        let filled = Int(min(1, row.progress) * Double(Self.barWidth))
        text += "  " + String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        text += " \(Int(min(1, row.progress) * 100)) %"
      } else if !row.reason.isEmpty {
        text += "  \(row.reason.oneLine)"
      }
      return text
    }
  }

  extension StepState {
    /// It has begun, and has not ended.
    fileprivate var isActive: Bool { !isFinal && self != .pending }
  }

  extension RunView {
    /// Also where the run is on its way to.
    var stateText: String { record.closing.map { "\(record.state.text), soon \($0.text)" } ?? record.state.text }
  }

  extension String {
    func padded(_ width: Int, isRight: Bool = false) -> String {
      let padding = String(repeating: " ", count: max(0, width - count))
      return isRight ? padding + self : self + padding
    }

    /// Without blanks at its end.
    var trimmedAtEnd: String { String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)]) }

    /// Without line ends.
    var oneLine: String { split(whereSeparator: \.isNewline).joined(separator: " · ") }
  }

  /// The terminal of standard error.
  enum Terminal {
    static var isThere: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    static var size: (width: Int, height: Int) { size(of: STDERR_FILENO) }

    static func size(of file: Int32) -> (width: Int, height: Int) {
      var size = winsize()
      guard unsafe ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
        return (80, 24)
      }
      return (Int(size.ws_col), Int(size.ws_row))
    }
  }
#endif
