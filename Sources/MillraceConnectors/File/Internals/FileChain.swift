import Foundation
import MillraceWorkflow

/// A file's name, and what it has been renamed to: which file came after which.
///
/// **Order.** Names give it. A rotation renames from the oldest on, each file to a name that is free: of `log.2`, `log.1`, `log` the greater number is the older one at every moment, also in the midst of it. Of `log-20260101`, `log-20260102`, `log` the lesser date is. Times of change do not: files that were written within one tick of the file system's clock have the same, and one that somebody has touched has none of its own any more.
///
/// **A picture that is true.** A folder is listed name by name while others rename, and what is renamed meanwhile is listed twice or not at all. Two listings that agree prove nothing by themselves: a rotation in each of them can hide the same file. So one file, the anchor, is looked at before both and after both. Let it have kept its name. Then
///
/// 1. a file never gets a name again that it had, so the anchor had its name all the time;
/// 2. each rotation renames each file at most once, and the anchor, too: between two of its renamings every other file is renamed at most once;
/// 3. so each file stood still during the first listing or during the second, and that one lists it, because what keeps its name during a listing is in it (POSIX, `readdir`);
/// 4. if both listings say the same, with the files' identities, each file is in both, under the name that it had at the moment between them.
///
/// That is the folder as it was at one moment, of files that were made before and not deleted after. If anything differs, it is looked at again. The anchor is the youngest file: an old one may have been left behind by a rotation that was told to keep fewer, and is renamed by none any more.
///
/// **What is believed.** That a rotation renames (1, 2), and that there is one at a time. Rotations that give the youngest the greatest number are read in the wrong order.
///
/// Rejected: holding every file open. It keeps what was seen, but which file comes next is asked about files that were not.
struct FileChain {
  /// What is asked of a folder.
  struct Folder {
    var names: () -> [String]
    /// nil: there is no such file at the moment.
    var status: (_ name: String) -> FileStatus?

    init(names: @escaping () -> [String], status: @escaping (_ name: String) -> FileStatus?) {
      (self.names, self.status) = (names, status)
    }

    init(_ path: String) {
      self.init(
        names: { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] },
        status: { FileStatus("\(path)/\($0)") })
    }
  }

  /// Files are renamed faster than they are looked at: later.
  struct Moving: Error {}

  private static let triesMaximum = 100

  private let name: String
  private let folder: Folder

  init(_ path: String) {
    let url = URL(filePath: path)
    self.init(url.lastPathComponent, in: Folder(url.deletingLastPathComponent().path(percentEncoded: false)))
  }

  init(_ name: String, in folder: Folder) { (self.name, self.folder) = (name, folder) }

  /// Oldest first, as they were at one moment.
  ///
  /// - Throws: ``Moving``.
  func inOrder() throws -> [FileStatus] {
    for _ in 0..<Self.triesMaximum {
      guard let anchor = list().last else { return [] }
      let (first, second) = (list(), list())
      guard let after = folder.status(anchor.name), after.mark == anchor.mark else { continue }
      if first.elementsEqual(second, by: { $0.name == $1.name && $0.mark == $1.mark }) { return second }
    }
    throw Moving()
  }

  private static func isNumberOrDate(_ suffix: Substring) -> Bool {
    (suffix.first == "." || suffix.first == "-") && suffix.count > 1
      && suffix.allSatisfy { "0"..."9" ~= $0 || "T:._-".contains($0) }
  }

  /// As the folder says it name by name.
  private func list() -> [FileStatus] {
    var current: FileStatus?
    var numbered: [(number: UInt32, file: FileStatus)] = []
    var dated: [(date: [Int], file: FileStatus)] = []
    for other in folder.names() where other.hasPrefix(name) {
      let suffix = other.dropFirst(name.count)
      // A number or a date: no editor's copy, nothing packed.
      guard suffix.isEmpty || Self.isNumberOrDate(suffix), let file = folder.status(other) else { continue }
      if suffix.isEmpty {
        current = file
      } else if suffix.first == ".", suffix.count <= 6, let number = UInt32(suffix.dropFirst()) {
        numbered.append((number, file))
      } else {
        dated.append((suffix.split { !$0.isNumber }.map { Int($0) ?? .max }, file))
      }
    }
    numbered.sort { $0.number > $1.number }
    dated.sort { $0.date.lexicographicallyPrecedes($1.date) }
    // Both kinds: one of them is from before somebody has changed how files are rotated.
    let (older, younger) = (numbered.map(\.file), dated.map(\.file))
    let isNumberedYounger = (older.last?.modified).map { $0 > younger.last?.modified ?? $0 } ?? false
    return (isNumberedYounger ? younger + older : older + younger) + (current.map { [$0] } ?? [])
  }
}
