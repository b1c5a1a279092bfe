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
  private let chain: FileChain
  /// Held open until all of it is read: renamed or deleted, it is not lost, and no other file can have its number meanwhile.
  private var file: OpenFile?
  /// As much of the file's beginning as was read, up to ``LinePosition/Mark/headBytes``: what was read, not what is there by now.
  private var head: [UInt8] = []

  init(_ path: String, _ configuration: LineSource.Configuration, from position: LinePosition) {
    (self.path, self.configuration, self.position) = (path, configuration, position)
    chain = FileChain(path)
  }

  // MARK: Looking

  /// Reads at most so many lines after ``position``.
  mutating func look(limit: Int, now: Timestamp) throws -> Look {
    do {
      return try lookOnce(limit, now)
    } catch is FileChain.Moving {
      return Look(again: .milliseconds(1))
    }
  }

  private mutating func lookOnce(_ limit: Int, _ now: Timestamp) throws -> Look {
    guard let file = try open() else { return Look() }
    if let look = try take(file, limit) { return look }
    // All is read. Is it still the one that is written to?
    if let current = FileStatus(path), current.mark.isSame(as: file.mark) { return Look() }
    let settled = try file.status().modified.advanced(by: configuration.settlingTime)
    if now < settled { return Look(again: min(settled.duration(since: now), configuration.settlingTime)) }
    if let look = try take(file, 1, isWhole: true) { return look }
    guard let next = try later(than: file).first else { return Look() }
    try begin(open(next))
    return Look(hasMoved: true)
  }

  /// Lines, or that there are none any more because the file was cut; nil: nothing new is in it.
  private mutating func take(_ file: OpenFile, _ limit: Int, isWhole: Bool = false) throws -> Look? {
    let lines = try read(file, limit: limit, isWhole: isWhole)
    // Looked at afterwards: so what was read is from before the cut.
    if try file.status().size < position.offset || file.bytes(at: 0, count: head.count) != head {
      position.begin(file.mark)
      head = []
      return Look(hasMoved: true)
    }
    return lines.isEmpty ? nil : Look(lines: lines)
  }

  private mutating func begin(_ next: OpenFile) {
    if let left = marked(position).file {
      position.passed = (position.passed + [left]).suffix(LinePosition.passedMaximum)
    }
    position.begin(next.mark)
    (file, head) = (next, [])
  }

  /// A position of the file that is read, with as much of its beginning as was read up to there.
  func marked(_ position: LinePosition) -> LinePosition {
    guard file != nil else { return position }
    let known = head.prefix(Int(clamping: position.offset))
    var marked = position
    marked.file?.headLength = known.count
    marked.file?.head = ContentHash(of: Array(known))
    return marked
  }

  /// Lines that are not read yet, of this file and those after it; nil: files are being renamed.
  mutating func lag() throws -> Int? {
    do {
      guard let file = try open() else { return 0 }
      var count = try file.newlines(from: position.offset)
      if let current = FileStatus(path), current.mark.isSame(as: file.mark) { return count }
      for next in try later(than: file) { count += try open(next).newlines(from: 0) }
      return count
    } catch is FileChain.Moving {
      return nil
    }
  }

  // MARK: Files

  /// The file of ``position``; nil: there is none yet.
  private mutating func open() throws -> OpenFile? {
    if let file { return file }
    let files = try chain.inOrder()
    guard let mark = position.file else { return try begin(oldest: files) }
    for candidate in files where candidate.mark.isSame(as: mark) {
      let found = try open(candidate)
      if let known = try found.head(of: mark) {
        (file, head) = (found, known)
        return found
      }
      // Cut, unless it is another with its number.
      if mark.born != nil, found.mark.born != nil {
        position.begin(found.mark)
        file = found
        return found
      }
    }
    return try begin(oldest: remaining(of: files, after: mark))
  }

  private mutating func begin(oldest files: [FileStatus]) throws -> OpenFile? {
    guard let oldest = files.first else {
      // What it is, if it is no file.
      if try OpenFile(path) != nil { throw FileChain.Moving() }
      return nil
    }
    let found = try open(oldest)
    begin(found)
    return found
  }

  private func open(_ status: FileStatus) throws -> OpenFile {
    // By now the name may be another's.
    guard let found = try OpenFile(status.path), found.mark == status.mark else { throw FileChain.Moving() }
    return found
  }

  /// Those that were begun after the file that is held open, oldest first.
  private func later(than file: OpenFile) throws -> [FileStatus] {
    let files = try chain.inOrder()
    guard let place = files.firstIndex(where: { $0.mark.isSame(as: file.mark) }) else {
      return try remaining(of: files, after: file.mark)
    }
    return try files[(place + 1)...].filter { try !isPassed($0) }
  }

  /// Those that were begun after a file that is not there any more, oldest first. It was the oldest, unless somebody has chosen what to delete.
  private func remaining(of files: [FileStatus], after mark: LinePosition.Mark) throws -> [FileStatus] {
    try files.filter { file in
      if let born = file.mark.born, let before = mark.born, born < before { return false }
      return try !isPassed(file)
    }
  }

  private func isPassed(_ file: FileStatus) throws -> Bool {
    try position.passed.contains { mark in
      guard file.mark.isSame(as: mark) else { return false }
      if mark.born != nil, file.mark.born != nil { return true }
      return try mark.headLength > 0 && open(file).head(of: mark) != nil
    }
  }

  // MARK: Lines

  /// - Parameter isWhole: nothing will be written to it any more: what is left without a newline is a line, too.
  private mutating func read(_ file: OpenFile, limit: Int, isWhole: Bool) throws -> [Line] {
    var lines: [Line] = []
    var offset = position.offset
    var count = 64 << 10
    while lines.count < limit {
      let bytes = try file.bytes(at: offset, count: min(count, configuration.lineBytes + 1))
      if head.count < LinePosition.Mark.headBytes, offset <= head.count, head.count < Int(offset) + bytes.count {
        head = Array((head.prefix(Int(offset)) + bytes).prefix(LinePosition.Mark.headBytes))
      }
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
