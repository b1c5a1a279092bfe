import MillracePrimitives
import MillraceWorkflow
import Testing

@testable import MillraceConnectors

@Suite struct FileChainTests {
  /// A folder in which a rotation goes on a step, or several, whenever it is asked something.
  private final class Folder {
    enum Suffix: CaseIterable { case number, date }

    let suffix: Suffix
    /// Which file has a name: the how manyth that was made.
    private(set) var files: [String: Int] = ["log": 0]
    private var random: SplitMix64
    private var steps: [() -> Void] = []
    private var made = 1
    private let kept: Int

    init(_ suffix: Suffix, seed: UInt64) {
      self.suffix = suffix
      random = SplitMix64(seed: seed)
      kept = 2 + Int(random.next() % 5)
      for _ in 0..<20 { step() }
    }

    var chain: FileChain {
      FileChain("log", in: FileChain.Folder(names: { self.names() }, status: { self.status($0) }))
    }

    private func number(_ name: String) -> Int { name.split(separator: ".").last.flatMap { Int($0) } ?? 0 }

    /// One system call of who rotates.
    private func step() {
      if steps.isEmpty { plan() }
      steps.removeFirst()()
    }

    private func plan() {
      guard files["log"] != nil else {
        steps = [
          { [self] in
            files["log"] = made
            made += 1
          }
        ]
        return
      }
      switch suffix {
      case .number:
        steps = files.keys.sorted { number($0) > number($1) }.map { name in
          { [self] in files["log.\(number(name) + 1)"] = files.removeValue(forKey: name) }
        }
      case .date:
        steps = [{ [self] in files["log-2026\(1000 + files["log"]!)"] = files.removeValue(forKey: "log") }]
      }
      steps.append { [self] in
        if files.count > kept, let oldest = files.min(by: { $0.value < $1.value }) { files[oldest.key] = nil }
      }
    }

    private func pass() {
      guard random.next() % 8 == 0 else { return }
      for _ in 0..<(1 + random.next() % 7) { step() }
    }

    /// What keeps its name while it is listed is listed. Of the rest, anything.
    private func names() -> [String] {
      var always = files
      var sometimes: Set<String> = []
      for _ in 0..<4 {
        pass()
        for (name, file) in always where files[name] != file {
          always[name] = nil
          sometimes.insert(name)
        }
        sometimes.formUnion(files.keys)
      }
      return always.keys + sometimes.subtracting(always.keys).filter { _ in random.next() % 2 == 0 }
    }

    private func status(_ name: String) -> FileStatus? {
      pass()
      // All within one tick of the clock.
      return files[name].map {
        FileStatus(
          path: name, mark: LinePosition.Mark(inode: UInt64($0), born: 1), size: 0, modified: Timestamp(microseconds: 0)
        )
      }
    }
  }

  /// Names of 2 kinds, renamed at every moment at which a reader could be in the midst of looking.
  @Test(arguments: Folder.Suffix.allCases)
  private func noFileIsHiddenByARotation(_ suffix: Folder.Suffix) throws {
    var pictures = 0
    for seed in 0..<UInt64(1500) {
      let folder = Folder(suffix, seed: seed)
      let oldest = folder.files.values.min()!
      guard let files = try? folder.chain.inOrder() else { continue }
      let order = files.map { Int($0.mark.inode) }
      guard let first = order.first else { continue }
      pictures += 1
      #expect(order == Array(first..<first + order.count), "seed \(seed): none is left out")
      let stillThere = folder.files.values.filter { $0 >= oldest }.min()!
      #expect(first <= stillThere, "seed \(seed): the oldest is in it")
    }
    #expect(pictures > 1000, "most come to an end")
  }

  private func order(_ names: [(String, modified: Int64)]) throws -> [String] {
    let files = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { index, name in
        (
          name.0,
          FileStatus(
            path: name.0, mark: LinePosition.Mark(inode: UInt64(index), born: nil), size: 0,
            modified: Timestamp(microseconds: name.modified))
        )
      })
    let folder = FileChain.Folder(names: { files.keys.sorted() }, status: { files[$0] })
    return try FileChain("log", in: folder).inOrder().map(\.path)
  }

  @Test func namesGiveTheOrder() throws {
    #expect(
      try order([("log", 0), ("log.2", 1), ("log.10", 2), ("log.1", 9), ("log.1.gz", 0), ("log~", 0), ("log.old", 0)])
        == ["log.10", "log.2", "log.1", "log"])
    #expect(
      try order([("log", 0), ("log-20260102", 0), ("log-20251231", 5), ("log-20260102.10", 0), ("log-20260102.9", 0)])
        == ["log-20251231", "log-20260102", "log-20260102.9", "log-20260102.10", "log"])
    // Rotated in another way than before.
    #expect(
      try order([("log", 9), ("log-20260101", 8), ("log.1", 2), ("log.2", 1)])
        == ["log.2", "log.1", "log-20260101", "log"])
    #expect(
      try order([("log", 9), ("log-20260101", 1), ("log.1", 8), ("log.2", 7)])
        == ["log-20260101", "log.2", "log.1", "log"])
  }
}
