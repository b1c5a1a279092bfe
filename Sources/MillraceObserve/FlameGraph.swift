import Foundation

/// Sampled stacks as a flame graph: the wider a box, the more samples were in that function or in what it called.
public struct FlameGraph: Sendable {
  /// A function, as it was reached from the one below it.
  public struct Frame: Sendable, Hashable {
    public fileprivate(set) var name: String
    public fileprivate(set) var samples = 0
    public fileprivate(set) var callees: [Frame] = []

    fileprivate mutating func add(_ stack: ArraySlice<String>, _ samples: Int) {
      self.samples += samples
      guard let name = stack.first else { return }
      let place = callees.firstIndex { $0.name == name } ?? callees.count
      if place == callees.count { callees.append(Frame(name: name)) }
      callees[place].add(stack.dropFirst(), samples)
    }

    fileprivate var height: Int { 1 + (callees.map(\.height).max() ?? 0) }
  }

  public private(set) var root = Frame(name: "all")

  public init() {}

  /// - Parameter stack: outermost function first.
  public mutating func add(_ stack: [String], samples: Int = 1) { root.add(stack[...], samples) }

  /// Reads folded stacks, `main;run;work 12` a line, as `stackcollapse-perf.pl` writes them. Lines of another shape are left out.
  public init(folded text: String) {
    for line in text.split(separator: "\n") {
      guard let blank = line.lastIndex(of: " "), let samples = Int(line[line.index(after: blank)...]) else { continue }
      add(line[..<blank].split(separator: ";").map(String.init), samples: samples)
    }
  }

  /// Reads what `perf script -F comm,ip,sym` prints: for each sample a line that is not indented, then a line `address function` a frame, innermost first.
  ///
  /// - Parameter demangle: makes a readable name.
  public init(perfScript text: String, demangle: (String) -> String = { $0 }) {
    var stack: [String] = []
    var command: String?
    var names: [Substring: String] = [:]
    for line: Substring in text.split(separator: "\n", omittingEmptySubsequences: false) + [""] {
      if line.isEmpty {
        if let command { add([command] + stack.reversed()) }
        (command, stack) = (nil, [])
      } else if line.first == " " || line.first == "\t", command != nil {
        let frame = line.drop { $0 == " " || $0 == "\t" }
        guard let blank = frame.firstIndex(of: " ") else { continue }
        let symbol = frame[frame.index(after: blank)...]
        let name = names[symbol] ?? demangle(String(symbol))
        names[symbol] = name
        stack.append(name)
      } else {
        command = line.trimmingCharacters(in: .whitespaces)
      }
    }
  }

  /// One stack a line, with its samples.
  public var folded: String {
    var lines: [String] = []
    func walk(_ frame: Frame, _ path: [String]) {
      let own = frame.samples - frame.callees.reduce(0) { $0 + $1.samples }
      if own > 0, !path.isEmpty { lines.append("\(path.joined(separator: ";")) \(own)") }
      for callee in frame.callees { walk(callee, path + [callee.name.replacingOccurrences(of: ";", with: ":")]) }
    }
    walk(root, [])
    return lines.sorted().joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
  }

  // MARK: SVG

  /// A picture by itself, without script: a box's full name and share stand in its tooltip. Boxes of less than 0.3 points are left out.
  public func svg(title: String, width: Int = 1200) -> String {
    let rowHeight = 17
    let height = root.height * rowHeight + 40
    var boxes: [String] = []
    func draw(_ frame: Frame, _ x: Double, _ level: Int) {
      let breadth = Double(width - 20) * Double(frame.samples) / Double(max(1, root.samples))
      guard breadth >= 0.3 else { return }
      let y = height - 10 - (level + 1) * rowHeight
      let share = String(format: "%.2f", 100 * Double(frame.samples) / Double(max(1, root.samples)))
      let label = breadth < 30 ? "" : String(frame.name.prefix(Int(breadth / 7)))
      boxes.append(
        "<g><title>\(Self.escaped(frame.name)): \(frame.samples) samples, \(share) %</title>"
          + "<rect x=\"\(Self.points(x))\" y=\"\(y)\" width=\"\(Self.points(breadth))\" height=\"\(rowHeight - 1)\" fill=\"\(Self.colour(frame.name))\"/>"
          + (label.isEmpty ? "" : "<text x=\"\(Self.points(x + 3))\" y=\"\(y + 12)\">\(Self.escaped(label))</text>")
          + "</g>")
      var x = x
      for callee in frame.callees.sorted(by: { $0.name < $1.name }) {
        draw(callee, x, level + 1)
        x += Double(width - 20) * Double(callee.samples) / Double(max(1, root.samples))
      }
    }
    draw(root, 10, 0)
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" font-family="monospace" font-size="11">
      <rect width="100%" height="100%" fill="#fffdf7"/>
      <text x="10" y="20" font-size="14">\(Self.escaped(title))</text>
      \(boxes.joined(separator: "\n"))
      </svg>

      """
  }

  private static func points(_ value: Double) -> String { String(format: "%.2f", value) }

  /// The same for the same name, in every picture.
  private static func colour(_ name: String) -> String {
    let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return "hsl(\(20 + hash % 35),\(70 + hash / 35 % 20)%,\(62 + hash / 700 % 14)%)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }
}
