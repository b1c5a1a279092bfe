/// A step into a JSON document.
package enum PathStep: Sendable, Hashable {
  case member(String)
  case item(Int)

  /// As in `workflow.tasks[17].id`; names that are no identifiers are quoted.
  package static func text(_ steps: some Sequence<PathStep>) -> String {
    var text = ""
    for step in steps {
      switch step {
      case .item(let index): text += "[\(index)]"
      case .member(let name):
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { isalnum($0) || $0 == UInt8(ascii: "_") }
        text += isPlain ? (text.isEmpty ? name : ".\(name)") : "[\(quoted(name))]"
      }
    }
    return text
  }

  private static func isalnum(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

/// What is wrong at a place of the document; becomes a ``WfFormatError`` when line and column are counted.
package struct Fault: Error, Sendable {
  package var message: String
  /// In bytes; nil while only the path is known.
  package var offset: Int?
  /// Innermost step first: each level adds its own while the error passes through.
  private var reversedPath: [PathStep] = []

  package init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }

  init(_ message: String, in path: [PathStep]) {
    self.message = message
    reversedPath = path.reversed()
  }

  package var path: [PathStep] { reversedPath.reversed() }

  package func inside(_ step: PathStep) -> Fault {
    var fault = self
    fault.reversedPath.append(step)
    return fault
  }
}

/// A text for a message: in quotes, cut when it is long.
package func quoted(_ text: String) -> String {
  let limit = 60
  return "\"" + (text.count > limit ? text.prefix(limit) + "…" : text[...]) + "\""
}
