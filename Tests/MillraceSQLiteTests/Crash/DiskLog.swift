#if Workflow
  import Foundation
  import MillracePrimitives
  import Synchronization

  /// All that was done to a database's files, and what the outside was told between: from it a disk is made as it may be after the power has failed at any place.
  final class DiskLog: Sendable {
    enum Entry: Sendable, Hashable {
      case file(FileOperation)
      /// A line of the ``CrashLog``.
      case line(String)
    }

    /// What is left of writes that no sync has followed.
    enum Loss: Sendable, Hashable, CaseIterable {
      /// All: the process has ended, not the machine.
      case nothing
      case everything
      /// Of each sector of 512 bytes, one or the other.
      case something
    }

    private let entries: Mutex<[Entry]>

    init(_ entries: [Entry] = []) { self.entries = Mutex(entries) }

    func append(_ entry: Entry) { entries.withLock { $0.append(entry) } }

    var count: Int { entries.withLock { $0.count } }
    var last: Entry? { entries.withLock { $0.last } }

    // MARK: Disks

    /// Makes the folder's files as they are when the power fails after so many entries.
    func make(_ folder: String, after count: Int, losing loss: Loss, seed: UInt64) throws {
      let entries = entries.withLock { Array($0.prefix(count)) }
      var random = SplitMix64(seed: seed)
      var files: [String: [UInt8]] = [:]
      var lines = ""
      var lastSync: [String: Int] = [:]
      for (place, entry) in entries.enumerated() {
        if case .file(.sync(let name)) = entry { lastSync[name] = place }
      }
      for (place, entry) in entries.enumerated() {
        switch entry {
        case .line(let line): lines += line + "\n"
        case .file(.delete(let name)): files[name] = nil
        case .file(.sync(let name)): files[name] = files[name] ?? []
        case .file(.truncate(let name, let size)):
          let isLost = place > lastSync[name] ?? -1 && Self.isLost(loss, &random)
          if !isLost { files[name] = Self.resized(files[name] ?? [], size) }
        case .file(.write(let name, let offset, let bytes)):
          let isSynced = place < lastSync[name] ?? -1
          var start = 0
          while start < bytes.count {
            let end = min(bytes.count, (offset + start) / 512 * 512 + 512 - offset)
            if isSynced || !Self.isLost(loss, &random) {
              var file = files[name] ?? []
              files[name] = nil
              if file.count < offset + end { file = Self.resized(file, offset + end) }
              file.replaceSubrange(offset + start..<offset + end, with: bytes[start..<end])
              files[name] = file
            }
            start = end
          }
        }
      }
      for (name, content) in files { try Data(content).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      try Data(lines.utf8).write(to: URL(fileURLWithPath: folder + "/log"))
    }

    private static func isLost(_ loss: Loss, _ random: inout SplitMix64) -> Bool {
      switch loss {
      case .nothing: false
      case .everything: true
      case .something: random.index(below: 2) == 0
      }
    }

    private static func resized(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
      bytes.count >= size ? Array(bytes[..<size]) : bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    // MARK: On its way from the process in which it was made

    func write(to path: String) throws {
      var bytes: [UInt8] = []
      func append(_ number: Int) { for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) } }
      func append(_ part: some Collection<UInt8>) {
        append(part.count)
        bytes.append(contentsOf: part)
      }
      for entry in entries.withLock({ $0 }) {
        switch entry {
        case .line(let line):
          append(0)
          append(line.utf8)
        case .file(.write(let name, let offset, let content)):
          append(1)
          append(name.utf8)
          append(offset)
          append(content)
        case .file(.truncate(let name, let size)):
          append(2)
          append(name.utf8)
          append(size)
        case .file(.sync(let name)):
          append(3)
          append(name.utf8)
        case .file(.delete(let name)):
          append(4)
          append(name.utf8)
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    convenience init(contentsOf path: String) throws {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var place = 0
      func number() -> Int {
        defer { place += 8 }
        return bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      func part() -> ArraySlice<UInt8> {
        let count = number()
        defer { place += count }
        return bytes[place..<place + count]
      }
      func text() -> String { String(decoding: part(), as: UTF8.self) }
      var entries: [Entry] = []
      while place < bytes.count {
        switch number() {
        case 0: entries.append(.line(text()))
        case 1: entries.append(.file(.write(text(), offset: number(), Array(part()))))
        case 2: entries.append(.file(.truncate(text(), size: number())))
        case 3: entries.append(.file(.sync(text())))
        case 4: entries.append(.file(.delete(text())))
        case let kind: preconditionFailure("unknown entry \(kind)")
        }
      }
      self.init(entries)
    }
  }
#endif
