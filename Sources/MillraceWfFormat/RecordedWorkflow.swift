/// A workflow that ran once, as WfCommons records it: tasks with their run times, the files between them, and the machines.
///
/// ```swift
/// let workflow = try RecordedWorkflow(path: "montage.json")
/// print(workflow.taskCount, workflow.criticalPathLength)
/// ```
///
/// Tasks, files and machines are numbered from 0 in the order in which the document declares them (files: in which it mentions them). A task depends on its parents, on the tasks
/// that have it as a child, and on every task that writes a file which it reads. Tasks that both read and write one file do not depend on each other by it: for them the document says the order.
///
/// All is in flat arrays with 32-bit indices.
public struct RecordedWorkflow: Sendable {
  public struct Machine: Sendable, Hashable {
    public var name: String
    /// As recorded, if it was.
    public var cores: Int?
    public var speedInMHz: Double?
  }

  public let name: String
  /// Of the schema: 1.4, 1.5 or 1.6.
  public let version: String
  public let machines: [Machine]

  /// By task: the tasks that wait for it, in order, without repetition.
  public let children: IndexRows
  /// By task: the tasks that it waits for, likewise.
  public let parents: IndexRows
  /// By task: files that it reads.
  public let inputs: IndexRows
  /// By task: files that it writes.
  public let outputs: IndexRows
  /// By file: tasks that write it.
  public let writers: IndexRows
  /// Every task after all its parents.
  public let topologicalOrder: [UInt32]
  /// By file, in bytes; 0 where the document has no list of files.
  public let fileSizes: [Int64]

  /// By task. The sum is below 2^62.
  public internal(set) var runNanoseconds: [Int64]
  /// By task: where it was recorded, or `UInt32.max`.
  public let recordingMachines: [UInt32]

  let labels: NameTable
  let taskLabels: [UInt32]
  let categories: NameTable
  let taskCategories: [UInt32]
  let files: NameTable
  /// For messages.
  let file: String

  public var taskCount: Int { taskLabels.count }
  public var dependencyCount: Int { children.values.count }
  public var fileCount: Int { files.count }

  /// What one task is told from the others by: its id (1.4: its name).
  public func label(ofTask task: Int) -> String { labels[Int(taskLabels[task])] }

  /// What kind of task it is: its name, mostly that of a program (1.4: its category); its label where there is none.
  public func category(ofTask task: Int) -> String {
    taskCategories[task] == .max ? label(ofTask: task) : categories[Int(taskCategories[task])]
  }

  public func name(ofFile file: Int) -> String { files[file] }

  public func runTime(ofTask task: Int) -> Duration { .nanoseconds(runNanoseconds[task]) }

  /// Of all run times.
  public var totalRunTime: Duration { .nanoseconds(runNanoseconds.reduce(0, +)) }

  /// The same workflow with all run times multiplied, each rounded to a nanosecond.
  ///
  /// - Throws: ``WfFormatError`` when they then come to more than a schedule can hold (146 years).
  public func scaled(by factor: Double) throws(WfFormatError) -> RecordedWorkflow {
    precondition(factor >= 0 && factor.isFinite, "scaled(by:) takes a finite factor from 0; found \(factor)")
    var result = self
    try checkSpan(seconds: runNanoseconds.reduce(0) { $0 + Double($1) } * factor / 1e9)
    for task in 0..<taskCount { result.runNanoseconds[task] = Int64((Double(runNanoseconds[task]) * factor).rounded()) }
    return result
  }

  /// Times are nanoseconds in 64 bits, and their sums must not overflow.
  func checkSpan(seconds: Double) throws(WfFormatError) {
    guard seconds * 1e9 < Double(1 << 62 as Int64) else {
      throw WfFormatError(
        code: .request, file: file, message: "takes \(seconds) s in all; less than 4.6e9 s (146 years) is expected")
    }
  }
}
