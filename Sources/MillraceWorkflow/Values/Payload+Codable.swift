import Foundation

extension Payload {
  /// A value as JSON, keys sorted.
  package init(encoding value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only for plain data, of which nothing can fail to encode.
    bytes = [UInt8](try! encoder.encode(value))
  }

  /// - Throws: ``WorkflowError/Code/storeDamaged``: the document, where and what was expected.
  package func decoded<T: Decodable>(as type: T.Type, from document: DocumentName) throws(WorkflowError) -> T {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw WorkflowError(
        .storeDamaged, "the document is not a \(type): \(error). Delete it to start anew.",
        at: "\(document.collection)/\(document.key)", underlying: error)
    }
  }
}
