#if Workflow
  import MillraceCSV
  import MillraceWorkflow

  /// What the cells of a column must be.
  struct CellRule {
    static let fields = InputFields(
      .required("column", .string), .optional("required", .bool),
      .optional("type", .oneOf(["number", "integer", "text"])),
      .optional("min", .number), .optional("max", .number), .optional("oneOf", .array(.string)),
      .optional("pattern", .string), .optional("maxLength", .integer))

    let column: String
    private let isRequired: Bool
    private let type: String?
    private let least: Double?
    private let most: Double?
    private let texts: Set<String>?
    private let pattern: Regex<AnyRegexOutput>?
    private let maxLength: Int?

    init(_ value: JSONValue) throws(TaskFailure) {
      let input = try TaskInput(value, Self.fields)
      column = input.text("column")!
      isRequired = input.bool("required") ?? false
      (least, most) = (input.number("min"), input.number("max"))
      type = input.text("type") ?? (least != nil || most != nil ? "number" : nil)
      texts = input.texts("oneOf").map { Set($0) }
      maxLength = input.integer("maxLength")
      do {
        pattern = try input.text("pattern").map { try Regex($0) }
      } catch {
        throw .invalidInput("pattern of \(column): \(error)")
      }
    }

    /// What is wrong with a cell, nil if nothing is.
    func complaint(about cell: String) -> String? {
      if CellText.isMissing(cell) { return isRequired ? "is missing" : nil }
      if type == "number" || type == "integer" {
        guard let number = CellText.number(cell) else { return "is no number" }
        if type == "integer", number != number.rounded() { return "is no integer" }
        if let least, number < least { return "is below \(JSONValue.double(least))" }
        if let most, number > most { return "is above \(JSONValue.double(most))" }
      }
      if let texts, !texts.contains(cell) { return "is none of the expected texts" }
      if let maxLength, cell.unicodeScalars.count > maxLength { return "is longer than \(maxLength) characters" }
      if let pattern, (try? pattern.wholeMatch(in: cell)) ?? nil == nil { return "does not match \"pattern\"" }
      return nil
    }
  }
#endif
