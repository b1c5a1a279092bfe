/// What is known about a file's columns.
public struct Summary: Sendable, Hashable, Encodable {
  public var rows: Int
  public var columns: [Column]

  public struct Column: Sendable, Hashable {
    public var name: String
    /// Cells that are not missing.
    public var count: Int
    /// Empty cells and `NA`.
    public var missing: Int
    public var values: Values
  }

  public enum Values: Sendable, Hashable {
    case number(Numbers)
    case text(Texts)
  }

  /// Nil where there are too few values.
  public struct Numbers: Sendable, Hashable {
    public var mean: Double?
    /// Of a sample: divided by n - 1.
    public var standardDeviation: Double?
    public var minimum: Double?
    public var maximum: Double?
    /// By linear interpolation between the two nearest.
    public var p50: Double?
    public var p95: Double?
    public var p99: Double?
    /// Values in ten equal parts of the range from the least to the greatest.
    public var histogram: [Int]
  }

  public struct Texts: Sendable, Hashable {
    public var distinct: Int
    /// There were more than fit in memory, which a million of one column do: `distinct` is within about two percent, and `top` counts only the texts that
    /// came first.
    public var isDistinctEstimated: Bool
    public var top: [Frequency]
  }

  public struct Frequency: Sendable, Hashable, Encodable {
    public var value: String
    public var count: Int
  }
}

extension Summary.Column: Encodable {
  private enum Key: String, CodingKey {
    case name, type, count, missing, mean, stddev, min, max, p50, p95, p99, distinct, top
    case isDistinctEstimated = "distinct_estimated"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(count, forKey: .count)
    try container.encode(missing, forKey: .missing)
    switch values {
    case .number(let numbers):
      try container.encode("number", forKey: .type)
      try container.encode(numbers.mean, forKey: .mean)
      try container.encode(numbers.standardDeviation, forKey: .stddev)
      try container.encode(numbers.minimum, forKey: .min)
      try container.encode(numbers.maximum, forKey: .max)
      try container.encode(numbers.p50, forKey: .p50)
      try container.encode(numbers.p95, forKey: .p95)
      try container.encode(numbers.p99, forKey: .p99)
    case .text(let texts):
      try container.encode("text", forKey: .type)
      try container.encode(texts.distinct, forKey: .distinct)
      try container.encode(texts.isDistinctEstimated, forKey: .isDistinctEstimated)
      try container.encode(texts.top, forKey: .top)
    }
  }
}
