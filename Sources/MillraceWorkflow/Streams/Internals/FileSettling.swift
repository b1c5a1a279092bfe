/// Which files of a folder are new or changed, and whole: not being written any more.
///
/// A pure value: looks at the folder are its events.
struct FileSettling: Sendable {
  /// Tells one content of a file from another.
  struct Stamp: Sendable, Hashable, Codable {
    /// Nanoseconds since 1970.
    var modified: Int64
    var size: Int64
  }

  /// Contents that have been dealt with.
  private(set) var done: [String: Stamp]
  /// Contents that may still be growing, and when they were first seen so.
  private var settling: [String: (stamp: Stamp, since: Timestamp)] = [:]

  init(done: [String: Stamp]) {
    self.done = done
  }

  /// The folder, or some names in it, have been looked at.
  ///
  /// - Parameters:
  ///   - files: what is there.
  ///   - names: what was looked for; nil: everything.
  ///   - closed: names of files that were closed after writing, or moved in: they are whole.
  /// - Returns: what is whole and has not been dealt with, by name; what is remembered but gone; when to look again.
  mutating func looked(
    _ files: [String: Stamp], for names: Set<String>?, closed: Set<String>, at now: Timestamp, settlingTime: Duration
  ) -> (ready: [(name: String, stamp: Stamp)], gone: [String], lookAgain: Timestamp?) {
    var ready: [(name: String, stamp: Stamp)] = []
    for (name, stamp) in files.sorted(by: { $0.key < $1.key }) where done[name] != stamp {
      let first = settling[name].flatMap { $0.stamp == stamp ? $0.since : nil } ?? now
      // A clock that was set back begins anew.
      settling[name] = (stamp, min(first, now))
      if closed.contains(name) || now >= settling[name]!.since.advanced(by: settlingTime) {
        ready.append((name, stamp))
      }
    }
    for name in names ?? Set(settling.keys) where files[name] == nil || done[name] == files[name] {
      settling[name] = nil
    }
    let gone = names == nil ? done.keys.filter { files[$0] == nil }.sorted() : []
    let waiting = settling.filter { entry in !ready.contains { $0.name == entry.key } }
    return (ready, gone, waiting.values.map { $0.since.advanced(by: settlingTime) }.min())
  }

  mutating func finish(_ name: String, _ stamp: Stamp) {
    done[name] = stamp
    settling[name] = nil
  }

  mutating func forget(_ name: String) { done[name] = nil }
}
