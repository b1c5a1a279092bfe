extension Topology {
  /// This machine: the processors that the calling thread may run on, and the NUMA nodes under `/sys/devices/system/node`.
  ///
  /// Read once, when first asked for. Where the system says nothing of nodes there is one, with all processors.
  public static let current = Topology(root: "/", allowed: allowedCPUs())

  /// Reads the nodes under `root`.
  ///
  /// - Parameter allowed: leaves out other processors; nil: none. Nodes that are left without processors are left out too.
  init(root: String, allowed: Set<Int>?) {
    let folder = joinPath(root, "sys/devices/system/node")
    let online = readText(joinPath(folder, "online")).flatMap(parseCPUList) ?? []
    var nodes: [[Int]] = []
    var rows: [[Int]] = []
    var kept: [Int] = []
    var seen: Set<Int> = []
    for (position, number) in online.enumerated() {
      guard let cpus = readText(joinPath(folder, "node\(number)/cpulist")).flatMap(parseCPUList) else { continue }
      let usable = cpus.filter { allowed?.contains($0) ?? true && seen.insert($0).inserted }
      if usable.isEmpty { continue }
      nodes.append(usable)
      rows.append(
        readText(joinPath(folder, "node\(number)/distance"))?.split(whereSeparator: \.isWhitespace).compactMap {
          Int($0)
        }
          ?? [])
      kept.append(position)
    }
    let unplaced = (allowed ?? []).subtracting(seen).sorted()
    if nodes.isEmpty {
      self.init(nodes: [unplaced.isEmpty ? Array(0..<Self.usableCPUCount) : unplaced])
      return
    }
    if !unplaced.isEmpty { nodes[0] += unplaced }
    // A row has one distance per online node, in their order.
    if rows.allSatisfy({ $0.count == online.count }) {
      self.init(nodes: nodes, distances: rows.map { row in kept.map { row[$0] } })
    } else {
      self.init(nodes: nodes)
    }
  }
}

/// Reads a list such as `0-3,8,10-11`, the form in which Linux lists processors and nodes. Nil when it is not one.
func parseCPUList(_ text: String) -> [Int]? {
  let text = text.trimmingWhitespace()
  if text.isEmpty { return [] }
  var numbers: [Int] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { decimal($0) }
    switch (ends.count, ends.first, ends.last) {
    case (1, let number??, _): numbers.append(number)
    case (2, let low??, let high??) where low <= high && high - low < 65_536: numbers += low...high
    default: return nil
    }
  }
  return numbers
}

private func decimal(_ text: Substring) -> Int? {
  text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int(text) : nil
}
