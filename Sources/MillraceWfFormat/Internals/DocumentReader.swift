/// Reads a WfFormat document in one pass, and leaves what it says in flat arrays. Tasks may be mentioned before they are declared, and executed before they are specified.
struct DocumentReader {
  /// How versions differ.
  enum Layout {
    /// 1.4: tasks with run times and files in them, known by name.
    case together
    /// From 1.5: specification and execution apart, tasks known by id.
    case apart

    static let versions: [String: Layout] = ["1.4": .together, "1.5": .apart, "1.6": .apart]

    var tasks: [PathStep] {
      switch self {
      case .together: [.member("workflow"), .member("tasks")]
      case .apart: [.member("workflow"), .member("specification"), .member("tasks")]
      }
    }

    var executedTasks: [PathStep] {
      switch self {
      case .together: tasks
      case .apart: [.member("workflow"), .member("execution"), .member("tasks")]
      }
    }

    var machines: [PathStep] { executedTasks.dropLast() + [.member("machines")] }
  }

  /// What is known of a text that stands for a task.
  struct Mention {
    /// Its place in the list of tasks; nil as long as it is only mentioned.
    var declaration: UInt32?
    /// Its place in the list of executed tasks.
    var execution: UInt32?
    var seconds: Double?
    var machine: UInt32?
  }

  struct Machine {
    var cores: Int64?
    var speedInMHz: Double?
    var isDeclared = false
  }

  private var scanner: JSONScanner
  private(set) var layout = Layout.apart

  private(set) var name = ""
  private(set) var version = ""
  /// Texts that stand for tasks, declared or mentioned; `mentions` has an entry for each.
  private(set) var labels = NameTable()
  private(set) var mentions: [Mention] = []
  /// 1.4: ids, by which tasks are known besides their names; `aliased` has each one's label.
  private(set) var aliases = NameTable()
  private(set) var aliased: [UInt32] = []

  /// By task, in the order of declaration.
  private(set) var taskLabels: [UInt32] = []
  private(set) var taskCategories: [UInt32] = []
  private(set) var categories = NameTable()
  /// By task, labels as they are written.
  private(set) var parents = IndexRows()
  private(set) var children = IndexRows()
  /// By task, files.
  private(set) var inputs = IndexRows()
  private(set) var outputs = IndexRows()

  private(set) var files = NameTable()
  private(set) var fileSizes: [Int64?] = []
  /// Whether the document has a list of files.
  private(set) var hasFileList = false
  private(set) var hasExecution = false

  private(set) var machineNames = NameTable()
  private(set) var machines: [Machine] = []

  init(_ scanner: JSONScanner) { self.scanner = scanner }

  // MARK: The document

  mutating func read() throws(Fault) {
    let start = scanner
    var body: JSONScanner?
    var layout: Layout?
    var hasBody = false
    try object { reader, key throws(Fault) in
      switch key {
      case "name": reader.name = try reader.scanner.string()
      case "schemaVersion":
        let place = reader.scanner.position
        reader.version = try reader.scanner.string()
        layout = Layout.versions[reader.version]
        if layout == nil {
          throw Fault("the version \(quoted(reader.version)); 1.4, 1.5 or 1.6 is expected", at: place)
        }
      case "workflow":
        hasBody = true
        if let layout {
          reader.layout = layout
          try reader.workflow()
        } else {
          // Its version comes later.
          body = reader.scanner
          try reader.scanner.skip()
        }
      default: try reader.scanner.skip()
      }
    }
    try scanner.end()
    guard let layout else { throw Fault("no schemaVersion; 1.4, 1.5 or 1.6 is expected", at: start.position) }
    guard hasBody else { throw Fault("no workflow; a member of that name is expected", at: start.position) }
    if let body {
      scanner = body
      self.layout = layout
      do { try workflow() } catch { throw error.inside(.member("workflow")) }
    }
  }

  private mutating func workflow() throws(Fault) {
    var hasTasks = false
    let place = scanner.position
    switch layout {
    case .together:
      hasExecution = true
      hasFileList = true
      try object { reader, key throws(Fault) in
        switch key {
        case "tasks":
          hasTasks = true
          try reader.list { reader, index throws(Fault) in try reader.recordedTask(index) }
        case "machines": try reader.machineList()
        default: try reader.scanner.skip()
        }
      }
    case .apart:
      try object { reader, key throws(Fault) in
        switch key {
        case "specification":
          try reader.object { reader, key throws(Fault) in
            switch key {
            case "tasks":
              hasTasks = true
              try reader.list { reader, index throws(Fault) in try reader.specifiedTask(index) }
            case "files":
              reader.hasFileList = true
              try reader.list { reader, _ throws(Fault) in try reader.file() }
            default: try reader.scanner.skip()
            }
          }
        case "execution":
          reader.hasExecution = true
          try reader.object { reader, key throws(Fault) in
            switch key {
            case "tasks": try reader.list { reader, index throws(Fault) in try reader.executedTask(index) }
            case "machines": try reader.machineList()
            default: try reader.scanner.skip()
            }
          }
        default: try reader.scanner.skip()
        }
      }
    }
    guard hasTasks else {
      throw Fault("no \(PathStep.text(layout.tasks.dropFirst())); a list of tasks is expected", at: place)
    }
  }

