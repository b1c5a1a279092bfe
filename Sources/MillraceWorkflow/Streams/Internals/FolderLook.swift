import Foundation

/// What is in a folder.
enum FolderLook {
  /// Regular files whose names match a pattern, hidden ones only if it begins with a dot.
  ///
  /// - Parameter names: nil: all.
  /// - Throws: ``WorkflowError/Code/invalidInput`` for a folder that is not there or may not be read.
  static func files(
    in folder: String, matching pattern: String, among names: Set<String>?
  ) throws(WorkflowError) -> [String: FileSettling.Stamp] {
    let listed: [String]
    if let names {
      listed = Array(names)
    } else {
      do {
        listed = try FileManager.default.contentsOfDirectory(atPath: folder)
      } catch {
        throw WorkflowError(
          .invalidInput, "expected a folder that can be read: \(error.localizedDescription)", at: folder,
          underlying: error)
      }
    }
    var files: [String: FileSettling.Stamp] = [:]
    for name in listed where unsafe fnmatch(pattern, name, FNM_PERIOD) == 0 {
      var status = stat()
      // One that has gone meanwhile is not there.
      guard unsafe stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      files[name] = FileSettling.Stamp(
        modified: Int64(status.modified.tv_sec) * 1_000_000_000 + Int64(status.modified.tv_nsec),
        size: Int64(status.st_size))
    }
    return files
  }
}

extension stat {
  fileprivate var modified: timespec {
    #if canImport(Darwin)
      st_mtimespec
    #else
      st_mtim
    #endif
  }
}
