// The structure of separated text, 64 bytes at a time (after Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).

static INLINE uint64_t NAME(equal)(const VEC *bytes, uint8_t x) {
  uint64_t found = 0;
  UNROLL_ALL
  for (int k = 0; k < 64 / LANES; k++) found |= OF_SUFFIX(bits)((INT)(bytes[k] == SPLAT(x))) << (k * LANES % 64);
  return found;
}

/// What crosses from one 64 bytes to the next.
typedef struct NAME(csv_state) {
  /// ~0 inside quotes, else 0.
  uint64_t inside;
  /// Bit 0: the byte before was a separator, or a newline, outside quotes; a closing quote; a carriage return behind one.
  uint64_t after_cell, after_close, after_close_return;
} NAME(csv_state);

/// Marks what is inside quotes, and returns the places of what may not stand where it does: a quote that opens in the middle of a cell, or anything but the
/// end of the cell, or a second quote, behind one that closes. What a carriage return behind a closing quote belongs to, the byte after it says.
static INLINE uint64_t NAME(csv_faults)(
  NAME(csv_state) * state, uint64_t quotes, uint64_t returns, uint64_t separators, uint64_t newlines, uint64_t *quoted) {
  // A bit is set when an odd number of quotes is at or before it.
  *quoted = prefix_xor(quotes) ^ state->inside;
  uint64_t opens = quotes & *quoted, closes = quotes & ~*quoted;
  separators &= ~*quoted;
  newlines &= ~*quoted;
  uint64_t ends = separators | newlines, behind_close = closes << 1 | state->after_close, behind_end = ends << 1 | state->after_cell;
  uint64_t close_returns = behind_close & returns & ~*quoted, behind_return = close_returns << 1 | state->after_close_return;
  *state = (NAME(csv_state)){(uint64_t)((int64_t)*quoted >> 63), ends >> 63, closes >> 63, close_returns >> 63};
  return (opens & ~(behind_end | behind_close)) | (behind_close & ~(ends | opens | close_returns)) | (behind_return & ~newlines);
}

static millrace_batch_csv_cells NAME(csv_index)(uint32_t *ends, const uint8_t *a, uint8_t separator, size_t columns, size_t limit, size_t n) {
  const millrace_batch_csv_cells irregular = {0, false, false};
  NAME(csv_state) state = {0, 1, 0, 0};
  // Cells so far; the last of the row that is open; where it begins.
  size_t count = 0, row_end = columns - 1, row = 0;
  VEC high = SPLAT(0);
  for (size_t i = 0; i < n; i += 64) {
    size_t rest = n - i;
    VEC bytes[64 / LANES];
    uint64_t there = ~0ull;
    if (rest >= 64) {
      UNROLL_ALL
      for (int k = 0; k < 64 / LANES; k++) bytes[k] = NAME(load)(a + i + k * LANES);
    } else {
      uint8_t part[64];
      memset(part, ' ', sizeof part);
      memcpy(part, a + i, rest);
      there = ~0ull >> (64 - rest);
      UNROLL_ALL
      for (int k = 0; k < 64 / LANES; k++) bytes[k] = NAME(load)(part + k * LANES);
    }
    UNROLL_ALL
    for (int k = 0; k < 64 / LANES; k++) high |= bytes[k];
    uint64_t separators = NAME(equal)(bytes, separator), newlines = NAME(equal)(bytes, '\n'), faults = NAME(equal)(bytes, 0);
    uint64_t quotes = NAME(equal)(bytes, '"');
    if (quotes | state.inside | state.after_close | state.after_close_return) {
      uint64_t quoted;
      faults |= NAME(csv_faults)(&state, quotes, NAME(equal)(bytes, '\r'), separators, newlines, &quoted) & there;
      separators &= ~quoted;
      newlines &= ~quoted;
    } else {
      state.after_cell = (separators | newlines) >> 63;
    }
    // The first line end that has the limit before or at the byte behind it is the last one.
    uint64_t last = i + 64 >= limit ? newlines & ~(i + 1 >= limit ? 0 : ~0ull >> (64 - (limit - 1 - i))) : 0;
    uint64_t wanted = last ? last ^ (last - 1) : ~0ull;
    if (faults & wanted) return irregular;
    newlines &= wanted;
    uint64_t structure = (separators | newlines) & wanted;
    size_t found = (size_t)__builtin_popcountll(structure);
    for (uint64_t each = newlines; each != 0; each &= each - 1) {
      size_t place = count + (size_t)__builtin_popcountll(structure & ((each & -each) - 1));
      if (place != row_end) return irregular;
      row_end += columns;
      row = i + (size_t)__builtin_ctzll(each) + 1;
    }
    uint32_t *out = ends + count, base = (uint32_t)i;
    count += found;
    // More cells than a row has: so there is room for the next ones.
    if (count > row_end) return irregular;
    // Eight at a time, whether there are so many or not: a jump for each would cost more.
    for (size_t done = 0; done < found; done += 8) {
      UNROLL_ALL
      for (int k = 0; k < 8; k++) {
        out[done + k] = base + (uint32_t)__builtin_ctzll(structure | 1ull << 63);
        structure &= structure - 1;
      }
    }
    if (last) return (millrace_batch_csv_cells){count, true, OF_SUFFIX(bits)((INT)(high >= SPLAT(0x80))) == 0};
  }
  // The last record has no line end.
  if (row < n) {
    if (count != row_end) return irregular;
    ends[count++] = (uint32_t)n;
  }
  if (state.inside | state.after_close_return) return irregular;
  return (millrace_batch_csv_cells){count, true, OF_SUFFIX(bits)((INT)(high >= SPLAT(0x80))) == 0};
}
