extension Duration {
  /// Rounded down, and clamped to what fits.
  package var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflowed { return seconds < 0 ? .min : .max }
    let (sum, overflowedToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflowedToo ? (seconds < 0 ? .min : .max) : sum
  }

  /// Rounded up, and clamped to what fits: for what must not be early.
  package var wholeMicrosecondsUp: Int64 {
    let down = wholeMicroseconds
    return down < .max && .microseconds(down) < self ? down + 1 : down
  }
}
