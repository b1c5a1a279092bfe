#if Workflow
  import Millrace
  import MillraceCSV
  import MillraceWorkflow

  /// One pass over a file: rows are dropped, filled, judged, and written to the new file or to the quarantine.
  struct Cleaning {
    private let input: TaskInput
    private let context: TaskContext
    private let token: CancellationToken

    init(_ input: TaskInput, _ context: TaskContext, _ token: CancellationToken) {
      self.input = input
      self.context = context
      self.token = token
    }

    func run() throws -> JSONValue {
      guard let target = input.text("to") else { throw TaskFailure.invalidInput("to: is missing") }
      let path = input.text("path")!
      var reader = try RecordReader(path: path)
      let columns = try Columns(reader.header, input, path)
      var kept = try WholeFile(target, for: context.idempotencyKey)
      try kept.write(columns.header)
      var refused = try Quarantine(input.text("quarantine"), columns.names, for: context.idempotencyKey)
      var seen: Set<[String]> = []
      var counts = (rows: 0, kept: 0, dropped: 0, duplicates: 0)
      while let cells = try reader.next() {
        counts.rows += 1
        if counts.rows % 1024 == 0 {
          try token.check()
          context.heartbeat(progress: Double(reader.offset) / Double(reader.byteCount))
        }
        guard cells.count == columns.names.count else {
          let reason = "\(cells.count) cells; \(columns.names.count) are expected"
          try refused.add(cells, reader.line, column: nil, reason)
          continue
        }
        if columns.keep.contains(where: { $0.rule.complaint(about: cells[$0.place]) != nil }) {
          counts.dropped += 1
          continue
        }
        let filled = columns.filled(cells)
        if let (rule, complaint) = columns.complaint(about: filled) {
          try refused.add(cells, reader.line, column: rule.column, complaint)
          continue
        }
        if !columns.unique.isEmpty, !seen.insert(columns.unique.map { filled[$0] }).inserted {
          counts.duplicates += 1
          continue
        }
        counts.kept += 1
        try kept.write(columns.line(filled))
      }
      try judge(refused, counts.rows)
      try refused.finish()
      var output = try kept.finish().json
      output["rows"] = .int(Int64(counts.rows))
      output["kept"] = .int(Int64(counts.kept))
      output["dropped"] = .int(Int64(counts.dropped))
      output["duplicates"] = .int(Int64(counts.duplicates))
      output["quarantined"] = .int(Int64(refused.count))
      output["reasons"] = .object(refused.reasons.mapValues { .int(Int64($0)) })
      return .object(output)
    }

    private func judge(_ refused: borrowing Quarantine, _ rows: Int) throws(TaskFailure) {
      let most = input.number("maxQuarantined") ?? 1
      guard Double(refused.count) > most * Double(rows) else { return }
      let reasons = refused.reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
      throw TaskFailure(
        code: "invalid rows",
        "\(refused.count) of \(rows) rows were refused, more than \(most) of them (maxQuarantined): "
          + reasons.joined(separator: ", "), isRetryable: false)
    }
  }

  /// Rules and names of an input, at their places in the file.
  private struct Columns {
    struct PlacedRule {
      var rule: CellRule
      var place: Int
    }

    let names: [String]
    let header: String
    let keep: [PlacedRule]
    let unique: [Int]
    private let rules: [PlacedRule]
    private let fill: [(place: Int, text: String)]
    private let selected: [Int]

    init(_ names: [String], _ input: TaskInput, _ path: String) throws {
      func place(_ name: String, _ field: String) throws(TaskFailure) -> Int {
        guard let place = names.firstIndex(of: name) else {
          throw .invalidInput(
            "\(field): \(path) has no column \"\(name)\"; its columns are \(names.joined(separator: ", "))")
        }
        return place
      }
      func rules(_ field: String) throws(TaskFailure) -> [PlacedRule] {
        var placed: [PlacedRule] = []
        for value in input.list(field) ?? [] {
          let rule = try CellRule(value)
          placed.append(PlacedRule(rule: rule, place: try place(rule.column, field)))
        }
        return placed
      }
      self.names = names
      keep = try rules("keep")
      self.rules = try rules("rules")
      unique = try (input.texts("unique") ?? []).map { try place($0, "unique") }
      selected = try (input.texts("select") ?? names).map { try place($0, "select") }
      fill = try (input.object("fill") ?? [:]).map { name, value in
        guard let text = value.text ?? value.number.map({ _ in value.description }) else {
          throw TaskFailure.invalidInput("fill.\(name): a text or a number is expected, not \(value.kindOfValue)")
        }
        return (try place(name, "fill"), text)
      }
      var renamed = names
      for (name, value) in input.object("rename") ?? [:] {
        guard let text = value.text else {
          throw TaskFailure.invalidInput("rename.\(name): a text is expected, not \(value.kindOfValue)")
        }
        renamed[try place(name, "rename")] = text
      }
      header = Self.line(selected.map { renamed[$0] })
    }

    func filled(_ cells: [String]) -> [String] {
      var cells = cells
      for (place, text) in fill where CellText.isMissing(cells[place]) { cells[place] = text }
      return cells
    }

    func complaint(about cells: [String]) -> (CellRule, String)? {
      for placed in rules {
        if let complaint = placed.rule.complaint(about: cells[placed.place]) { return (placed.rule, complaint) }
      }
      return nil
    }

    func line(_ cells: [String]) -> String { Self.line(selected.map { cells[$0] }) }

    static func line(_ cells: [String]) -> String { cells.map(CellText.quoted).joined(separator: ",") + "\n" }
  }

  /// Rows that broke a rule, and how many did for each reason.
  private struct Quarantine: ~Copyable {
    private(set) var count = 0
    private(set) var reasons: [String: Int] = [:]
    private var file: WholeFile?

    init(_ path: String?, _ names: [String], for key: String) throws(TaskFailure) {
      guard let path else { return }
      var file = try WholeFile(path, for: key)
      try file.write(Columns.line(["_line", "_reason"] + names))
      self.file = consume file
    }

    mutating func add(_ cells: [String], _ line: Int, column: String?, _ complaint: String) throws(TaskFailure) {
      let reason = column.map { "\($0) \(complaint)" } ?? complaint
      guard file != nil else {
        throw TaskFailure(
          code: "invalid rows", "line \(line): \(reason); there is no quarantine for it", isRetryable: false)
      }
      count += 1
      reasons[reason, default: 0] += 1
      try file!.write(Columns.line([String(line), reason] + cells))
    }

    mutating func finish() throws(TaskFailure) { _ = try file?.finish() }
  }
#endif