  // MARK: Tasks

  private mutating func specifiedTask(_ index: Int) throws(Fault) {
    let place = scanner.position
    var label: UInt32?
    var category: UInt32?
    try object { reader, key throws(Fault) in
      switch key {
      case "id": label = try reader.declare(index)
      case "name": category = try reader.scanner.name(in: &reader.categories)
      case "parents": try reader.labelList(\.parents)
      case "children": try reader.labelList(\.children)
      case "inputFiles": try reader.fileList(\.inputs)
      case "outputFiles": try reader.fileList(\.outputs)
      default: try reader.scanner.skip()
      }
    }
    guard let label else { throw Fault("a task without id; a text is expected", at: place) }
    endTask(label, category)
  }

  private mutating func executedTask(_ index: Int) throws(Fault) {
    let place = scanner.position
    var label: UInt32?
    var run = Mention()
    try object { reader, key throws(Fault) in
      switch key {
      case "id": label = try reader.label()
      case "runtimeInSeconds": run.seconds = try reader.seconds()
      case "machine": run.machine = try reader.machine()
      case "machines":
        try reader.list { reader, index throws(Fault) in
          let machine = try reader.machine()
          if index == 0 { run.machine = machine }
        }
      default: try reader.scanner.skip()
      }
    }
    guard let label = label.map(Int.init) else { throw Fault("a task without id; a text is expected", at: place) }
    guard run.seconds != nil else { throw Fault("no runtimeInSeconds; a number is expected", at: place) }
    if let first = mentions[label].execution {
      let path = PathStep.text(layout.executedTasks + [.item(Int(first))])
      throw Fault("the task \(quoted(labels[label])), which is \(path) already; every task once is expected", at: place)
    }
    mentions[label].execution = UInt32(index)
    mentions[label].seconds = run.seconds
    mentions[label].machine = run.machine
  }

  private mutating func recordedTask(_ index: Int) throws(Fault) {
    let place = scanner.position
    var label: UInt32?
    var alias: UInt32?
    var category: UInt32?
    var run = Mention()
    try object { reader, key throws(Fault) in
      switch key {
      case "name": label = try reader.declare(index)
      case "id": alias = try reader.scanner.name(in: &reader.aliases)
      case "category": category = try reader.scanner.name(in: &reader.categories)
      case "parents": try reader.labelList(\.parents)
      case "children": try reader.labelList(\.children)
      case "files": try reader.list { reader, _ throws(Fault) in try reader.linkedFile() }
      case "runtimeInSeconds": run.seconds = try reader.seconds()
      case "machine": run.machine = try reader.machine()
      default: try reader.scanner.skip()
      }
    }
    guard let label else { throw Fault("a task without name; a text is expected", at: place) }
    if let alias {
      if alias == aliased.count {
        aliased.append(label)
      } else if aliased[Int(alias)] != label {
        let first = quoted(labels[Int(aliased[Int(alias)])])
        throw Fault(
          "the id \(quoted(aliases[Int(alias)])), which is that of \(first) already; another is expected", at: place)
      }
    }
    mentions[Int(label)].execution = UInt32(index)
    mentions[Int(label)].seconds = run.seconds
    mentions[Int(label)].machine = run.machine
    endTask(label, category)
  }

  private mutating func endTask(_ label: UInt32, _ category: UInt32?) {
    taskLabels.append(label)
    taskCategories.append(category ?? .max)
    parents.endRow()
    children.endRow()
    inputs.endRow()
    outputs.endRow()
  }

  /// The text that a task is known by.
  private mutating func declare(_ index: Int) throws(Fault) -> UInt32 {
    let place = scanner.position
    let label = try label()
    if let first = mentions[Int(label)].declaration {
      let path = PathStep.text(layout.tasks + [.item(Int(first))])
      throw Fault("\(quoted(labels[Int(label)])), which is \(path) already; another is expected", at: place)
    }
    mentions[Int(label)].declaration = UInt32(index)
    return label
  }

  private mutating func label() throws(Fault) -> UInt32 {
    let label = try scanner.name(in: &labels)
    if label == mentions.count { mentions.append(Mention()) }
    return label
  }

  private mutating func labelList(_ rows: WritableKeyPath<Self, IndexRows>) throws(Fault) {
    try list { reader, _ throws(Fault) in reader[keyPath: rows].append(try reader.label()) }
  }

  private mutating func seconds() throws(Fault) -> Double {
    let place = scanner.position
    let seconds = try scanner.number()
    guard seconds >= 0 else { throw Fault("\(seconds) seconds; a run time from 0 is expected", at: place) }
    return seconds
  }

