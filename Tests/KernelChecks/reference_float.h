// What the kernels of floats mean, one element at a time.

static ELEMENT NAME(fused)(ELEMENT a, ELEMENT b, ELEMENT c) {
  return reference_is_fused ? __builtin_elementwise_fma(a, b, c) : a * b + c;
}

#define EACH(kernel, parameters, value) \
  void NAME(kernel) parameters { \
    for (size_t i = 0; i < n; i++) out[i] = value; \
  }
EACH(add, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), a[i] + b[i])
EACH(sub, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), a[i] - b[i])
EACH(mul, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), a[i] * b[i])
EACH(div, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), a[i] / b[i])
EACH(min, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), b[i] < a[i] ? b[i] : a[i])
EACH(max, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, size_t n), b[i] >= a[i] ? b[i] : a[i])
EACH(add_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), a[i] + x)
EACH(mul_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), a[i] * x)
EACH(div_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), a[i] / x)
EACH(from_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), x - a[i])
EACH(into_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), x / a[i])
EACH(min_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), x < a[i] ? x : a[i])
EACH(max_scalar, (ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n), x >= a[i] ? x : a[i])
EACH(abs, (ELEMENT *out, const ELEMENT *a, size_t n), __builtin_elementwise_abs(a[i]))
EACH(neg, (ELEMENT *out, const ELEMENT *a, size_t n), -a[i])
EACH(sqrt, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)__builtin_elementwise_sqrt(a[i]))
EACH(fill, (ELEMENT *out, ELEMENT x, size_t n), x)
EACH(fma, (ELEMENT *out, const ELEMENT *a, const ELEMENT *b, const ELEMENT *c, size_t n), NAME(fused)(a[i], b[i], c[i]))
EACH(axpy, (ELEMENT *out, ELEMENT x, const ELEMENT *a, const ELEMENT *b, size_t n), NAME(fused)(a[i], x, b[i]))
EACH(affine, (ELEMENT *out, const ELEMENT *a, ELEMENT x, ELEMENT y, size_t n), NAME(fused)(a[i], x, y))
EACH(shift_scale, (ELEMENT *out, const ELEMENT *a, ELEMENT x, ELEMENT y, size_t n), (a[i] - x) * y)
EACH(clamp, (ELEMENT *out, const ELEMENT *a, ELEMENT low, ELEMENT high, size_t n), a[i] < low ? low : high < a[i] ? high : a[i])
EACH(exp, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)WIDE_MATH(exp)(a[i]))
EACH(log, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)WIDE_MATH(log)(a[i]))
EACH(sin, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)WIDE_MATH(sin)(a[i]))
EACH(cos, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)WIDE_MATH(cos)(a[i]))
EACH(tanh, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)WIDE_MATH(tanh)(a[i]))
EACH(sigmoid, (ELEMENT *out, const ELEMENT *a, size_t n), (ELEMENT)(1 / (1 + WIDE_MATH(exp)(-(WIDE)a[i]))))
EACH(select, (ELEMENT *out, const uint8_t *mask, const ELEMENT *a, const ELEMENT *b, size_t n), mask[i] ? a[i] : b[i])
EACH(compare, (millrace_batch_comparison comparison, uint8_t *out, const ELEMENT *a, const ELEMENT *b, size_t n), HOLDS(comparison, a[i], b[i]))
EACH(compare_scalar, (millrace_batch_comparison comparison, uint8_t *out, const ELEMENT *a, ELEMENT x, size_t n), HOLDS(comparison, a[i], x))

void NAME(polynomial)(ELEMENT *out, const ELEMENT *a, const ELEMENT *coefficients, size_t count, size_t n) {
  for (size_t i = 0; i < n; i++) {
    ELEMENT x = a[i], sum = count > 0 ? coefficients[count - 1] : 0;
    for (size_t k = 1; k < count; k++) sum = NAME(fused)(sum, x, coefficients[count - 1 - k]);
    out[i] = sum;
  }
}

// MARK: Reductions

