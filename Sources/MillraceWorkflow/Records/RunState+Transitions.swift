/// What a run can be told to do: as ``RunControl`` says it, and ``RunStore/eraseData(of:)``.
public enum RunAction: String, Sendable, Hashable, CaseIterable {
  case pause, resume, cancel, retry, restart, erase
}

extension RunState {
  /// Where a run comes to that is told something; what is not here is refused. It gets there when attempts under way, compensations and hooks have come to their end: until then it is on its way, see ``RunRecord/closing``.
  public static let transitions: [RunState: [RunAction: RunState]] = [
    .initiated: [.pause: .paused, .cancel: .cancelled],
    .running: [.pause: .paused, .cancel: .cancelled],
    .waiting: [.pause: .paused, .cancel: .cancelled],
    // Restarted it goes on at once.
    .paused: [.pause: .paused, .resume: .running, .cancel: .cancelled, .restart: .running],
    .completed: [.restart: .running, .erase: .dataDeleted],
    .failed: [.retry: .running, .restart: .running, .erase: .dataDeleted],
    .cancelled: [.cancel: .cancelled, .retry: .running, .restart: .running, .erase: .dataDeleted],
    .dataDeleted: [.erase: .dataDeleted],
  ]

  /// Where a run comes to by itself: by the ends of its attempts, by events, and by time.
  public static let followers: [RunState: Set<RunState>] = [
    .initiated: [.running],
    .running: [.waiting, .paused, .completed, .failed],
    .waiting: [.running, .completed, .failed],
    .paused: [.running, .failed],
  ]

  /// Both as a table of Markdown, a row for each state.
  public static var transitionTable: String {
    let heads = ["state", "by itself"] + RunAction.allCases.map(\.rawValue)
    let rows = allCases.map { state in
      let alone = allCases.filter { followers[state]?.contains($0) == true }.map(\.rawValue).joined(separator: ", ")
      return [state.rawValue, alone] + RunAction.allCases.map { transitions[state]?[$0]?.rawValue ?? "" }
    }
    return ([heads, heads.map { _ in "---" }] + rows).map { row in
      "|" + row.map { $0.isEmpty ? " |" : " \($0) |" }.joined()
    }.joined(separator: "\n")
  }
}
