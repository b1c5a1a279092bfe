// Matrix products, stencils, Mandelbrot rows.

// MARK: Matrix product

// Blocks of b (`depth_block` by `column_block`) and of a (`row_block` by `depth_block`) are copied into panels as the innermost loop reads them. That loop
// keeps a tile of c in registers: as many as the level has, less those for b and for one element of a.
enum {
#if VECTOR_REGISTERS == 32
  NAME(tile_rows) = 14,
#else
  NAME(tile_rows) = 6,
#endif
  NAME(tile_vectors) = 2,
  NAME(tile_columns) = NAME(tile_vectors) * LANES,
  NAME(row_block) = 84,
  NAME(depth_block) = 256,
  NAME(column_block) = ELEMENT_BYTES == 4 ? 512 : 384,
};
_Static_assert(NAME(row_block) % NAME(tile_rows) == 0 && NAME(column_block) % NAME(tile_columns) == 0, "panels fill the blocks");
_Static_assert(
  (NAME(row_block) + NAME(column_block)) * NAME(depth_block) * sizeof(ELEMENT) + 64 <= MATMUL_SCRATCH_BYTES, "the panels fit in the scratch");

/// c's tile from one panel of a and one of b.
static INLINE void NAME(tile)(
  ELEMENT *c, size_t c_stride, const ELEMENT *panel_a, const ELEMENT *panel_b, size_t depth, size_t rows, size_t columns, bool is_added) {
  enum { high = NAME(tile_rows), wide = NAME(tile_vectors) };
  VEC sums[high][wide];
  UNROLL_ALL
  for (int i = 0; i < high; i++) {
    UNROLL_ALL
    for (int j = 0; j < wide; j++) sums[i][j] = SPLAT(0);
  }
  for (size_t k = 0; k < depth; k++) {
    VEC b[wide];
    UNROLL_ALL
    for (int j = 0; j < wide; j++) b[j] = NAME(load)(panel_b + j * LANES);
    UNROLL_ALL
    for (int i = 0; i < high; i++) {
      VEC a = SPLAT(panel_a[i]);
      UNROLL_ALL
      for (int j = 0; j < wide; j++) sums[i][j] = NAME(fused)(a, b[j], sums[i][j]);
    }
    panel_a += high;
    panel_b += wide * LANES;
  }
  if (rows >= high && columns >= wide * LANES) {
    UNROLL_ALL
    for (size_t i = 0; i < high; i++) {
      UNROLL_ALL
      for (size_t j = 0; j < wide; j++) {
        ELEMENT *place = c + i * c_stride + j * LANES;
        NAME(store)(place, is_added ? NAME(load)(place) + sums[i][j] : sums[i][j]);
      }
    }
    return;
  }
  UNROLL_ALL
  for (size_t i = 0; i < high; i++) {
    UNROLL_ALL
    for (size_t j = 0; j < wide; j++) {
      if (i >= rows || j * LANES >= columns) continue;
      ELEMENT *place = c + i * c_stride + j * LANES;
      size_t count = columns - j * LANES < LANES ? columns - j * LANES : LANES;
      NAME(put)(place, is_added ? NAME(get)(place, count) + sums[i][j] : sums[i][j], count);
    }
  }
}

__attribute__((noinline)) static void NAME(tile_of)(
  ELEMENT *c, size_t c_stride, const ELEMENT *panel_a, const ELEMENT *panel_b, size_t depth, size_t rows, size_t columns, bool is_added) {
  NAME(tile)(c, c_stride, panel_a, panel_b, depth, rows, columns, is_added);
}

/// Squares of a are turned in registers, so that a panel's columns are written as vectors.
static INLINE void NAME(pack_square)(ELEMENT *panel, const ELEMENT *a, size_t a_stride, size_t first, size_t height, size_t deep) {
  enum { high = NAME(tile_rows) };
  VEC square[LANES];
  UNROLL_ALL
  for (size_t i = 0; i < LANES; i++) square[i] = first + i < height ? NAME(get)(a + (first + i) * a_stride, deep) : SPLAT(0);
  NAME(transpose_square)(square);
  UNROLL_ALL
  for (size_t k = 0; k < LANES; k++)
    if (k < deep) NAME(put)(panel + k * high + first, square[k], high - first < LANES ? high - first : LANES);
}

static void NAME(pack_a)(ELEMENT *panel, const ELEMENT *a, size_t a_stride, size_t rows, size_t depth) {
  enum { high = NAME(tile_rows) };
  for (size_t row = 0; row < rows; row += high) {
    size_t height = rows - row < high ? rows - row : high;
    for (size_t k = 0; k < depth; k += LANES) {
      size_t deep = depth - k < LANES ? depth - k : LANES;
      const ELEMENT *corner = a + row * a_stride + k;
      UNROLL_ALL
      for (size_t first = 0; first < high; first += LANES) {
        if (height == high && deep == LANES)
          NAME(pack_square)(panel + k * high, corner, a_stride, first, high, LANES);
        else
          NAME(pack_square)(panel + k * high, corner, a_stride, first, height, deep);
      }
    }
    panel += high * depth;
  }
}

static void NAME(pack_b)(ELEMENT *panel, const ELEMENT *b, size_t b_stride, size_t depth, size_t columns) {
  for (size_t column = 0; column < columns; column += NAME(tile_columns)) {
    for (size_t k = 0; k < depth; k++) {
      UNROLL_ALL
      for (size_t j = 0; j < NAME(tile_vectors); j++) {
        size_t place = column + j * LANES;
        size_t count = place >= columns ? 0 : columns - place < LANES ? columns - place : LANES;
        NAME(store)(panel, count > 0 ? NAME(get)(b + k * b_stride + place, count) : SPLAT(0));
        panel += LANES;
      }
    }
  }
}

