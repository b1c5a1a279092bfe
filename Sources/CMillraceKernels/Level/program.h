// Programs: the steps of a fused expression, run over eight vectors at a time.
//
// The steps are translated once a call into operations on an accumulator of eight vector registers; what a step reads from the step before it
// never leaves the registers. Other operands, and results that are read later, lie in memory. An operation may be entered before its
// accumulator is loaded, or after, and ends with the jump to the next one, so that each jump has its own history in the branch predictor.

/// What an operation does to the accumulator v, with memory operands b and c and numbers x and y. Those that begin with an underscore are no `millrace_batch_operation`.
#define OPERATIONS(OPERATION) \
  OPERATION(COPY, V) \
  OPERATION(FILL, X) \
  OPERATION(ADD, V + B) \
  OPERATION(SUB, V - B) \
  OPERATION(_SUB_FROM, B - V) \
  OPERATION(MUL, V *B) \
  OPERATION(_SQUARE, V *V) \
  OPERATION(DIV, V / B) \
  OPERATION(_DIV_INTO, B / V) \
  OPERATION(MIN, NAME(lesser)(V, B)) \
  OPERATION(_MIN_OF, NAME(lesser)(B, V)) \
  OPERATION(MAX, NAME(greater)(V, B)) \
  OPERATION(_MAX_OF, NAME(greater)(B, V)) \
  OPERATION(ADD_SCALAR, V + X) \
  OPERATION(MUL_SCALAR, V *X) \
  OPERATION(FROM_SCALAR, X - V) \
  OPERATION(DIV_SCALAR, V / X) \
  OPERATION(INTO_SCALAR, X / V) \
  OPERATION(MIN_SCALAR, NAME(lesser)(V, X)) \
  OPERATION(MAX_SCALAR, NAME(greater)(V, X)) \
  OPERATION(CLAMP, NAME(clamped)(V, X, Y)) \
  OPERATION(AFFINE, NAME(fused)(V, X, Y)) \
  OPERATION(AXPY, NAME(fused)(V, X, B)) \
  OPERATION(_AXPY_ON, NAME(fused)(B, X, V)) \
  OPERATION(HORNER, NAME(fused)(V, B, X)) \
  OPERATION(FMA, NAME(fused)(V, B, C)) \
  OPERATION(_FMA_ON, NAME(fused)(B, C, V)) \
  OPERATION(_AFFINE_TWICE, NAME(unfused)(V, X, Y)) \
  OPERATION(_AXPY_TWICE, NAME(unfused)(V, X, B)) \
  OPERATION(_AXPY_ON_TWICE, NAME(unfused)(B, X, V)) \
  OPERATION(_HORNER_TWICE, NAME(unfused)(V, B, X)) \
  OPERATION(_FMA_TWICE, NAME(unfused)(V, B, C)) \
  OPERATION(_FMA_ON_TWICE, NAME(unfused)(B, C, V)) \
  OPERATION(ABS, NAME(size)(V)) \
  OPERATION(NEG, -V) \
  OPERATION(SQRT, OF_SUFFIX(root)(V)) \
  OPERATION(LESS, (INT)(V < B) ? ONE : ZERO) \
  OPERATION(_GREATER, (INT)(B < V) ? ONE : ZERO) \
  OPERATION(LESS_OR_EQUAL, (INT)(V <= B) ? ONE : ZERO) \
  OPERATION(_GREATER_OR_EQUAL, (INT)(B <= V) ? ONE : ZERO) \
  OPERATION(EQUAL, (INT)(V == B) ? ONE : ZERO) \
  OPERATION(NOT_EQUAL, (INT)(V != B) ? ONE : ZERO) \
  OPERATION(SELECT, (INT)(V != ZERO) ? B : C)
/// Those that take long enough for a trip through memory, which keeps them small.
#define FUNCTIONS(FUNCTION) \
  FUNCTION(EXP, NAME(exp_of)) \
  FUNCTION(LOG, NAME(log_of)) \
  FUNCTION(SIN, NAME(sin_of)) \
  FUNCTION(COS, NAME(cos_of)) \
  FUNCTION(TANH, NAME(tanh_of)) \
  FUNCTION(SIGMOID, NAME(sigmoid_of))

#ifndef MILLRACE_KERNELS_OPERATIONS
#define MILLRACE_KERNELS_OPERATIONS
typedef enum {
#define OPERATION(name, value) run_##name,
#define FUNCTION(name, value) run_##name,
  OPERATIONS(OPERATION) FUNCTIONS(FUNCTION) run_store,
  /// The store that is the part's last operation.
  run_store_end,
  run_sum,
  run_least,
  run_greatest,
  run_end,
  run_count,
#undef OPERATION
#undef FUNCTION
} program_operation;

