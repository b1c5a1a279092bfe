/// The tasks of a simulation, numbered as they come: the numbers of the Swift runtime differ from run to run.
struct SeenTasks {
  private struct Seen {
    var name: String?
    var lastStep = 0
  }

  private var seen: [Seen] = []
  private var ordinals: [UInt64: Int] = [:]

  /// Nil when the job is not a task's.
  mutating func ordinal(of job: UnownedJob) -> Int? {
    guard let identity = Self.identity(of: job) else { return nil }
    if let ordinal = ordinals[identity] { return ordinal }
    ordinals[identity] = seen.count
    seen.append(Seen())
    return seen.count - 1
  }

  mutating func setName(_ name: String, of ordinal: Int) { seen[ordinal].name = name }
  mutating func setStep(_ step: Int, of ordinal: Int) { seen[ordinal].lastStep = step }

  func describe(_ ordinal: Int) -> String {
    let task = seen[ordinal]
    let name = task.name.map { " \"\($0)\"" } ?? ""
    return "task \(ordinal)\(name)" + (task.lastStep == 0 ? ", not run yet" : ", last run in step \(task.lastStep)")
  }

  /// All, the last active first.
  var descriptions: [String] {
    seen.indices.sorted { (seen[$0].lastStep, $0) > (seen[$1].lastStep, $1) }.map { describe($0) }
  }

  /// The runtime's number of the task. There is no other public way to it than the description, `UnownedJob(id: 12)`, or `(id: nil)` for what is not a task.
  private static func identity(of job: UnownedJob) -> UInt64? {
    var identity: UInt64?
    for digit in job.description.utf8.drop(while: { $0 != UInt8(ascii: ":") }) where (48...57).contains(digit) {
      identity = (identity ?? 0) &* 10 &+ UInt64(digit - 48)
    }
    return identity
  }
}
