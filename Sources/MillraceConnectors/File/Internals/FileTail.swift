import Foundation
import MillraceWorkflow

/// The unread end of a file that grows and is rotated.
struct FileTail {
  struct Line {
    /// Of its first byte.
    var offset: Int64
    /// Without the newline; of one that is too long the beginning.
    var bytes: [UInt8]
    var isTooLong = false
    /// Where to go on.
    var after: LinePosition
  }

  struct Look {
    var lines: [Line] = []
    /// Another file has been begun: look again.
    var hasMoved = false
    /// When something is to be expected without being heard of.
    var again: Duration?
  }

  var position: LinePosition
  private let path: String
  private let configuration: LineSource.Configuration
  private var file: OpenFile?

  init(_ path: String, _ configuration: LineSource.Configuration, from position: LinePosition) {
    (self.path, self.configuration, self.position) = (path, configuration, position)
  }

  // MARK: Looking

  /// Reads at most so many lines after ``position``.
  mutating func look(limit: Int, now: Timestamp) throws -> Look {
    guard let file = try open() else { return Look() }
    let status = try file.status()
    // Cut, and perhaps written to since.
    if try status.size < position.offset || !file.begins(like: position.file!) {
      begin(file.mark)
      return Look(hasMoved: true)
    }
    var lines = try read(file, limit: limit)
    if !lines.isEmpty { return Look(lines: lines) }
    // All is read. Is it still the one that is written to?
    if let current = FileStatus(path), current.isSame(as: file.mark) { return Look() }
    let settled = status.modified.advanced(by: configuration.settlingTime)
    if now < settled { return Look(again: min(settled.duration(since: now), configuration.settlingTime)) }
    lines = try read(file, limit: 1, isWhole: true)
    if !lines.isEmpty { return Look(lines: lines) }
    guard let next = try successors(of: status).first else { return Look() }
    let left = try marked(position)
    position.passed = (left.passed + [left.file!]).suffix(LinePosition.passedMaximum)
    begin(next.mark)
    self.file = nil
    return Look(hasMoved: true)
  }

  private mutating func begin(_ mark: LinePosition.Mark) {
    position.generation += 1
    position.offset = 0
    position.file = LinePosition.Mark(device: mark.device, inode: mark.inode)
  }

  /// A position with as much of its file's beginning as was read.
  func marked(_ position: LinePosition) throws -> LinePosition {
    guard var mark = position.file, let file, file.mark.inode == mark.inode else { return position }
    let length = Int(min(position.offset, Int64(LinePosition.Mark.headBytes)))
    guard length > mark.headLength else { return position }
    mark.head = ContentHash(of: try file.bytes(at: 0, count: length))
    mark.headLength = length
    var marked = position
    marked.file = mark
    return marked
  }

  /// Lines that are not read yet, of this file and those after it.
  mutating func lag() throws -> Int {
    guard let file = try open() else { return 0 }
    var count = try file.newlines(from: position.offset)
    let status = try file.status()
    if let current = FileStatus(path), current.isSame(as: file.mark) { return count }
    for next in try successors(of: status) {
      if let later = try OpenFile(next.path) { count += try later.newlines(from: 0) }
    }
    return count
  }

  // MARK: Files

  /// The file of ``position``; nil: there is none yet.
  private mutating func open() throws -> OpenFile? {
    if let file { return file }
    guard let mark = position.file else {
      guard let first = try OpenFile(inOrder().first?.path ?? path) else { return nil }
      position.file = first.mark
      file = first
      return first
    }
    for candidate in inOrder() where candidate.isSame(as: mark) {
      guard let found = try OpenFile(candidate.path), found.mark.inode == mark.inode, try found.begins(like: mark)
      else { continue }
      file = found
      return found
    }
    // It is gone, or is another one by now.
    guard let next = try OpenFile(path) else { return nil }
    position.passed = (position.passed + [mark]).suffix(LinePosition.passedMaximum)
    begin(next.mark)
    file = next
    return next
  }

  /// Those that were begun later, oldest first.
  private func successors(of status: FileStatus) throws -> [FileStatus] {
    var later: [FileStatus] = []
    let all = inOrder()
    // Of those that were written to at the same moment, names tell which came first.
    let own = all.firstIndex { $0.isSame(as: status.mark) } ?? -1
    for (place, next) in all.enumerated()
    where next.modified > status.modified || next.modified == status.modified && place > own {
      let isPassed = try position.passed.contains { mark in
        guard next.isSame(as: mark), let file = try OpenFile(next.path) else { return false }
        return try file.begins(like: mark)
      }
      if !isPassed { later.append(next) }
    }
    return later
  }

  /// The file of this name, and those that it may have been renamed to, oldest first.
  private func inOrder() -> [FileStatus] {
    // A rotation renames one after the other: what is seen in the midst of it is no order, and what it hides would be passed over.
    var seen = look()
    while true {
      let again = look()
      if again.elementsEqual(seen, by: { $0.path == $1.path && $0.isSame(as: $1.mark) }) { return again }
      seen = again
    }
  }

  private func look() -> [FileStatus] {
    let url = URL(filePath: path)
    let (folder, name) = (url.deletingLastPathComponent().path(percentEncoded: false), url.lastPathComponent)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // A number or a date: no editor's copy, nothing packed.
    let files = names.filter { other in
      other == name || other.hasPrefix(name) && other.dropFirst(name.count).wholeMatch(of: /[.-][0-9T:._-]+/) != nil
    }.compactMap { FileStatus("\(folder)/\($0)") }
    return files.sorted { ($0.modified, -$0.number) < ($1.modified, -$1.number) }
  }

  // MARK: Lines

  /// - Parameter isWhole: nothing will be written to it any more: what is left without a newline is a line, too.
  private func read(_ file: OpenFile, limit: Int, isWhole: Bool = false) throws -> [Line] {
    var lines: [Line] = []
    var offset = position.offset
    var count = 64 << 10
    while lines.count < limit {
      let bytes = try file.bytes(at: offset, count: min(count, configuration.lineBytes + 1))
      var rest = bytes[...]
      while lines.count < limit, let newline = rest.firstIndex(of: 0x0A) {
        lines.append(line(rest[..<newline], at: offset, length: newline + 1 - rest.startIndex))
        offset += Int64(newline + 1 - rest.startIndex)
        rest = rest[(newline + 1)...]
      }
      if rest.count < bytes.count { break }
      if bytes.count > configuration.lineBytes {
        // Its end is looked for without keeping what is between.
        guard let length = try file.lineLength(from: offset, isWhole: isWhole) else { break }
        var long = line(bytes[..<configuration.lineBytes], at: offset, length: length)
        long.isTooLong = true
        lines.append(long)
        break
      }
      if bytes.count < count {
        if isWhole, !bytes.isEmpty { lines.append(line(bytes[...], at: offset, length: bytes.count)) }
        break
      }
      count *= 2
    }
    return lines
  }

  private func line(_ bytes: ArraySlice<UInt8>, at offset: Int64, length: Int) -> Line {
    var after = position
    after.offset = offset + Int64(length)
    return Line(offset: offset, bytes: Array(bytes.last == 0x0D ? bytes.dropLast() : bytes), after: after)
  }
}
