import Foundation

extension RecordedWorkflow {
  /// Reads a file in WfFormat, version 1.4, 1.5 or 1.6.
  ///
  /// - Throws: ``WfFormatError``, with line, column and path where there are such.
  /// - Complexity: O(bytes + dependencies). The file is mapped, and what is kept of it is about a quarter of its size.
  public init(path: String) throws(WfFormatError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw WfFormatError(code: .unreadable, file: path, message: "cannot be read: \(Self.reason(path, error))")
    }
    try self.init(json: data, file: path)
  }

  private static func reason(_ path: String, _ error: any Error) -> String {
    unsafe access(path, R_OK) == 0 ? error.localizedDescription : String(cString: strerror(errno))
  }

  /// Reads a document in WfFormat.
  ///
  /// - Parameter file: what messages call it.
  public init(json: Data, file: String) throws(WfFormatError) {
    guard json.count < 1 << 32 else {
      throw WfFormatError(code: .unreadable, file: file, message: "is larger than 4 GiB; a smaller file is expected")
    }
    let result = unsafe json.withUnsafeBytes { bytes in
      Result { () throws(WfFormatError) in
        try unsafe Self(bytes.bindMemory(to: UInt8.self), file: file)
      }
    }
    self = try result.get()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(WfFormatError) {
    let isBlank = unsafe bytes.allSatisfy { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    guard !isBlank else {
      throw WfFormatError(code: .malformed, file: file, message: "is empty; a WfFormat document is expected")
    }
    let scanner = unsafe JSONScanner(bytes)
    do throws(Fault) {
      var reader = DocumentReader(scanner)
      try reader.read()
      try self.init(reader, file: file)
    } catch {
      var scanner = scanner
      let offset = error.offset ?? scanner.offset(of: error.path)
      var line = 1
      var lineStart = 0
      for place in 0..<(offset ?? 0) where unsafe bytes[place] == 0x0a {
        line += 1
        lineStart = place + 1
      }
      throw WfFormatError(
        code: .malformed, file: file, line: offset.map { _ in line }, column: offset.map { $0 - lineStart + 1 },
        path: error.path.isEmpty ? nil : PathStep.text(error.path), message: error.message)
    }
  }

  /// Puts together what the document says of each task in several places.
  private init(_ reader: DocumentReader, file: String) throws(Fault) {
    let layout = reader.layout
    let tasks = reader.taskLabels
    guard !tasks.isEmpty else { throw Fault("an empty list; at least one task is expected", in: layout.tasks) }
    guard reader.hasExecution else {
      throw Fault("no execution; recorded run times are expected", in: [.member("workflow")])
    }
    for mention in reader.mentions {
      if let place = mention.execution, mention.declaration == nil {
        throw Fault(
          "a task that the specification does not have; one of its tasks is expected",
          in: layout.executedTasks + [.item(Int(place)), .member("id")])
      }
    }
    name = reader.name
    version = reader.version
    self.file = file
    labels = reader.labels
    taskLabels = tasks
    categories = reader.categories
    taskCategories = reader.taskCategories
    files = reader.files
    inputs = reader.inputs.withoutRepetition(columns: files.count)
    outputs = reader.outputs.withoutRepetition(columns: files.count)
    fileSizes = try Self.fileSizes(reader)
    runNanoseconds = try Self.runNanoseconds(reader)
    (machines, recordingMachines) = try Self.machines(reader)
    writers = outputs.transposed(columns: files.count)
    let (parents, children) = try Self.dependencies(reader, inputs: inputs, outputs: outputs)
    self.parents = parents
    self.children = children
    topologicalOrder = Self.topologicalOrder(parents: parents, children: children)
    if topologicalOrder.count < tasks.count {
      let cycle = Self.cycle(outside: topologicalOrder, parents: parents)
      var names = cycle.prefix(20).map { quoted(labels[Int(tasks[$0])]) }
      if cycle.count > names.count { names.append("… (\(cycle.count) tasks)") }
      names.append(names[0])
      throw Fault(
        "a cycle: \(names.joined(separator: " → ")); tasks that do not wait for themselves are expected",
        in: layout.tasks + [.item(cycle[0])])
    }
  }

  private static func fileSizes(_ reader: DocumentReader) throws(Fault) -> [Int64] {
    if reader.hasFileList, let unknown = reader.fileSizes.firstIndex(of: nil) {
      for (rows, member) in [(reader.inputs, "inputFiles"), (reader.outputs, "outputFiles")] {
        guard let place = rows.values.firstIndex(of: UInt32(unknown)) else { continue }
        let (task, item) = rows.place(place)
        throw Fault(
          "the file \(quoted(reader.files[unknown])), which the list of files does not have; one of them is expected",
          in: reader.layout.tasks + [.item(task), .member(member), .item(item)])
      }
    }
    return reader.fileSizes.map { $0 ?? 0 }
  }

  private static func runNanoseconds(_ reader: DocumentReader) throws(Fault) -> [Int64] {
    var result: [Int64] = []
    result.reserveCapacity(reader.taskLabels.count)
    var sum = 0.0
    for (task, label) in reader.taskLabels.enumerated() {
      guard let seconds = reader.mentions[Int(label)].seconds else {
        throw Fault(
          "no recorded run time; a runtimeInSeconds for this task\(reader.layout == .apart ? " in workflow.execution.tasks" : "") is expected",
          in: reader.layout.tasks + [.item(task)])
      }
      sum += seconds
      guard sum * 1e9 < Double(1 << 62 as Int64) else {
        throw Fault(
          "run times that come to more than 4.6e9 s (146 years) with this task; less is expected",
          in: reader.layout.tasks + [.item(task)])
      }
      result.append(Int64((seconds * 1e9).rounded()))
    }
    return result
  }

  private static func machines(_ reader: DocumentReader) throws(Fault) -> ([Machine], [UInt32]) {
    for label in reader.taskLabels {
      let mention = reader.mentions[Int(label)]
      guard let machine = mention.machine, !reader.machines[Int(machine)].isDeclared else { continue }
      throw Fault(
        "the machine \(quoted(reader.machineNames[Int(machine)])), which the list of machines does not have; one of them is expected",
        in: reader.layout.executedTasks + [.item(Int(mention.execution!))])
    }
    // Numbered by declaration: those that are only mentioned have been refused, unless nothing but an item after the first mentions them.
    var numbers: [UInt32?] = []
    var machines: [Machine] = []
    for (index, machine) in reader.machines.enumerated() {
      numbers.append(machine.isDeclared ? UInt32(machines.count) : nil)
      guard machine.isDeclared else { continue }
      machines.append(
        Machine(
          name: reader.machineNames[index], cores: machine.cores.map { Int($0) }, speedInMHz: machine.speedInMHz))
    }
    let recording = reader.taskLabels.map { label in
      reader.mentions[Int(label)].machine.flatMap { numbers[Int($0)] } ?? .max
    }
    return (machines, recording)
  }

  /// More than this come only from many tasks that write what many tasks read.
  private static let dependenciesMaximum = 1 << 28

  private static func dependencies(
    _ reader: DocumentReader, inputs: IndexRows, outputs: IndexRows
  ) throws(Fault) -> (parents: IndexRows, children: IndexRows) {
    let count = reader.taskLabels.count
    let parents = try named(reader, reader.parents, "parents")
    let children = try named(reader, reader.children, "children").transposed(columns: count)
    let (makers, updaters) = writers(reader.files.count, inputs: inputs, outputs: outputs)
    var pairs = parents.values.count + children.values.count
    for file in inputs.values { pairs += makers[Int(file)].count + updaters[Int(file)].count }
    guard pairs <= dependenciesMaximum else {
      throw Fault("\(pairs) dependencies; at most \(dependenciesMaximum) are expected", in: reader.layout.tasks)
    }
    var all = IndexRows()
    for task in 0..<count {
      for parent in parents[task] { all.append(parent) }
      for parent in children[task] { all.append(parent) }
      for file in inputs[task] {
        for maker in makers[Int(file)] { all.append(maker) }
        if outputs[task].contains(sorted: file) { continue }
        for updater in updaters[Int(file)] { all.append(updater) }
      }
      all.endRow()
    }
    all = all.withoutRepetition(columns: count)
    return (all, all.transposed(columns: count))
  }

  /// By file: tasks that write it without reading it, and tasks that do both.
  private static func writers(
    _ fileCount: Int, inputs: IndexRows, outputs: IndexRows
  ) -> (makers: IndexRows, updaters: IndexRows) {
    var (made, updated) = (IndexRows(), IndexRows())
    for task in 0..<outputs.count {
      for file in outputs[task] {
        if inputs[task].contains(sorted: file) { updated.append(file) } else { made.append(file) }
      }
      made.endRow()
      updated.endRow()
    }
    return (made.transposed(columns: fileCount), updated.transposed(columns: fileCount))
  }

  /// Rows of labels as rows of tasks.
  private static func named(
    _ reader: DocumentReader, _ rows: IndexRows, _ member: String
  ) throws(Fault) -> IndexRows {
    var result = IndexRows()
    for task in 0..<rows.count {
      for (item, label) in rows[task].enumerated() {
        var declaration = reader.mentions[Int(label)].declaration
        if declaration == nil, let alias = reader.aliases.find(Int(label), of: reader.labels) {
          declaration = reader.mentions[Int(reader.aliased[alias])].declaration
        }
        guard let declaration else {
          throw Fault(
            "\(quoted(reader.labels[Int(label)])), which no task is called; a task of this workflow is expected",
            in: reader.layout.tasks + [.item(task), .member(member), .item(item)])
        }
        result.append(declaration)
      }
      result.endRow()
    }
    return result
  }

  /// Kahn 1962, DOI 10.1145/368996.369025: tasks in cycles, and those that wait for them, are left out.
  private static func topologicalOrder(parents: IndexRows, children: IndexRows) -> [UInt32] {
    var missing = (0..<parents.count).map { UInt32(parents[$0].count) }
    var order = missing.indices.filter { missing[$0] == 0 }.map { UInt32($0) }
    order.reserveCapacity(parents.count)
    var next = 0
    while next < order.count {
      for child in children[Int(order[next])] {
        missing[Int(child)] -= 1
        if missing[Int(child)] == 0 { order.append(child) }
      }
      next += 1
    }
    return order
  }

  /// The tasks of one cycle, each before one that waits for it, from the one with the lowest number on.
  private static func cycle(outside order: [UInt32], parents: IndexRows) -> [Int] {
    var isOutside = Array(repeating: true, count: parents.count)
    for task in order { isOutside[Int(task)] = false }
    // A task that was left out waits for another one that was.
    var task = isOutside.firstIndex(of: true)!
    var place: [Int: Int] = [:]
    var path: [Int] = []
    while place[task] == nil {
      place[task] = path.count
      path.append(task)
      task = Int(parents[task].first { isOutside[Int($0)] }!)
    }
    let cycle = Array(path[place[task]!...].reversed())
    let first = cycle.indices.min { cycle[$0] < cycle[$1] }!
    return Array(cycle[first...] + cycle[..<first])
  }
}

extension IndexRows {
  /// The row that has a place of ``values``, and which of its items that is. O(log rows).
  fileprivate func place(_ place: Int) -> (row: Int, item: Int) {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if Int(starts[middle]) <= place { low = middle } else { high = middle - 1 }
    }
    return (low, place - Int(starts[low]))
  }
}

extension ArraySlice<UInt32> {
  /// Whether a slice that is in order has the value. O(log count).
  fileprivate func contains(sorted value: UInt32) -> Bool {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < endIndex && self[low] == value
  }
}
