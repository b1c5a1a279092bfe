/// For errors about a name that is not known: the nearest known one, or all of them if they are few.
package func suggestion(for name: String, among names: some Collection<String>) -> String {
  // Nobody waits for a suggestion out of thousands.
  guard names.count <= 1_000 else { return "" }
  let near = names.map { (name: $0, distance: distance(name, $0)) }.filter {
    $0.distance < Swift.max(name.count, $0.name.count)
      && $0.distance <= Swift.max(1, Swift.min(name.count, $0.name.count) / 3)
  }
  if let best = near.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) {
    return "; did you mean \(best.name)?"
  }
  guard !names.isEmpty, names.count <= 24 else { return "" }
  return "; there are \(names.sorted().joined(separator: ", "))"
}

/// Levenshtein's, with letters of either case alike, and two neighbours that have changed places as one mistake. Long texts are not compared: nobody has mistyped them.
private func distance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.lowercased().utf8.prefix(65)), Array(b.lowercased().utf8.prefix(65)))
  guard a.count <= 64, b.count <= 64 else { return .max }
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var row = [i + 1]
    for (j, y) in b.enumerated() {
      var best = Swift.min(last[j] + (x == y ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, x == b[j - 1], y == a[i - 1] { best = Swift.min(best, beforeLast[j - 1] + 1) }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}

/// Names of a cycle, for people: from the one that was written first round to it again.
func circle(_ names: [String], order: [String]) -> [String] {
  let places = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  let start = names.indices.min { places[names[$0]] ?? .max < places[names[$1]] ?? .max }!
  return names[start...] + names[..<start] + [names[start]]
}
