// Prefix sums and histograms of floats.

#include "prefix_sum.h"

// MARK: Prefix sums

// The order is one that every vector can follow: running sums of sixteen elements as the widest vector makes them, to which is added what came before them in the
// block, and to that what came before the block.
enum { NAME(sixteen) = 16 / LANES };

/// The running sums of sixteen elements.
static INLINE void NAME(group_sums)(VEC *v) {
  UNROLL_ALL
  for (int k = 0; k < NAME(sixteen); k++) { RUNNING_SUMS(v[k]) }
  // The vectors as the widest level's lanes: the later half of each pair, of each four, of all eight gets the last of the earlier half.
  UNROLL_ALL
  for (int half = 1; half < NAME(sixteen); half *= 2) {
    UNROLL_ALL
    for (int k = 0; k < NAME(sixteen); k++)
      if (k & half) v[k] += LAST(v[k / half * half - 1]);
  }
}

/// The next sixteen sums, unless `out` is null. `before` is what came before them in the block, `all` ends with what came before them altogether.
static INLINE void NAME(next_sums)(ELEMENT *out, const ELEMENT *a, VEC initial, VEC *before, VEC *all, const bool is_exclusive) {
  enum { wide = NAME(sixteen) };
  VEC v[wide];
  UNROLL_ALL
  for (int k = 0; k < wide; k++) v[k] = NAME(load)(a + k * LANES);
  NAME(group_sums)(v);
  VEC sum = LAST(v[wide - 1]);
  UNROLL_ALL
  for (int k = 0; k < wide && out; k++) {
    VEC next = initial + (*before + v[k]);
    NAME(store)(out + k * LANES, is_exclusive ? MOVED_UP(next, *all) : next);
    *all = next;
  }
  *before += sum;
}

/// The running sums of a block, unless `out` is null, and its sum.
static INLINE ELEMENT NAME(block_prefix)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n, const bool is_exclusive) {
  VEC before = SPLAT(0), first = SPLAT(initial), all = first;
  size_t i = 0;
  UNROLL(4)
  for (; n - i >= 16; i += 16) NAME(next_sums)(out ? out + i : NULL, a + i, first, &before, &all, is_exclusive);
  if (i < n) {
    ELEMENT part[16] = {0};
    memcpy(part, a + i, (n - i) * sizeof *a);
    NAME(next_sums)(part, part, first, &before, &all, is_exclusive);
    if (out) memcpy(out + i, part, (n - i) * sizeof *out);
  }
  return before[0];
}

static ELEMENT NAME(prefix_sum)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) initial += NAME(block_prefix)(out + i, a + i, initial, NAME(block_length)(i, n), false);
  return initial;
}
static ELEMENT NAME(prefix_sum_exclusive)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) initial += NAME(block_prefix)(out + i, a + i, initial, NAME(block_length)(i, n), true);
  return initial;
}
static void NAME(prefix_sum_blocks)(ELEMENT *partials, const ELEMENT *a, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK) *partials++ = NAME(block_prefix)(NULL, a + i, 0, NAME(block_length)(i, n), false);
}

// MARK: Histograms

/// Rows of counters side by side, so that equal neighbours do not wait for each other's store.
enum { NAME(histogram_rows) = 4, NAME(histogram_bins) = 1024 };

/// The bin of each element as an Int32; `bins` for those outside.
static INLINE void NAME(bins_of)(int32_t *places, const ELEMENT *a, ELEMENT low, ELEMENT high, ELEMENT scale, size_t bins, size_t count) {
  VEC v = NAME(get)(a, count);
  VEC bin = (v - SPLAT(low)) * SPLAT(scale), last = SPLAT((ELEMENT)(bins - 1));
  bin = bin > 0 ? bin : SPLAT(0);
  bin = bin < last ? bin : last;
  bin = (INT)((v >= SPLAT(low)) & (v < SPLAT(high))) ? bin : SPLAT((ELEMENT)bins);
  PLACES all = __builtin_convertvector(bin, PLACES);
  memcpy(places, &all, sizeof all);
}

static size_t NAME(histogram)(uint64_t *counts, size_t bins, const ELEMENT *a, ELEMENT low, ELEMENT high, size_t n) {
  ELEMENT scale = (ELEMENT)bins / (high - low);
  size_t others = 0;
  enum { part = 256, rows = NAME(histogram_rows) };
  int32_t places[part];
  bool has_rows = bins <= NAME(histogram_bins) && n >= 4 * bins;
  uint32_t room[rows][NAME(histogram_bins) + 1];
  if (has_rows)
    for (int row = 0; row < rows; row++) memset(room[row], 0, (bins + 1) * sizeof room[row][0]);
  // A counter of a row sees at most a fourth of the elements, and one more.
  size_t since = 0;
  for (size_t i = 0; i < n; i += part) {
    size_t length = n - i < part ? n - i : part;
    for (size_t k = 0; k < length; k += LANES) {
      NAME(bins_of)(places + k, a + i + k, low, high, scale, bins, length - k < LANES ? length - k : LANES);
    }
    size_t k = 0;
    if (has_rows) {
      for (; k + rows <= length; k += rows) {
        UNROLL_ALL
        for (int row = 0; row < rows; row++) room[row][places[k + (size_t)row]]++;
      }
      for (; k < length; k++) room[0][places[k]]++;
      since += length;
    } else {
      for (; k < length; k++) {
        if ((size_t)places[k] < bins)
          counts[places[k]]++;
        else
          others++;
      }
    }
    bool is_last = i + length == n;
    if (has_rows && (is_last || since >= (size_t)1 << 31)) {
      for (size_t bin = 0; bin <= bins; bin++) {
        uint64_t sum = 0;
        for (int row = 0; row < rows; row++) {
          sum += room[row][bin];
          room[row][bin] = 0;
        }
        if (bin < bins)
          counts[bin] += sum;
        else
          others += sum;
      }
      since = 0;
    }
  }
  return others;
}
