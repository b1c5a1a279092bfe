/// Linux control groups, as far as they limit CPU time: `cpu.max` of version 2 and the CFS quota of version 1.
///
/// A group's limit binds its descendants too, so the least on the way from the process's group up to the mount point counts. In a container the mount
/// usually shows the container's own group as its root: what is above cannot be seen, and limits there go unnoticed.
enum ControlGroup {
  /// How many processors' time this process's groups may use, over all versions and levels; nil: no limit is known.
  static func quota(root: String) -> Double? {
    guard let groups = readText(joinPath(root, "proc/self/cgroup")) else { return nil }
    let mounts = (readText(joinPath(root, "proc/self/mountinfo")) ?? "").split(separator: "\n").compactMap(Mount.init)
    var least: Double?
    for line in groups.split(separator: "\n") {
      // hierarchy-number:controllers:path
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isVersion2 = fields[0] == "0" && fields[1].isEmpty
      if !isVersion2 && !fields[1].split(separator: ",").contains("cpu") { continue }
      for mount in mounts where isVersion2 ? mount.isVersion2 : mount.isVersion1WithCPU {
        for folder in mount.folders(ofGroup: String(fields[2])) {
          let folder = joinPath(root, folder)
          let quota = isVersion2 ? version2Quota(folder) : version1Quota(folder)
          least = [least, quota].compactMap { $0 }.min()
        }
      }
    }
    return least
  }

  /// `cpu.max` is `QUOTA PERIOD` in microseconds, or `max PERIOD`.
  private static func version2Quota(_ folder: String) -> Double? {
    guard let fields = readText(joinPath(folder, "cpu.max"))?.split(whereSeparator: \.isWhitespace), fields.count == 2
    else { return nil }
    return ratio(Int(fields[0]), Int(fields[1]))
  }

  /// A quota of -1 means none.
  private static func version1Quota(_ folder: String) -> Double? {
    ratio(
      readText(joinPath(folder, "cpu.cfs_quota_us")).flatMap { Int($0.trimmingWhitespace()) },
      readText(joinPath(folder, "cpu.cfs_period_us")).flatMap { Int($0.trimmingWhitespace()) })
  }

  private static func ratio(_ quota: Int?, _ period: Int?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return Double(quota) / Double(period)
  }
}

/// A line of `/proc/self/mountinfo`, if it is one of a control group file system:
/// `36 35 0:31 /root /mount/point options optional… - type source options`.
struct Mount: Equatable {
  /// The group that the mount point shows.
  let group: String
  let point: String
  let isVersion2: Bool
  let isVersion1WithCPU: Bool

  init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
    group = unescaped(fields[3])
    point = unescaped(fields[4])
    isVersion2 = fields[dash + 1] == "cgroup2"
    isVersion1WithCPU = fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("cpu")
    if !isVersion2 && !isVersion1WithCPU { return nil }
  }

  /// The folders of a group and of all above it, up to the mount point.
  func folders(ofGroup path: String) -> [String] {
    var below = path.split(separator: "/")
    let shown = group.split(separator: "/")
    if below.starts(with: shown) {
      below.removeFirst(shown.count)
    } else {
      // The process sees its group from outside the mount's: the mount point is the nearest that it can see.
      below = []
    }
    if below.contains("..") { below = [] }
    return (0...below.count).reversed().map { depth in
      ([point] + below.prefix(depth).map { String($0) }).joined(separator: "/")
    }
  }
}

/// `mountinfo` writes a space, tab, newline or backslash of a path as a backslash and three octal digits.
private func unescaped(_ text: Substring) -> String {
  guard text.contains("\\") else { return String(text) }
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    let digits = rest.prefix(3)
    if byte == UInt8(ascii: "\\"), digits.count == 3,
      let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
    {
      bytes.append(value)
      rest = rest.dropFirst(3)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
