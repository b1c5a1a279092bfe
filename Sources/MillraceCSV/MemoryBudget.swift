/// How the memory of an analysis is divided. None of it changes an answer, except that it decides when the number of different texts becomes an estimate.
///
/// What a wave of blocks takes while it is read is not in it; ``Blocks/waveCount(columns:)`` bounds that.
struct MemoryBudget: Sendable {
  /// For numbers that are kept, so that the file need not be read again.
  let kept: Int
  /// For counters and candidates of percentiles, where it must be.
  let counters: Int
  /// For the tables of texts. At least one column of a million different texts fits.
  let texts: Int

  init(_ bytes: Int) {
    kept = bytes / 3
    counters = bytes / 3
    texts = bytes / 3
  }
}