static ELEMENT NAME(lanes_sum)(ELEMENT *lanes) {
  for (size_t half = 32; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}

static size_t NAME(block_length)(size_t start, size_t n) {
  return n - start < MILLRACE_BATCH_STRICT_BLOCK ? n - start : MILLRACE_BATCH_STRICT_BLOCK;
}

void NAME(sum_strict_blocks)(ELEMENT *partials, const ELEMENT *a, size_t n) {
  for (size_t start = 0; start < n; start += MILLRACE_BATCH_STRICT_BLOCK) {
    ELEMENT lanes[64] = {0};
    for (size_t i = 0; i < NAME(block_length)(start, n); i++) lanes[i % 64] += a[start + i];
    *partials++ = NAME(lanes_sum)(lanes);
  }
}

void NAME(dot_strict_blocks)(ELEMENT *partials, const ELEMENT *a, const ELEMENT *b, size_t n) {
  for (size_t start = 0; start < n; start += MILLRACE_BATCH_STRICT_BLOCK) {
    ELEMENT lanes[64] = {0};
    for (size_t i = 0; i < NAME(block_length)(start, n); i++) {
      ELEMENT product = a[start + i] * b[start + i];
      lanes[i % 64] += product;
    }
    *partials++ = NAME(lanes_sum)(lanes);
  }
}

void NAME(moments_strict_blocks)(millrace_batch_moments *partials, const ELEMENT *a, size_t n) {
  for (size_t start = 0; start < n; start += MILLRACE_BATCH_STRICT_BLOCK) {
    size_t count = NAME(block_length)(start, n);
    ELEMENT lanes[64] = {0}, squares[64] = {0};
    for (size_t i = 0; i < count; i++) lanes[i % 64] += a[start + i];
    ELEMENT centre = NAME(lanes_sum)(lanes) / (ELEMENT)count;
    for (size_t i = 0; i < 64; i++) lanes[i] = 0;
    for (size_t i = 0; i < count; i++) {
      ELEMENT distance = a[start + i] - centre, square = distance * distance;
      lanes[i % 64] += distance;
      squares[i % 64] += square;
    }
    double sum = NAME(lanes_sum)(lanes), m2 = NAME(lanes_sum)(squares), shift = sum / (double)count;
    double correction = sum * shift;
    *partials++ = (millrace_batch_moments){(double)count, centre + shift, m2 - correction};
  }
}

#define BLOCKS(n) (((n) + MILLRACE_BATCH_STRICT_BLOCK - 1) / MILLRACE_BATCH_STRICT_BLOCK)

ELEMENT NAME(sum_strict)(const ELEMENT *a, size_t n) {
  ELEMENT *partials = malloc(BLOCKS(n) * sizeof *partials + 1);
  NAME(sum_strict_blocks)(partials, a, n);
  ELEMENT sum = MILLRACE_BATCH_NAME(strict_combine, SUFFIX)(partials, BLOCKS(n));
  free(partials);
  return sum;
}

ELEMENT NAME(dot_strict)(const ELEMENT *a, const ELEMENT *b, size_t n) {
  ELEMENT *partials = malloc(BLOCKS(n) * sizeof *partials + 1);
  NAME(dot_strict_blocks)(partials, a, b, n);
  ELEMENT sum = MILLRACE_BATCH_NAME(strict_combine, SUFFIX)(partials, BLOCKS(n));
  free(partials);
  return sum;
}

millrace_batch_moments NAME(moments_strict)(const ELEMENT *a, size_t n) {
  millrace_batch_moments *partials = malloc(BLOCKS(n) * sizeof *partials + 1);
  NAME(moments_strict_blocks)(partials, a, n);
  millrace_batch_moments all = millrace_batch_strict_combine_moments(partials, BLOCKS(n));
  free(partials);
  return all;
}

ELEMENT NAME(sum_compensated)(ELEMENT *error, const ELEMENT *a, size_t n) {
  ELEMENT sums[MILLRACE_BATCH_COMPENSATED_LANES + 1] = {0}, errors[MILLRACE_BATCH_COMPENSATED_LANES + 1] = {0};
  // The elements in their lanes, and then the lanes, in a last one.
  for (size_t i = 0; i < n + MILLRACE_BATCH_COMPENSATED_LANES; i++) {
    bool is_element = i < n;
    size_t lane = is_element ? i % MILLRACE_BATCH_COMPENSATED_LANES : i - n, into = is_element ? lane : MILLRACE_BATCH_COMPENSATED_LANES;
    ELEMENT x = is_element ? a[i] : sums[lane], sum = sums[into] + x, taken = sum - sums[into], rest = x - taken;
    ELEMENT lost = (sums[into] - (sum - taken)) + rest;
    errors[into] += lost;
    if (!is_element) errors[into] += errors[lane];
    sums[into] = sum;
  }
  *error = errors[MILLRACE_BATCH_COMPENSATED_LANES];
  return sums[MILLRACE_BATCH_COMPENSATED_LANES];
}

ELEMENT NAME(sum_relaxed)(const ELEMENT *a, size_t n) { return NAME(sum_strict)(a, n); }
ELEMENT NAME(dot_relaxed)(const ELEMENT *a, const ELEMENT *b, size_t n) { return NAME(dot_strict)(a, b, n); }
millrace_batch_moments NAME(moments_relaxed)(const ELEMENT *a, size_t n) { return NAME(moments_strict)(a, n); }

void NAME(reduce_min_max)(ELEMENT *low, ELEMENT *high, const ELEMENT *a, size_t n) {
  ELEMENT least = (ELEMENT)INFINITY, greatest = -(ELEMENT)INFINITY;
  size_t numbers = 0;
  for (size_t i = 0; i < n; i++) {
    if (a[i] != a[i]) continue;
    numbers++;
    least = a[i] < least ? a[i] : least;
    greatest = a[i] > greatest ? a[i] : greatest;
  }
  if (n > 0 && numbers == 0) least = greatest = (ELEMENT)NAN;
  *low = least + 0;
  *high = greatest + 0;
}

ELEMENT NAME(reduce_min)(const ELEMENT *a, size_t n) {
  ELEMENT low, high;
  NAME(reduce_min_max)(&low, &high, a, n);
  return low;
}

ELEMENT NAME(reduce_max)(const ELEMENT *a, size_t n) {
  ELEMENT low, high;
  NAME(reduce_min_max)(&low, &high, a, n);
  return high;
}

intptr_t NAME(argmin)(const ELEMENT *a, size_t n) {
  intptr_t place = -1;
  for (size_t i = 0; i < n; i++)
    if (a[i] == a[i] && (place < 0 || a[i] < a[place])) place = (intptr_t)i;
  return place;
}

intptr_t NAME(argmax)(const ELEMENT *a, size_t n) {
  intptr_t place = -1;
  for (size_t i = 0; i < n; i++)
    if (a[i] == a[i] && (place < 0 || a[i] > a[place])) place = (intptr_t)i;
  return place;
}

// MARK: Several passes

double NAME(exp_shifted_sum)(ELEMENT *out, const ELEMENT *a, ELEMENT x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    out[i] = (ELEMENT)WIDE_MATH(exp)((WIDE)(ELEMENT)(a[i] - x));
    sum += out[i];
  }
  return sum;
}

