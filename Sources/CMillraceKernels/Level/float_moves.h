// Prefix sums and histograms of floats.

#include "prefix_sum.h"

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
