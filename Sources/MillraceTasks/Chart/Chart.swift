#if Workflow
  import Foundation

  /// Points of several series over one axis, drawn as SVG.
  struct Chart {
    enum Style {
      case line
      case bar
    }

    struct Series {
      var name: String
      /// By place on the x axis; nil: nothing there.
      var values: [Double?]
    }

    /// Where points stand on the x axis.
    enum Axis {
      case numbers([Double])
      case texts([String])

      var count: Int {
        switch self {
        case .numbers(let numbers): numbers.count
        case .texts(let texts): texts.count
        }
      }
    }

    var title: String
    var xLabel: String
    var yLabel: String
    var style: Style
    var axis: Axis
    var series: [Series]
    var width = 860.0
    var height = 420.0

    // Room for labels around the plot.
    private let left = 64.0
    private let top = 48.0
    private let bottom = 52.0
    private var right: Double {
      series.count > 1 ? 24 + 9 * Double(min(24, series.map(\.name.count).max() ?? 0)) + 20 : 24
    }
    private var plotWidth: Double { width - left - right }
    private var plotHeight: Double { height - top - bottom }

    /// Told apart by the colour-blind too (Okabe and Ito 2008).
    private static let colours = [
      "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933",
    ]

    var svg: String {
      let range = valueRange
      var parts = [
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.text(width)) \(Self.text(height))" width="\(Self.text(width))" height="\(Self.text(height))" font-family="sans-serif" font-size="12" role="img">
        <title>\(Markup.escaped(title))</title>
        <rect width="100%" height="100%" fill="white"/>
        <text x="\(Self.text(left))" y="26" font-size="16" font-weight="bold">\(Markup.escaped(title))</text>
        """
      ]
      parts += valueTicks(range)
      parts += axisTicks
      parts += series.indices.flatMap { style == .line ? line($0, range) : bars($0, range) }
      parts += legend
      parts.append("</svg>\n")
      return parts.joined(separator: "\n")
    }

    // MARK: Scales

    /// Bars begin at zero; lines need not.
    private var valueRange: Ticks {
      var values = series.flatMap { $0.values.compactMap { $0 } }
      if style == .bar || values.isEmpty { values.append(0) }
      return Ticks(values.min()!, values.max()!)
    }

    private func y(_ value: Double, _ range: Ticks) -> Double {
      top + plotHeight * (1 - (value - range.low) / (range.high - range.low))
    }

    private func x(_ place: Int) -> Double {
      switch axis {
      case .numbers(let numbers) where style == .line:
        let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 1)
        return left + plotWidth * (high > low ? (numbers[place] - low) / (high - low) : 0.5)
      default:
        return left + plotWidth * (Double(place) + 0.5) / Double(max(1, axis.count))
      }
    }

    // MARK: Parts

    private func valueTicks(_ range: Ticks) -> [String] {
      range.values.map { value in
        let y = Self.text(y(value, range))
        let label = Markup.escaped(range.label(value))
        return """
          <line x1="\(Self.text(left))" x2="\(Self.text(left + plotWidth))" y1="\(y)" y2="\(y)" stroke="\(value == 0 ? "#888" : "#ddd")"/>
          <text x="\(Self.text(left - 8))" y="\(y)" text-anchor="end" dominant-baseline="middle" fill="#444">\(label)</text>
          """
      } + [
        """
        <text transform="translate(16 \(Self.text(top + plotHeight / 2))) rotate(-90)" text-anchor="middle" fill="#444">\(Markup.escaped(yLabel))</text>
        <text x="\(Self.text(left + plotWidth / 2))" y="\(Self.text(height - 12))" text-anchor="middle" fill="#444">\(Markup.escaped(xLabel))</text>
        """
      ]
    }

    private var axisTicks: [String] {
      switch axis {
      case .numbers(let numbers) where style == .line && !numbers.isEmpty:
        // Half a month is none.
        let ticks = Ticks(
          numbers.min()!, numbers.max()!, areWhole: numbers.allSatisfy { $0 == $0.rounded() })
        let (low, high) = (numbers.min()!, numbers.max()!)
        return ticks.values.filter { $0 >= low && $0 <= high }.map { value in
          axisLabel(left + plotWidth * (high > low ? (value - low) / (high - low) : 0.5), ticks.label(value))
        }
      default:
        // Labels must not run into each other.
        let labels =
          switch axis {
          case .numbers(let numbers): numbers.map { Ticks.text($0) }
          case .texts(let texts): texts.map { $0.count > 16 ? "\($0.prefix(15))…" : $0 }
          }
        let room = 7.0 * Double(labels.map(\.count).max() ?? 1) + 10
        let step = max(1, Int((room * Double(labels.count) / plotWidth).rounded(.up)))
        return stride(from: 0, to: labels.count, by: step).map { axisLabel(x($0), labels[$0]) }
      }
    }

    private func axisLabel(_ x: Double, _ label: String) -> String {
      """
      <text x="\(Self.text(x))" y="\(Self.text(top + plotHeight + 18))" text-anchor="middle" fill="#444">\(Markup.escaped(label))</text>
      """
    }

    private func line(_ index: Int, _ range: Ticks) -> [String] {
      let values = series[index].values
      var pieces: [[(Double, Double)]] = [[]]
      for place in values.indices {
        // A gap where nothing is known.
        guard let value = values[place] else {
          pieces.append([])
          continue
        }
        pieces[pieces.count - 1].append((x(place), y(value, range)))
      }
      let colour = Self.colours[index % Self.colours.count]
      return pieces.filter { !$0.isEmpty }.map { points in
        if points.count == 1 {
          return """
            <circle cx="\(Self.text(points[0].0))" cy="\(Self.text(points[0].1))" r="2.5" fill="\(colour)"/>
            """
        }
        let path = points.map { "\(Self.text($0.0)),\(Self.text($0.1))" }.joined(separator: " ")
        return """
          <polyline points="\(path)" fill="none" stroke="\(colour)" stroke-width="2" stroke-linejoin="round"/>
          """
      }
    }

    private func bars(_ index: Int, _ range: Ticks) -> [String] {
      let group = plotWidth / Double(max(1, axis.count))
      let bar = group * 0.8 / Double(series.count)
      return series[index].values.enumerated().compactMap { place, value in
        guard let value else { return nil }
        let (zero, end) = (y(max(range.low, min(range.high, 0)), range), y(value, range))
        let start = x(place) - group * 0.4 + bar * Double(index)
        return """
          <rect x="\(Self.text(start))" y="\(Self.text(min(zero, end)))" width="\(Self.text(bar))" height="\(Self.text(abs(end - zero)))" fill="\(Self.colours[index % Self.colours.count])"/>
          """
      }
    }

    private var legend: [String] {
      guard series.count > 1 else { return [] }
      return series.enumerated().map { index, series in
        let y = top + 10 + 20 * Double(index)
        let name = series.name.count > 24 ? "\(series.name.prefix(23))…" : series.name
        return """
          <rect x="\(Self.text(left + plotWidth + 14))" y="\(Self.text(y - 6))" width="12" height="12" fill="\(Self.colours[index % Self.colours.count])"/>
          <text x="\(Self.text(left + plotWidth + 32))" y="\(Self.text(y))" dominant-baseline="middle">\(Markup.escaped(name))</text>
          """
      }
    }

    private static func text(_ number: Double) -> String { Ticks.text((number * 100).rounded() / 100) }
  }

  /// Round numbers that cover a range.
  struct Ticks {
    let low: Double
    let high: Double
    let values: [Double]
    private let decimals: Int

    init(_ least: Double, _ most: Double, areWhole: Bool = false) {
      let span = most > least ? most - least : max(1, abs(most))
      let rough = span / 5
      let power = pow(10, log10(rough).rounded(.down))
      let factors = areWhole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]
      let step = max(factors.first { $0 * power >= rough * 0.999 }! * power, areWhole ? 1 : 0)
      let (first, last) = ((least / step).rounded(.down), (most > least ? most / step : least / step + 1).rounded(.up))
      low = first * step
      high = last * step
      values = stride(from: first, through: last, by: 1).map { $0 * step }
      decimals = max(0, Int(-log10(step).rounded(.down)) + (step / power == 2.5 ? 1 : 0))
    }

    func label(_ value: Double) -> String { Self.text(value, decimals: decimals) }

    static func text(_ value: Double, decimals: Int) -> String {
      if abs(value) >= 1e15 { return "\(value)" }
      return String(format: "%.\(min(decimals, 12))f", value == 0 ? 0 : value)
    }

    /// For readers: all digits before the point, as many after it as make six in all, and no zeros at the end. Very large and very small numbers have an exponent.
    static func text(_ value: Double) -> String {
      let size = abs(value)
      if value == value.rounded(), size < 1e15 { return String(Int(value)) }
      guard size >= 1e-4, size < 1e15 else {
        let digits = String(format: "%.5e", value).split(separator: "e")
        return withoutLastZeros(digits[0]) + "e\(Int(digits[1]) ?? 0)"
      }
      let whole = max(0, Int(log10(size).rounded(.down)) + 1)
      return withoutLastZeros(Substring(String(format: "%.\(max(0, 6 - whole))f", value)))
    }

    private static func withoutLastZeros(_ digits: Substring) -> String {
      guard digits.contains(".") else { return String(digits) }
      let kept = digits[...digits.lastIndex { $0 != "0" }!]
      return String(kept.last == "." ? kept.dropLast() : kept)
    }
  }

  enum Markup {
    /// For HTML and XML. Characters that XML knows none of become spaces.
    static func escaped(_ text: String) -> String {
      var result = ""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "\u{0}"..."\u{8}", "\u{b}", "\u{c}", "\u{e}"..."\u{1f}", "\u{fffe}", "\u{ffff}": result += " "
        default: result.unicodeScalars.append(scalar)
        }
      }
      return result
    }
  }
#endif