void NAME(softmax)(ELEMENT *out, const ELEMENT *a, size_t n) {
  if (n == 0) return;
  double sum = NAME(exp_shifted_sum)(out, a, NAME(reduce_max)(a, n), n);
  NAME(mul_scalar)(out, out, (ELEMENT)(1 / sum), n);
}

void NAME(normalise)(ELEMENT *out, const ELEMENT *a, double epsilon, size_t n) {
  if (n == 0) return;
  millrace_batch_moments moments = NAME(moments_relaxed)(a, n);
  NAME(shift_scale)(out, a, (ELEMENT)moments.mean, (ELEMENT)(1 / sqrt(moments.m2 / moments.count + epsilon)), n);
}

// MARK: Moving elements

/// The running sums of sixteen elements, in the order that is promised: for Float those of two neighbours, then of four elements from these; for Double the second of
/// two has the first added, then the later two of four have the second. Then for both the later half of eight, of sixteen, has the last of the earlier half added.
static void NAME(group_sums)(ELEMENT *v) {
  ELEMENT old[16];
  int half = 1;
  for (; sizeof(ELEMENT) == 4 && half < 4; half *= 2) {
    memcpy(old, v, sizeof old);
    for (int i = 0; i < 16; i++)
      if (i % 4 >= half) v[i] = old[i] + old[i - half];
  }
  for (; half < 16; half *= 2)
    for (int i = 0; i < 16; i++)
      if (i & half) v[i] += v[i / half * half - 1];
}