/// How a step becomes an operation, by which of its operands the accumulator holds; `run_count` where it cannot hold it.
typedef struct {
  program_operation on_a, on_b, on_c;
  uint8_t operands;
} program_form;

static const program_form program_forms[MILLRACE_BATCH_OP_COUNT] = {
#define FORM(name, on_a, on_b, on_c, operands) [MILLRACE_BATCH_OP_##name] = {on_a, on_b, on_c, operands}
#define UNARY(name) FORM(name, run_##name, run_count, run_count, 1)
  FORM(COPY, run_COPY, run_count, run_count, 1),
  FORM(FILL, run_FILL, run_count, run_count, 0),
  FORM(ADD, run_ADD, run_ADD, run_count, 2),
  FORM(SUB, run_SUB, run__SUB_FROM, run_count, 2),
  FORM(MUL, run_MUL, run_MUL, run_count, 2),
  FORM(DIV, run_DIV, run__DIV_INTO, run_count, 2),
  FORM(MIN, run_MIN, run__MIN_OF, run_count, 2),
  FORM(MAX, run_MAX, run__MAX_OF, run_count, 2),
  UNARY(ADD_SCALAR),
  UNARY(MUL_SCALAR),
  UNARY(FROM_SCALAR),
  UNARY(DIV_SCALAR),
  UNARY(INTO_SCALAR),
  UNARY(MIN_SCALAR),
  UNARY(MAX_SCALAR),
  UNARY(CLAMP),
  UNARY(AFFINE),
  FORM(AXPY, run_AXPY, run__AXPY_ON, run_count, 2),
  FORM(HORNER, run_HORNER, run_HORNER, run_count, 2),
  FORM(FMA, run_FMA, run_FMA, run__FMA_ON, 3),
  UNARY(ABS),
  UNARY(NEG),
  UNARY(SQRT),
  UNARY(EXP),
  UNARY(LOG),
  UNARY(SIN),
  UNARY(COS),
  UNARY(TANH),
  UNARY(SIGMOID),
  FORM(LESS, run_LESS, run__GREATER, run_count, 2),
  FORM(LESS_OR_EQUAL, run_LESS_OR_EQUAL, run__GREATER_OR_EQUAL, run_count, 2),
  FORM(EQUAL, run_EQUAL, run_EQUAL, run_count, 2),
  FORM(NOT_EQUAL, run_NOT_EQUAL, run_NOT_EQUAL, run_count, 2),
  FORM(SELECT, run_SELECT, run_count, run_count, 3),
#undef FORM
#undef UNARY
};

/// The same with two roundings.
static INLINE program_operation rounded_twice(program_operation operation) {
  switch (operation) {
    case run_AFFINE: return run__AFFINE_TWICE;
    case run_AXPY: return run__AXPY_TWICE;
    case run__AXPY_ON: return run__AXPY_ON_TWICE;
    case run_HORNER: return run__HORNER_TWICE;
    case run_FMA: return run__FMA_TWICE;
    case run__FMA_ON: return run__FMA_ON_TWICE;
    default: return operation;
  }
}
#endif

enum {
  NAME(wide) = 8,
  NAME(part) = NAME(wide) * LANES,
};

typedef struct {
  /// Where the code of the operation is.
  const void *code;
  /// What is loaded first, if anything, and the operands: for inputs and outputs the mask lets the place of the part through, for registers not.
  ELEMENT *a, *b, *c;
  size_t a_mask, b_mask, c_mask;
  ELEMENT x, y;
  program_operation operation;
  /// What a, b and c are of.
  uint8_t a_operand, b_operand, c_operand;
  /// The accumulator is loaded from a.
  bool is_loaded;
  /// Of a store: somebody reads what it writes.
  bool is_stored;
} NAME(operation);

