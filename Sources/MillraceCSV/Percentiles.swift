/// Which percentiles are given, and how: by linear interpolation between the two nearest values, as numpy does.
enum Percentiles {
  static let fractions = [0.50, 0.95, 0.99]

  /// The ranks, two for each percentile, whose values are needed.
  static func ranks(_ count: Int) -> [Int] {
    fractions.flatMap { fraction in
      let low = Int((fraction * Double(count - 1)).rounded(.down))
      return [low, min(low + 1, count - 1)]
    }
  }

  static func interpolate(_ values: [Double], count: Int) -> [Double] {
    fractions.indices.map { place in
      let position = fractions[place] * Double(count - 1)
      let weight = position - position.rounded(.down)
      let (low, high) = (values[2 * place], values[2 * place + 1])
      return weight == 0 ? low : low + (high - low) * weight
    }
  }
}
