import MillraceWorkflow

/// Clause 11.
extension RunStoreConformance {
  static let documentCases = [
    Case(clause: 11, name: "documents change by compare and swap", body: documentsCompareAndSwap),
    Case(clause: 11, name: "documents in order of their keys", body: documentOrder),
  ]

  private static func documentsCompareAndSwap(_ trial: Trial) async throws {
    let name = DocumentName("breakers", "bank")
    func set(_ value: Payload?, _ expected: Revision?, _ what: String, _ holds: Bool) async throws {
      let found = try await trial.store.setDocument(name, to: value, expected: expected, durability: .processCrash)
      trial.expectEqual(found, holds, what)
    }
    try await set(Payload([1]), .first, "setting a document that is not there, as if it were", false)
    try await set(nil, .first, "removing a document that is not there", false)
    try await set(Payload([1]), nil, "setting a new document", true)
    try await set(Payload([2]), nil, "setting a document that is there, as if it were not", false)
    try await set(Payload([2]), .first, "setting a document anew", true)
    try await set(Payload([3]), .first, "setting a document that has changed", false)
    try await trial.reopen()
    trial.expectEqual(
      try await trial.store.document(name), Document(name: name, value: Payload([2]), revision: Revision(2)),
      "the document")
    trial.expectEqual(try await trial.store.document(DocumentName("breakers", "other")), nil, "another key")
    trial.expectEqual(try await trial.store.document(DocumentName("other", "bank")), nil, "another collection")
    try await set(nil, .first, "removing a document that has changed", false)
    try await set(nil, Revision(2), "removing a document", true)
    trial.expectEqual(try await trial.store.document(name), nil, "a removed document")
    try await set(.empty, nil, "setting a document that was removed", true)
    trial.expectEqual(
      try await trial.store.document(name), Document(name: name, value: .empty, revision: .first), "an empty document")
    await trial.expectThrows([.tooLarge], "a document that is too large") {
      try await trial.store.setDocument(
        name, to: Payload([UInt8](repeating: 1, count: Trial.limits.payloadBytes + 1)), expected: .first,
        durability: .memory)
    }
  }

  private static func documentOrder(_ trial: Trial) async throws {
    let keys = (0..<25).map { "k\($0 * 7 % 25 + 10)" }
    for key in keys {
      for collection in ["a", "b"] where collection == "a" || key < "k20" {
        _ = try await trial.store.setDocument(
          DocumentName(collection, key), to: Payload(Array(key.utf8)), expected: nil, durability: .processCrash)
      }
    }
    for (collection, expected) in [("a", keys.sorted()), ("b", keys.sorted().filter { $0 < "k20" }), ("c", [])] {
      var found: [Document] = []
      while found.count <= expected.count {
        let page = try await trial.store.documents(in: collection, after: found.last?.name.key, limit: 4)
        trial.expect(page.count <= 4, "at most 4 documents on a page, not \(page.count)")
        if page.isEmpty { break }
        found += page
      }
      trial.expectEqual(
        found,
        expected.map { Document(name: DocumentName(collection, $0), value: Payload(Array($0.utf8)), revision: .first) },
        "documents of \(collection)")
    }
  }
}