/// The operations of a program. Every step makes at most two.
static size_t NAME(translate)(NAME(operation) *operations, const millrace_batch_program *program) {
  enum { nobody = 255 };
  uint8_t held = nobody;
  size_t count = 0;
  // The store that wrote each operand last.
  NAME(operation) *stores[MILLRACE_BATCH_OPERAND_COUNT] = {NULL};
#define READ_FROM_MEMORY(operand) \
  if (stores[operand]) stores[operand]->is_stored = true;
  for (size_t i = 0; i <= program->step_count; i++) {
    bool is_last = i == program->step_count;
    millrace_batch_step copy = {.operation = MILLRACE_BATCH_OP_COPY, .a = program->reduced};
    if (is_last && program->reduction == MILLRACE_BATCH_REDUCE_NONE) break;
    const millrace_batch_step *step = is_last ? &copy : &program->steps[i];
    program_form form = program_forms[step->operation];
    program_operation operation = form.on_a;
    uint8_t b = step->b, c = step->c;
    bool is_loaded = false, is_square = step->operation == MILLRACE_BATCH_OP_MUL && step->a == step->b;
    if (form.operands > 0 && step->a != held) {
      if (form.operands >= 2 && form.on_b != run_count && step->b == held) {
        operation = form.on_b;
        b = step->a;
      } else if (form.operands == 3 && form.on_c != run_count && step->c == held) {
        operation = form.on_c;
        b = step->a;
        c = step->b;
      } else {
        READ_FROM_MEMORY(step->a)
        is_loaded = true;
      }
    }
    if (is_square) operation = run__SQUARE;
    if (program->is_strict) operation = rounded_twice(operation);
    NAME(operation) made = {
      .operation = operation, .x = (ELEMENT)step->x, .y = (ELEMENT)step->y, .is_loaded = is_loaded, .a_operand = is_loaded ? step->a : 0};
    if (form.operands >= 2 && !is_square) {
      made.b_operand = b;
      READ_FROM_MEMORY(b)
    }
    if (form.operands == 3) {
      made.c_operand = c;
      READ_FROM_MEMORY(c)
    }
    if (is_loaded || operation != run_COPY) operations[count++] = made;
    if (is_last) break;
    held = step->destination;
    stores[held] = &operations[count];
    operations[count++] = (NAME(operation)){.operation = run_store, .b_operand = held, .is_stored = held >= MILLRACE_BATCH_OPERAND_OUTPUT};
  }
#undef READ_FROM_MEMORY
  // Stores that nobody needs go.
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (operations[i].operation != run_store || operations[i].is_stored) operations[kept++] = operations[i];
  switch (program->reduction) {
    case MILLRACE_BATCH_REDUCE_NONE: break;
    case MILLRACE_BATCH_REDUCE_SUM: operations[kept++] = (NAME(operation)){.operation = run_sum}; break;
    case MILLRACE_BATCH_REDUCE_MIN: operations[kept++] = (NAME(operation)){.operation = run_least}; break;
    case MILLRACE_BATCH_REDUCE_MAX: operations[kept++] = (NAME(operation)){.operation = run_greatest}; break;
  }
  if (kept > 0 && operations[kept - 1].operation == run_store)
    operations[kept - 1].operation = run_store_end;
  else
    operations[kept++] = (NAME(operation)){.operation = run_end};
  return kept;
}

/// What a reduction has so far.
typedef struct {
  /// The 64 virtual lanes, or an extreme for each lane of the accumulator.
  VEC lanes[64 / LANES > NAME(wide) ? 64 / LANES : NAME(wide)];
  /// Lanes that have seen a number.
  INT seen;
} NAME(reduced);

static void NAME(begin_reduction)(NAME(reduced) *reduced, millrace_batch_reduction reduction) {
  ELEMENT first = reduction == MILLRACE_BATCH_REDUCE_MIN ? HIGHEST : reduction == MILLRACE_BATCH_REDUCE_MAX ? LOWEST : 0;
  for (size_t k = 0; k < sizeof reduced->lanes / sizeof reduced->lanes[0]; k++) reduced->lanes[k] = SPLAT(first);
  reduced->seen = (INT)(SIGNED)0;
}

static ELEMENT NAME(end_reduction)(NAME(reduced) *reduced, millrace_batch_reduction reduction) {
  if (reduction == MILLRACE_BATCH_REDUCE_SUM) return NAME(lanes_sum)(reduced->lanes);
  if (OF_SUFFIX(bits)(reduced->seen) == 0) return (ELEMENT)NAN;
  VEC all = reduced->lanes[0];
  for (int k = 1; k < NAME(wide); k++) {
    all = reduction == MILLRACE_BATCH_REDUCE_MIN ? LEAST_OF(reduced->lanes[k], all) : GREATEST_OF(reduced->lanes[k], all);
  }
  if (reduction == MILLRACE_BATCH_REDUCE_MIN) {
    FOLD(all, LEAST_OF)
  } else {
    FOLD(all, GREATEST_OF)
  }
  return all[0] + 0;
}