  // MARK: Files

  private mutating func fileIndex() throws(Fault) -> UInt32 {
    let file = try scanner.name(in: &files)
    if file == fileSizes.count { fileSizes.append(nil) }
    return file
  }

  private mutating func fileList(_ rows: WritableKeyPath<Self, IndexRows>) throws(Fault) {
    try list { reader, _ throws(Fault) in reader[keyPath: rows].append(try reader.fileIndex()) }
  }

  private mutating func file() throws(Fault) {
    try file(nameMember: "id") { reader, key throws(Fault) in try reader.scanner.skip() }
  }

  private mutating func linkedFile() throws(Fault) {
    let place = scanner.position
    var link: String?
    let file = try file(nameMember: "name") { reader, key throws(Fault) in
      if key == "link" { link = try reader.scanner.string() } else { try reader.scanner.skip() }
    }
    switch link {
    case "input": inputs.append(file)
    case "output": outputs.append(file)
    default:
      throw Fault(
        "\(link.map { "the link \(quoted($0))" } ?? "no link"); \"input\" or \"output\" is expected", at: place)
    }
  }

  /// A file with its size; of several sizes the first one holds, as WfCommons does it.
  @discardableResult
  private mutating func file(
    nameMember: String, other: (inout Self, String) throws(Fault) -> Void
  ) throws(Fault) -> UInt32 {
    let place = scanner.position
    var file: UInt32?
    var size: Int64?
    try object { reader, key throws(Fault) in
      switch key {
      case nameMember: file = try reader.fileIndex()
      case "sizeInBytes":
        let place = reader.scanner.position
        size = try reader.scanner.wholeNumber()
        guard size! >= 0 else { throw Fault("\(size!) bytes; a size from 0 is expected", at: place) }
      default: try other(&reader, key)
      }
    }
    guard let file else { throw Fault("a file without \(nameMember); a text is expected", at: place) }
    guard let size else { throw Fault("no sizeInBytes; a whole number is expected", at: place) }
    if fileSizes[Int(file)] == nil { fileSizes[Int(file)] = size }
    return file
  }

  // MARK: Machines

  private mutating func machine() throws(Fault) -> UInt32 {
    let machine = try scanner.name(in: &machineNames)
    if machine == machines.count { machines.append(Machine()) }
    return machine
  }

  private mutating func machineList() throws(Fault) {
    try list { reader, _ throws(Fault) in
      let place = reader.scanner.position
      var index: UInt32?
      var found = Machine(isDeclared: true)
      try reader.object { reader, key throws(Fault) in
        switch key {
        case "nodeName": index = try reader.machine()
        case "cpu":
          try reader.object { reader, key throws(Fault) in
            let place = reader.scanner.position
            switch key {
            case "coreCount", "count":
              found.cores = try reader.scanner.wholeNumber()
              guard found.cores! > 0 else { throw Fault("\(found.cores!) cores; at least one is expected", at: place) }
            case "speedInMHz", "speed":
              found.speedInMHz = try reader.scanner.number()
              guard found.speedInMHz! > 0 else {
                throw Fault("\(found.speedInMHz!) MHz; a speed above 0 is expected", at: place)
              }
            default: try reader.scanner.skip()
            }
          }
        default: try reader.scanner.skip()
        }
      }
      guard let index = index.map(Int.init) else {
        throw Fault("a machine without nodeName; a text is expected", at: place)
      }
      guard !reader.machines[index].isDeclared else {
        throw Fault(
          "the machine \(quoted(reader.machineNames[index])) once more; every machine once is expected", at: place)
      }
      reader.machines[index] = found
    }
  }

  // MARK: Containers

  private mutating func object(_ member: (inout Self, String) throws(Fault) -> Void) throws(Fault) {
    try scanner.beginObject()
    while let key = try scanner.nextMember() {
      do throws(Fault) {
        // WfFormat's optional members may be there without a value.
        if try !scanner.passNull() { try member(&self, key) }
      } catch { throw error.inside(.member(key)) }
    }
  }

  private mutating func list(_ item: (inout Self, Int) throws(Fault) -> Void) throws(Fault) {
    try scanner.beginList()
    var index = 0
    while try scanner.nextItem() {
      do throws(Fault) { try item(&self, index) } catch { throw error.inside(.item(index)) }
      index += 1
    }
  }
}

extension JSONScanner {
  /// Where a path leads to in a document without faults; nil where there is no such place.
  mutating func offset(of path: [PathStep]) -> Int? {
    do throws(Fault) {
      for step in path {
        switch step {
        case .member(let name):
          try beginObject()
          while true {
            guard let next = try nextMember() else { return nil }
            if next == name { break }
            try skip()
          }
        case .item(let index):
          try beginList()
          for place in 0...index {
            guard try nextItem() else { return nil }
            if place < index { try skip() }
          }
        }
      }
      return position
    } catch { return nil }
  }
}