static void NAME(matmul)(
  ELEMENT *c, size_t c_stride, const ELEMENT *a, size_t a_stride, const ELEMENT *b, size_t b_stride, size_t rows, size_t columns, size_t depth,
  bool is_added, void *scratch) {
  if (depth == 0 && !is_added)
    for (size_t row = 0; row < rows; row++) NAME(fill)(c + row * c_stride, 0, columns);
  ELEMENT *panels_b = scratch, *panels_a = panels_b + NAME(column_block) * NAME(depth_block);
  for (size_t column = 0; column < columns; column += NAME(column_block)) {
    size_t wide = columns - column < NAME(column_block) ? columns - column : NAME(column_block);
    for (size_t k = 0; k < depth; k += NAME(depth_block)) {
      size_t deep = depth - k < NAME(depth_block) ? depth - k : NAME(depth_block);
      NAME(pack_b)(panels_b, b + k * b_stride + column, b_stride, deep, wide);
      for (size_t row = 0; row < rows; row += NAME(row_block)) {
        size_t high = rows - row < NAME(row_block) ? rows - row : NAME(row_block);
        NAME(pack_a)(panels_a, a + row * a_stride + k, a_stride, high, deep);
        for (size_t j = 0; j < wide; j += NAME(tile_columns)) {
          for (size_t i = 0; i < high; i += NAME(tile_rows)) {
            NAME(tile_of)(
              c + (row + i) * c_stride + column + j, c_stride, panels_a + i * deep, panels_b + j * deep, deep, high - i, wide - j, is_added || k > 0);
          }
        }
      }
    }
  }
}

// MARK: Stencils

static void NAME(stencil3)(ELEMENT *out, const ELEMENT *a, ELEMENT left, ELEMENT centre, ELEMENT right, size_t n) {
  OVER_VECTORS(4, {
    VEC sum = NAME(fused)(SPLAT(left), AT(a - 1), SPLAT(centre) * AT(a));
    NAME(put)(out + i, NAME(fused)(SPLAT(right), AT(a + 1), sum), count);
  })
}

static void NAME(stencil5)(
  ELEMENT *out, size_t out_stride, const ELEMENT *a, size_t a_stride, size_t rows, size_t columns, ELEMENT centre, ELEMENT left, ELEMENT right,
  ELEMENT above, ELEMENT below) {
  size_t n = columns;
  for (size_t row = 0; row < rows; row++) {
    OVER_VECTORS(4, {
      VEC sum = NAME(fused)(SPLAT(left), AT(a - 1), SPLAT(centre) * AT(a));
      sum = NAME(fused)(SPLAT(right), AT(a + 1), sum);
      sum = NAME(fused)(SPLAT(above), AT(a - a_stride), sum);
      NAME(put)(out + i, NAME(fused)(SPLAT(below), AT(a + a_stride), sum), count);
    })
    a += a_stride;
    out += out_stride;
  }
}

// MARK: Mandelbrot

static void NAME(mandelbrot)(int32_t *out, ELEMENT x, ELEMENT step, ELEMENT y, int32_t limit, size_t n) {
  // Each step of one vector waits for the one before; several vectors side by side fill the gaps.
#if VECTOR_REGISTERS == 32
  enum { wide = 4 };
#else
  enum { wide = 2 };
#endif
  VEC numbers;
  UNROLL_ALL
  for (int k = 0; k < LANES; k++) numbers[k] = (ELEMENT)k;
  for (size_t start = 0; start < n; start += wide * LANES) {
    VEC re[wide], zr[wide], zi[wide];
    INT inside[wide], counts[wide];
    UNROLL_ALL
    for (int k = 0; k < wide; k++) {
      re[k] = NAME(fused)(SPLAT(start + (size_t)k * LANES) + numbers, SPLAT(step), SPLAT(x));
      zr[k] = zi[k] = SPLAT(0);
      counts[k] = (INT)(SIGNED)0;
      inside[k] = (INT)(SIGNED)-1;
    }
    for (int32_t done = 0; done < limit;) {
      // A look at whether all have left costs as much as a step: one look every four.
      int32_t steps = limit - done < 4 ? limit - done : 4;
      for (int32_t s = 0; s < steps; s++) {
        UNROLL_ALL
        for (int k = 0; k < wide; k++) {
          VEC square = zi[k] * zi[k];
          inside[k] &= (INT)(NAME(fused)(zr[k], zr[k], square) <= SPLAT(4));
          counts[k] -= inside[k];
          VEC next = NAME(fused)(zr[k], zr[k], re[k] - square);
          zi[k] = NAME(fused)(zr[k] + zr[k], zi[k], SPLAT(y));
          zr[k] = next;
        }
      }
      done += steps;
      INT any = inside[0];
      UNROLL_ALL
      for (int k = 1; k < wide; k++) any |= inside[k];
      if (OF_SUFFIX(bits)(any) == 0) break;
    }
    UNROLL_ALL
    for (int k = 0; k < wide; k++) {
      size_t place = start + (size_t)k * LANES;
      if (place >= n) break;
      PLACES result = __builtin_convertvector(counts[k], PLACES);
      memcpy(out + place, &result, (n - place < LANES ? n - place : LANES) * sizeof *out);
    }
  }
}