/// Of the first `count` elements of a part, the lanes in its k-th vector.
static INLINE INT NAME(lanes_there)(size_t count, size_t k) {
  return NAME(first_lanes)(count <= k * LANES ? 0 : count - k * LANES < LANES ? count - k * LANES : LANES);
}

/// Adds the lanes of one vector that are there; it begins at place i of its block and is the k-th of its part.
static INLINE void NAME(reduce_vector)(NAME(reduced) *reduced, VEC v, INT is_there, size_t i, size_t k, const program_operation how) {
  if (how == run_sum) {
    reduced->lanes[i / LANES % (64 / LANES)] += is_there ? v : SPLAT(0);
    return;
  }
  is_there &= (INT)(v == v);
  reduced->seen |= is_there;
  VEC so_far = reduced->lanes[k];
  v = is_there ? v : so_far;
  reduced->lanes[k] = how == run_least ? LEAST_OF(v, so_far) : GREATEST_OF(v, so_far);
}

#define FUNCTION(name, function) \
  __attribute__((noinline)) static void NAME(all##name)(VEC *v) { \
    for (int k = 0; k < NAME(wide); k += 2) { \
      v[k] = function(v[k]); \
      v[k + 1] = function(v[k + 1]); \
    } \
  }
FUNCTIONS(FUNCTION)
#undef FUNCTION