/// One block: `initial` to what came before sixteen elements and to their running sums.
static ELEMENT NAME(block_prefix)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n, bool is_exclusive) {
  ELEMENT before = 0, last = initial;
  for (size_t i = 0; i < n; i += 16) {
    size_t count = n - i < 16 ? n - i : 16;
    ELEMENT v[16] = {0};
    memcpy(v, a + i, count * sizeof *a);
    NAME(group_sums)(v);
    for (size_t k = 0; k < count && out; k++) {
      ELEMENT sum = initial + (before + v[k]);
      out[i + k] = is_exclusive ? last : sum;
      last = sum;
    }
    before += v[15];
  }
  return before;
}

static ELEMENT NAME(prefix_sums)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n, bool is_exclusive) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK)
    initial += NAME(block_prefix)(out + i, a + i, initial, n - i < MILLRACE_BATCH_STRICT_BLOCK ? n - i : MILLRACE_BATCH_STRICT_BLOCK, is_exclusive);
  return initial;
}
ELEMENT NAME(prefix_sum)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) { return NAME(prefix_sums)(out, a, initial, n, false); }
ELEMENT NAME(prefix_sum_exclusive)(ELEMENT *out, const ELEMENT *a, ELEMENT initial, size_t n) { return NAME(prefix_sums)(out, a, initial, n, true); }
void NAME(prefix_sum_blocks)(ELEMENT *partials, const ELEMENT *a, size_t n) {
  for (size_t i = 0; i < n; i += MILLRACE_BATCH_STRICT_BLOCK)
    *partials++ = NAME(block_prefix)(NULL, a + i, 0, n - i < MILLRACE_BATCH_STRICT_BLOCK ? n - i : MILLRACE_BATCH_STRICT_BLOCK, false);
}

size_t NAME(histogram)(uint64_t *counts, size_t bins, const ELEMENT *a, ELEMENT low, ELEMENT high, size_t n) {
  ELEMENT scale = (ELEMENT)bins / (high - low);
  size_t others = 0;
  for (size_t i = 0; i < n; i++) {
    if (!(a[i] >= low && a[i] < high)) {
      others++;
      continue;
    }
    size_t bin = (size_t)((a[i] - low) * scale);
    counts[bin < bins ? bin : bins - 1]++;
  }
  return others;
}

static int NAME(total_order)(const void *first, const void *second) {
  SIGNED a, b;
  memcpy(&a, first, sizeof a);
  memcpy(&b, second, sizeof b);
  a ^= (a >> (sizeof a * 8 - 1)) & SIGNED_MAX;
  b ^= (b >> (sizeof b * 8 - 1)) & SIGNED_MAX;
  return a < b ? -1 : a > b;
}

void NAME(sort_rows)(ELEMENT *a, size_t stride, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) qsort(a + row * stride, width, sizeof *a, NAME(total_order));
}

// MARK: Tiles

void NAME(matmul)(
  ELEMENT *c, size_t c_stride, const ELEMENT *a, size_t a_stride, const ELEMENT *b, size_t b_stride, size_t rows, size_t columns, size_t depth,
  bool is_added, void *scratch) {
  (void)scratch;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      double sum = is_added ? c[i * c_stride + j] : 0;
      for (size_t k = 0; k < depth; k++) sum += (double)a[i * a_stride + k] * b[k * b_stride + j];
      c[i * c_stride + j] = (ELEMENT)sum;
    }
}

