#if Workflow
  import Foundation
  import MillraceWorkflow

  /// A run for people: what it is, its steps as bars over time, what it waits for, its history.
  struct Timeline {
    let run: StoredRun
    let history: [HistoryEntry]

    private static let width = 40

    init(_ run: StoredRun, _ history: [HistoryEntry]) {
      self.run = run
      self.history = history
    }

    var text: String {
      var sections = [heading]
      if !run.steps.isEmpty { sections.append(bars) }
      if !run.timers.isEmpty || !run.inbox.isEmpty { sections.append(awaited) }
      if !history.isEmpty { sections.append(past) }
      return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var heading: [String] {
      let record = run.record
      let end = record.finishedAt ?? record.updatedAt
      var lines = ["run         \(record.id)", "workflow    \(record.workflow), definition \(record.definition.short)"]
      lines.append(
        "state       \(record.state.text)" + (record.closing.map { ", on its way to \($0.text)" } ?? "")
          + (record.reason.isEmpty ? "" : ": \(record.reason)"))
      if !record.status.isEmpty { lines.append("status      \(record.status)") }
      if !record.key.isEmpty { lines.append("key         \(record.key)") }
      lines.append("started     \(record.createdAt.briefText) UTC")
      lines.append(
        (record.finishedAt == nil ? "changed     " : "ended       ")
          + "\(end.briefText) UTC, after \(end.duration(since: record.createdAt).briefText)")
      if !record.state.isFinal { lines.append("deadline    \(record.deadline.briefText) UTC") }
      if let origin = record.origin { lines.append("forked from \(origin)") }
      if let parent = record.parent { lines.append("part of     \(parent), step \(record.parentStep ?? "")") }
      lines.append("attempts    \(record.attemptCount)")
      if let value = try? record.payload.value() { lines += Self.members(value, "parameters") }
      if let value = try? record.result.value() { lines += Self.members(value, "result") }
      return lines
    }

    private static func members(_ value: JSONValue, _ title: String) -> [String] {
      guard case .object(let members) = value else { return ["\(title.padded(12))\(value)"] }
      return members.sorted { $0.key < $1.key }.enumerated().map { index, member in
        (index == 0 ? title : "").padded(12) + "\(member.key) = \(member.value.plainText.oneLine)"
      }
    }

    // MARK: Steps over time

    private var bars: [String] {
      let begin = run.record.createdAt
      let end = max(
        run.record.finishedAt ?? run.record.updatedAt,
        run.steps.compactMap { $0.finishedAt ?? $0.startedAt }.max() ?? begin)
      let whole = max(1, Double(end.microseconds - begin.microseconds))
      let steps = run.steps.sorted {
        ($0.startedAt ?? $0.finishedAt ?? .distantFuture, $0.name) < (
          $1.startedAt ?? $1.finishedAt ?? .distantFuture, $1.name
        )
      }
      let width = min(32, steps.map(\.name.count).max() ?? 0)
      return steps.map { step in
        var line = "\(step.name.padded(width))  \(step.state.text.padded(11))"
        var bar = String(repeating: " ", count: Self.width)
        if let start = step.startedAt {
          let stop = step.finishedAt ?? end
          let first = place(start, begin, whole)
          let last = max(first, place(stop, begin, whole))
          let mark = step.state == .failed || step.state == .timedOut ? "×" : step.finishedAt == nil ? "▒" : "█"
          bar =
            String(repeating: " ", count: first) + String(repeating: mark, count: last - first + 1)
            + String(repeating: " ", count: Self.width - 1 - last)
          line += "│\(bar)│" + stop.duration(since: start).briefText.padded(12, isRight: true)
        } else {
          line += "│\(bar)│" + "".padded(12)
        }
        if step.attempt > 1 { line += "  \(step.attempt) attempts" }
        if let hash = step.inputHash { line += "  input \(hash.short)" }
        if !step.reason.isEmpty { line += "  \(step.reason.oneLine)" }
        return line
      }
    }

    private func place(_ time: Timestamp, _ begin: Timestamp, _ whole: Double) -> Int {
      let share = Double(time.microseconds - begin.microseconds) / whole
      return max(0, min(Self.width - 1, Int(share * Double(Self.width))))
    }

    // MARK: Waiting and past

    private var awaited: [String] {
      run.timers.sorted { $0.due < $1.due }.map { "timer  \($0.due.briefText) UTC  \($0.name)" }
        + run.inbox.map { "event  \($0.name)  (id \($0.id)), not taken yet" }
    }

    private var past: [String] {
      history.map { entry in
        let time = entry.at.duration(since: run.record.createdAt)
        var line = "+\(time.briefText)".padded(14, isRight: true) + "  \(entry.kind.padded(18))"
        if !entry.step.isEmpty { line += "  \(entry.step)" }
        if entry.attempt > 0 { line += " #\(entry.attempt)" }
        if let hash = entry.inputHash { line += "  input \(hash.short)" }
        if let hash = entry.outputHash { line += "  output \(hash.short)" }
        if !entry.reason.isEmpty { line += "  \(entry.reason.oneLine)" }
        return line
      }
    }
  }

  extension ContentHash {
    /// Enough of it to tell values apart by eye.
    var short: String { String(description.prefix(12)) }
  }
#endif
