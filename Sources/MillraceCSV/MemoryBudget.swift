/// How the memory of an analysis is divided. None of it changes an answer, except that it decides when the number of different texts becomes an estimate.
///
/// What blocks take while they are read is not in it; ``BlockPipeline/share(columns:)`` bounds that.
struct MemoryBudget: Sendable {
  /// For numbers that are kept, so that the file need not be read again.
  let kept: Int
  /// For counters and candidates of percentiles, where it must be.
  let counters: Int
  /// For the tables of texts. At least one column of a million different texts fits.
  let texts: Int

  init(_ bytes: Int) {
    kept = bytes / 2
    counters = bytes / 6
    texts = bytes / 3
  }
}