void NAME(stencil3)(ELEMENT *out, const ELEMENT *a, ELEMENT left, ELEMENT centre, ELEMENT right, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = NAME(fused)(right, a[i + 1], NAME(fused)(left, *(a + i - 1), centre * a[i]));
}

void NAME(stencil5)(
  ELEMENT *out, size_t out_stride, const ELEMENT *a, size_t a_stride, size_t rows, size_t columns, ELEMENT centre, ELEMENT left, ELEMENT right,
  ELEMENT above, ELEMENT below) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) {
      const ELEMENT *place = a + row * a_stride + i;
      ELEMENT across = NAME(fused)(right, place[1], NAME(fused)(left, *(place - 1), centre * place[0]));
      out[row * out_stride + i] = NAME(fused)(below, place[a_stride], NAME(fused)(above, *(place - a_stride), across));
    }
}

void NAME(mandelbrot)(int32_t *out, ELEMENT x, ELEMENT step, ELEMENT y, int32_t limit, size_t n) {
  for (size_t i = 0; i < n; i++) {
    ELEMENT re = NAME(fused)((ELEMENT)i, step, x), zr = 0, zi = 0;
    int32_t count = 0;
    while (count < limit) {
      ELEMENT square = zi * zi;
      if (!(NAME(fused)(zr, zr, square) <= 4)) break;
      ELEMENT next = NAME(fused)(zr, zr, re - square);
      zi = NAME(fused)(zr + zr, zi, y);
      zr = next;
      count++;
    }
    out[i] = count;
  }
}

// MARK: Programs

static void NAME(step)(const millrace_batch_step *step, bool is_strict, ELEMENT *out, const ELEMENT *a, const ELEMENT *b, const ELEMENT *c, size_t n) {
  bool was_fused = reference_is_fused;
  if (is_strict) reference_is_fused = false;
  ELEMENT x = (ELEMENT)step->x, y = (ELEMENT)step->y;
  switch ((millrace_batch_operation)step->operation) {
    case MILLRACE_BATCH_OP_COPY: memmove(out, a, n * sizeof *a); break;
    case MILLRACE_BATCH_OP_FILL: NAME(fill)(out, x, n); break;
    case MILLRACE_BATCH_OP_ADD: NAME(add)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_SUB: NAME(sub)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_MUL: NAME(mul)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_DIV: NAME(div)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_MIN: NAME(min)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_MAX: NAME(max)(out, a, b, n); break;
    case MILLRACE_BATCH_OP_ADD_SCALAR: NAME(add_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_MUL_SCALAR: NAME(mul_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_FROM_SCALAR: NAME(from_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_DIV_SCALAR: NAME(div_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_INTO_SCALAR: NAME(into_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_MIN_SCALAR: NAME(min_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_MAX_SCALAR: NAME(max_scalar)(out, a, x, n); break;
    case MILLRACE_BATCH_OP_CLAMP: NAME(clamp)(out, a, x, y, n); break;
    case MILLRACE_BATCH_OP_AFFINE: NAME(affine)(out, a, x, y, n); break;
    case MILLRACE_BATCH_OP_AXPY: NAME(axpy)(out, x, a, b, n); break;
    case MILLRACE_BATCH_OP_HORNER: for (size_t i = 0; i < n; i++) out[i] = NAME(fused)(a[i], b[i], x); break;
    case MILLRACE_BATCH_OP_FMA: NAME(fma)(out, a, b, c, n); break;
    case MILLRACE_BATCH_OP_ABS: NAME(abs)(out, a, n); break;
    case MILLRACE_BATCH_OP_NEG: NAME(neg)(out, a, n); break;
    case MILLRACE_BATCH_OP_SQRT: NAME(sqrt)(out, a, n); break;
    case MILLRACE_BATCH_OP_EXP: NAME(exp)(out, a, n); break;
    case MILLRACE_BATCH_OP_LOG: NAME(log)(out, a, n); break;
    case MILLRACE_BATCH_OP_SIN: NAME(sin)(out, a, n); break;
    case MILLRACE_BATCH_OP_COS: NAME(cos)(out, a, n); break;
    case MILLRACE_BATCH_OP_TANH: NAME(tanh)(out, a, n); break;
    case MILLRACE_BATCH_OP_SIGMOID: NAME(sigmoid)(out, a, n); break;
    case MILLRACE_BATCH_OP_LESS: for (size_t i = 0; i < n; i++) out[i] = a[i] < b[i]; break;
    case MILLRACE_BATCH_OP_LESS_OR_EQUAL: for (size_t i = 0; i < n; i++) out[i] = a[i] <= b[i]; break;
    case MILLRACE_BATCH_OP_EQUAL: for (size_t i = 0; i < n; i++) out[i] = a[i] == b[i]; break;
    case MILLRACE_BATCH_OP_NOT_EQUAL: for (size_t i = 0; i < n; i++) out[i] = a[i] != b[i]; break;
    case MILLRACE_BATCH_OP_SELECT: for (size_t i = 0; i < n; i++) out[i] = a[i] != 0 ? b[i] : c[i]; break;
    case MILLRACE_BATCH_OP_LESS_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] < x; break;
    case MILLRACE_BATCH_OP_LESS_OR_EQUAL_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] <= x; break;
    case MILLRACE_BATCH_OP_GREATER_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] > x; break;
    case MILLRACE_BATCH_OP_GREATER_OR_EQUAL_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] >= x; break;
    case MILLRACE_BATCH_OP_EQUAL_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] == x; break;
    case MILLRACE_BATCH_OP_NOT_EQUAL_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] != x; break;
    case MILLRACE_BATCH_OP_SELECT_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] != 0 ? x : b[i]; break;
    case MILLRACE_BATCH_OP_SELECT_ELSE_SCALAR: for (size_t i = 0; i < n; i++) out[i] = a[i] != 0 ? b[i] : x; break;
    case MILLRACE_BATCH_OP_SELECT_SCALARS: for (size_t i = 0; i < n; i++) out[i] = a[i] != 0 ? x : y; break;
    case MILLRACE_BATCH_OP_COUNT: break;
  }
  reference_is_fused = was_fused;
}

