// The kernel that runs programs, PROGRAM, over WIDE vectors at a time; with a result saved beside the accumulator if HAS_SAVED.

static void NAME(PROGRAM)(
  const millrace_batch_program *program, const ELEMENT *const *inputs, ELEMENT *const *outputs, ELEMENT *partials, size_t n) {
  enum { streams = MILLRACE_BATCH_OPERAND_COUNT - MILLRACE_BATCH_OPERAND_INPUT, wide = WIDE, part = WIDE * LANES };
  const millrace_batch_instruction *instructions = program->instructions;
  NAME(operation) operations[MILLRACE_BATCH_PROGRAM_INSTRUCTIONS_MAX];
  VEC registers[32][wide];
#if HAS_SAVED && VECTOR_REGISTERS != 32
  VEC saved[wide];
#endif
  // The last part's elements, when they do not fill it: nothing outside the inputs and outputs is touched.
  VEC rest[streams][wide];
  NAME(reduced) reduced;

  // Where each operation begins, by which operand is saved (none, b, c) and from where the accumulator is loaded (not, from memory, from the saved registers).
  static const void *const codes[run_count][3][3] = {
#if HAS_SAVED
#define OPERATION(name, value) [run_##name] = {{&&code_##name, &&load_##name, &&saved_##name}},
#define FUNCTION OPERATION
    OPERATIONS_ON_ONE(OPERATION) FUNCTIONS(FUNCTION)
#undef OPERATION
#define OPERATION(name, value) [run_##name] = {{&&code_##name, &&load_##name, &&saved_##name}, {&&code_b_##name, &&load_b_##name}},
    OPERATIONS_ON_TWO(OPERATION)
#undef OPERATION
#define OPERATION(name, value) \
  [run_##name] = {{&&code_##name, &&load_##name, &&saved_##name}, {&&code_b_##name, &&load_b_##name}, {&&code_c_##name, &&load_c_##name}},
    OPERATIONS_ON_THREE(OPERATION)[run_save] = {{&&code_save}},
#else
#define OPERATION(name, value) [run_##name] = {{&&code_##name, &&load_##name}},
#define FUNCTION OPERATION
    OPERATIONS(OPERATION) FUNCTIONS(FUNCTION)
#endif
    [run_store] = {{&&code_store}},
    [run_store_end] = {{&&code_store_end}},
    [run_sum] = {{&&code_sum}},
    [run_least] = {{&&code_least}},
    [run_greatest] = {{&&code_greatest}},
    [run_end] = {{&&code_end}},
#undef OPERATION
#undef FUNCTION
  };

  size_t count = program->instruction_count;
  for (size_t k = 0; k < count; k++) {
    const millrace_batch_instruction *from = &instructions[k];
    operations[k].code = codes[from->operation][from->saved][from->loaded];
    operations[k].x = (ELEMENT)from->x;
    operations[k].y = (ELEMENT)from->y;
  }
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
        POINT_AT(o->a, o->a_mask, instructions[k].a)
        POINT_AT(o->b, o->b_mask, instructions[k].b)
        POINT_AT(o->c, o->c_mask, instructions[k].c)
      }
#undef POINT_AT
      VEC v[wide] = {0};
#if HAS_SAVED && VECTOR_REGISTERS == 32
      VEC w[wide] = {0};
#define W w[k]
#else
      // Fewer registers have no room for them.
#define W saved[k]
#endif
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
  FOR_VECTOR(7, statement) \
  FOR_LATER_VECTORS(statement)
#if WIDE == 16
#define FOR_LATER_VECTORS(statement) \
  FOR_VECTOR(8, statement) \
  FOR_VECTOR(9, statement) \
  FOR_VECTOR(10, statement) \
  FOR_VECTOR(11, statement) \
  FOR_VECTOR(12, statement) \
  FOR_VECTOR(13, statement) \
  FOR_VECTOR(14, statement) \
  FOR_VECTOR(15, statement)
#else
#define FOR_LATER_VECTORS(statement)
#endif
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
#define OPERATION(name, value) CODE(load_##name, code_##name, value)
#define CODE(load, code, value) \
  load: \
      LOAD \
  code: \
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
        NAME(all##name)(room, wide); \
        FOR_EACH_VECTOR(v[k] = room[k]) \
      } \
      NEXT
#define FROM_SAVED(name, value) \
  saved_##name: \
      FOR_EACH_VECTOR(v[k] = W) \
      goto code_##name;
      OPERATIONS(OPERATION)
      FUNCTIONS(FUNCTION)
#if HAS_SAVED
      OPERATIONS(FROM_SAVED)
      FUNCTIONS(FROM_SAVED)
#undef OPERATION
#undef B
#define B W
#define OPERATION(name, value) CODE(load_b_##name, code_b_##name, value)
      OPERATIONS_ON_TWO(OPERATION)
      OPERATIONS_ON_THREE(OPERATION)
#undef OPERATION
#undef B
#undef C
#define B NAME(load)(b + k * LANES)
#define C W
#define OPERATION(name, value) CODE(load_c_##name, code_c_##name, value)
      OPERATIONS_ON_THREE(OPERATION)
    code_save:
      FOR_EACH_VECTOR(W = v[k])
      NEXT
#endif
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
          const millrace_batch_instruction *from = &instructions[k];
          if ((from->operation == run_store || from->operation == run_store_end) && from->b >= MILLRACE_BATCH_OPERAND_OUTPUT) {
            memcpy(outputs[from->b - MILLRACE_BATCH_OPERAND_OUTPUT] + start + whole, operations[k].b, present * sizeof(ELEMENT));
          }
        }
      }
    }
    if (program->reduction != MILLRACE_BATCH_REDUCE_NONE) partials[start / MILLRACE_BATCH_STRICT_BLOCK] = NAME(end_reduction)(&reduced, program->reduction);
  }
}

#undef OPERATION
#undef FUNCTION
#undef NEXT
#undef LOAD
#undef REDUCE
#undef FOR_EACH_VECTOR
#undef FOR_LATER_VECTORS
#undef FOR_VECTOR
#undef V
#undef W
#undef CODE
#undef FROM_SAVED
#undef B
#undef C
#undef X
#undef Y
#undef ZERO
#undef ONE
#undef PROGRAM
#undef WIDE
#undef HAS_SAVED