static void NAME(program)(
  const millrace_batch_program *program, const ELEMENT *const *inputs, ELEMENT *const *outputs, ELEMENT *partials, size_t n) {
  enum { streams = MILLRACE_BATCH_OPERAND_COUNT - MILLRACE_BATCH_OPERAND_INPUT, wide = NAME(wide), part = NAME(part) };
  NAME(operation) operations[2 * MILLRACE_BATCH_PROGRAM_STEPS_MAX + 4];
  VEC registers[32][wide];
  // The last part's elements, when they do not fill it: nothing outside the inputs and outputs is touched.
  VEC rest[streams][wide];
  NAME(reduced) reduced;

  // Where each operation begins without a load, and with one.
  static const void *const codes[run_count][2] = {
#define OPERATION(name, value) [run_##name] = {&&code_##name, &&load_##name},
#define FUNCTION(name, value) [run_##name] = {&&code_##name, &&load_##name},
    OPERATIONS(OPERATION) FUNCTIONS(FUNCTION)[run_store] = {&&code_store},
    [run_store_end] = {&&code_store_end},
    [run_sum] = {&&code_sum},
    [run_least] = {&&code_least},
    [run_greatest] = {&&code_greatest},
    [run_end] = {&&code_end},
#undef OPERATION
#undef FUNCTION
  };

  size_t count = NAME(translate)(operations, program);
  for (size_t k = 0; k < count; k++) operations[k].code = codes[operations[k].operation][operations[k].is_loaded];
  size_t start = 0;
  for (; start < n; start += MILLRACE_BATCH_STRICT_BLOCK) {
    size_t length = NAME(block_length)(start, n);
    if (program->reduction != MILLRACE_BATCH_REDUCE_NONE) NAME(begin_reduction)(&reduced, program->reduction);
    size_t whole = length / part * part;
    for (int pass = 0; pass < 2; pass++) {
      // First the whole parts of the block, in place; then what is left, in `rest`.
      bool is_rest = pass == 1;
      size_t end = is_rest ? length : whole, i = is_rest ? whole : 0;
      if (i == end) continue;
      size_t present = is_rest ? end - i : part;
      bool is_copied[streams] = {false};
#define POINT_AT(pointer, mask, operand) \
  if (operand < MILLRACE_BATCH_OPERAND_INPUT) { \
    pointer = (ELEMENT *)registers[operand]; \
    mask = 0; \
  } else { \
    size_t stream = operand - MILLRACE_BATCH_OPERAND_INPUT; \
    bool is_input = operand < MILLRACE_BATCH_OPERAND_OUTPUT; \
    ELEMENT *memory = is_input ? (ELEMENT *)inputs[stream] : outputs[operand - MILLRACE_BATCH_OPERAND_OUTPUT]; \
    pointer = is_rest ? (ELEMENT *)rest[stream] : memory + start; \
    mask = is_rest ? 0 : ~(size_t)0; \
    if (is_rest && is_input && !is_copied[stream]) { \
      memset(rest[stream], 0, sizeof rest[stream]); \
      memcpy(rest[stream], memory + start + i, present * sizeof(ELEMENT)); \
      is_copied[stream] = true; \
    } \
  }
      for (size_t k = 0; k < count; k++) {
        NAME(operation) *o = &operations[k];
        POINT_AT(o->a, o->a_mask, o->a_operand)
        POINT_AT(o->b, o->b_mask, o->b_operand)
        POINT_AT(o->c, o->c_mask, o->c_operand)
      }
#undef POINT_AT
      VEC v[wide] = {0};
      const NAME(operation) *next = operations;
      const ELEMENT *b, *c;
      VEC x, y;
#define NEXT \
  o = next++; \
  goto *o->code;
#ifdef __OPTIMIZE__
// Written out: the optimiser unrolls no loop among jumps to computed places.
#define FOR_EACH_VECTOR(statement) \
  FOR_VECTOR(0, statement) \
  FOR_VECTOR(1, statement) \
  FOR_VECTOR(2, statement) \
  FOR_VECTOR(3, statement) \
  FOR_VECTOR(4, statement) \
  FOR_VECTOR(5, statement) \
  FOR_VECTOR(6, statement) \
  FOR_VECTOR(7, statement)
#define FOR_VECTOR(number, statement) \
  { \
    enum { k = number }; \
    statement; \
  }
#else
// Without the optimiser every copy would have its own place on the stack.
#define FOR_EACH_VECTOR(statement) \
  for (int k = 0; k < wide; k++) { \
    statement; \
  }
#endif
#define V v[k]
#define B NAME(load)(b + k * LANES)
#define C NAME(load)(c + k * LANES)
#define X x
#define Y y
#define ZERO SPLAT(0)
#define ONE SPLAT(1)
      const NAME(operation) *o;
      NEXT
#define LOAD \
  b = o->a + (i & o->a_mask); \
  FOR_EACH_VECTOR(v[k] = NAME(load)(b + k * LANES))
#define OPERATION(name, value) \
  load_##name: \
      LOAD \
  code_##name: \
      b = o->b + (i & o->b_mask); \
      c = o->c + (i & o->c_mask); \
      x = SPLAT(o->x); \
      y = SPLAT(o->y); \
      FOR_EACH_VECTOR(v[k] = value) \
      NEXT
#define FUNCTION(name, function) \
  load_##name: \
      LOAD \
  code_##name: { \
        VEC room[wide]; \
        FOR_EACH_VECTOR(room[k] = v[k]) \
        NAME(all##name)(room); \
        FOR_EACH_VECTOR(v[k] = room[k]) \
      } \
      NEXT
      OPERATIONS(OPERATION)
      FUNCTIONS(FUNCTION)
    code_store:
      FOR_EACH_VECTOR(NAME(store)(o->b + (i & o->b_mask) + k * LANES, v[k]))
      NEXT
    code_store_end:
      FOR_EACH_VECTOR(NAME(store)(o->b + (i & o->b_mask) + k * LANES, v[k]))
      goto code_end;
#define REDUCE(name) \
  code_##name: \
      if (is_rest) { \
        FOR_EACH_VECTOR(NAME(reduce_vector)(&reduced, v[k], NAME(lanes_there)(present, k), i + k * LANES, k, run_##name)) \
      } else { \
        FOR_EACH_VECTOR(NAME(reduce_vector)(&reduced, v[k], (INT)(SIGNED)-1, i + k * LANES, k, run_##name)) \
      } \
      NEXT
      REDUCE(sum)
      REDUCE(least)
      REDUCE(greatest)
    code_end:
      i += present;
      if (i < end) {
        next = operations;
        NEXT
      }
      if (is_rest) {
        for (size_t k = 0; k < count; k++) {
          o = &operations[k];
          if ((o->operation == run_store || o->operation == run_store_end) && o->b_operand >= MILLRACE_BATCH_OPERAND_OUTPUT) {
            memcpy(outputs[o->b_operand - MILLRACE_BATCH_OPERAND_OUTPUT] + start + whole, o->b, present * sizeof(ELEMENT));
          }
        }
      }
    }
    if (program->reduction != MILLRACE_BATCH_REDUCE_NONE) partials[start / MILLRACE_BATCH_STRICT_BLOCK] = NAME(end_reduction)(&reduced, program->reduction);
  }
}

#undef OPERATION
#undef FUNCTION
#undef OPERATIONS
#undef FUNCTIONS
#undef NEXT
#undef LOAD
#undef REDUCE
#undef FOR_EACH_VECTOR
#undef FOR_VECTOR
#undef V
#undef B
#undef C
#undef X
#undef Y
#undef ZERO
#undef ONE
