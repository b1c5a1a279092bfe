#if Workflow
  import GRDB
  import MillraceWorkflow

  extension Row {
    /// As an object; blobs are base64.
    var json: JSONValue {
      .object(
        Dictionary(
          map { name, value in
            let json: JSONValue =
              switch value.storage {
              case .null: .null
              case .int64(let value): .int(value)
              case .double(let value): .double(value)
              case .string(let value): .string(value)
              case .blob(let value): .string(value.base64EncodedString())
              }
            return (name, json)
          }
        ) { first, _ in first })
    }
  }

  extension String {
    /// A table's or a column's, for SQL.
    var quotedName: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
  }
#endif