void NAME(program)(
  const millrace_batch_program *program, const ELEMENT *const *inputs, ELEMENT *const *outputs, ELEMENT *partials, size_t n) {
  enum { block = MILLRACE_BATCH_STRICT_BLOCK };
  ELEMENT *registers = malloc(32 * block * sizeof *registers);
  for (size_t start = 0; start < n; start += block) {
    size_t count = NAME(block_length)(start, n);
#define OPERAND(which) \
  ((which) >= MILLRACE_BATCH_OPERAND_OUTPUT  ? outputs[(which) - MILLRACE_BATCH_OPERAND_OUTPUT] + start \
   : (which) >= MILLRACE_BATCH_OPERAND_INPUT ? (ELEMENT *)inputs[(which) - MILLRACE_BATCH_OPERAND_INPUT] + start \
                                             : registers + (which) * block)
    for (size_t i = 0; i < program->step_count; i++) {
      const millrace_batch_step *step = &program->steps[i];
      bool has_a = step->operation != MILLRACE_BATCH_OP_FILL;
      NAME(step)
      (step, program->is_strict, OPERAND(step->destination), has_a ? OPERAND(step->a) : registers, OPERAND(step->b), OPERAND(step->c), count);
    }
    const ELEMENT *reduced = OPERAND(program->reduced);
    switch (program->reduction) {
      case MILLRACE_BATCH_REDUCE_NONE: break;
      case MILLRACE_BATCH_REDUCE_SUM: partials[start / block] = NAME(sum_strict)(reduced, count); break;
      case MILLRACE_BATCH_REDUCE_MIN: partials[start / block] = NAME(reduce_min)(reduced, count); break;
      case MILLRACE_BATCH_REDUCE_MAX: partials[start / block] = NAME(reduce_max)(reduced, count); break;
    }
#undef OPERAND
  }
  free(registers);
}
