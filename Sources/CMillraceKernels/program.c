// Programs before they run: their steps become operations on an accumulator.
#include "program_operations.h"

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
  UNARY(LESS_SCALAR),
  UNARY(LESS_OR_EQUAL_SCALAR),
  UNARY(GREATER_SCALAR),
  UNARY(GREATER_OR_EQUAL_SCALAR),
  UNARY(EQUAL_SCALAR),
  UNARY(NOT_EQUAL_SCALAR),
  FORM(EQUAL, run_EQUAL, run_EQUAL, run_count, 2),
  FORM(NOT_EQUAL, run_NOT_EQUAL, run_NOT_EQUAL, run_count, 2),
  FORM(SELECT, run_SELECT, run__SELECT_THIS, run__SELECT_THIS_ELSE, 3),
  FORM(SELECT_SCALAR, run_SELECT_SCALAR, run__SELECT_SCALAR_ELSE, run_count, 2),
  FORM(SELECT_ELSE_SCALAR, run_SELECT_ELSE_SCALAR, run__SELECT_THIS_OR_SCALAR, run_count, 2),
  UNARY(SELECT_SCALARS),
#undef FORM
#undef UNARY
};

/// The same with two roundings.
static program_operation rounded_twice(program_operation operation) {
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

// MARK: The saved registers

/// How many operands beside the accumulator an operation reads.
static const uint8_t operand_counts[run_count] = {
#define OPERATION(name, value) [run_##name] = 1,
  OPERATIONS_ON_TWO(OPERATION)
#undef OPERATION
#define OPERATION(name, value) [run_##name] = 2,
  OPERATIONS_ON_THREE(OPERATION)
#undef OPERATION
};

/// How often the instruction reads the register.
static int reads(const millrace_batch_instruction *instruction, uint8_t operand) {
  int operands = operand_counts[instruction->operation];
  return (instruction->loaded && instruction->a == operand) + (operands >= 1 && instruction->b == operand) + (operands >= 2 && instruction->c == operand);
}

static bool stores_register(const millrace_batch_instruction *instruction) {
  return instruction->operation == run_store && instruction->b < MILLRACE_BATCH_OPERAND_INPUT;
}

/// Registers that are read up before another is written are not stored in memory: there is one place for them beside the accumulator. True: somebody uses it.
static bool save_short_lived(millrace_batch_instruction *instructions, size_t count) {
  bool has_saved = false;
  for (size_t first = 0; first < count; first++) {
    if (!stores_register(&instructions[first])) continue;
    uint8_t operand = instructions[first].b;
    bool is_alone = true, is_possible = true;
    for (size_t i = first + 1; i < count && !(stores_register(&instructions[i]) && instructions[i].b == operand); i++) {
      is_alone &= !stores_register(&instructions[i]);
      int times = reads(&instructions[i], operand);
      is_possible &= times == 0 || (times == 1 && is_alone);
    }
    if (!is_possible) continue;
    instructions[first].operation = run_save;
    has_saved = true;
    for (size_t i = first + 1; i < count && !stores_register(&instructions[i]); i++) {
      millrace_batch_instruction *reader = &instructions[i];
      if (reads(reader, operand) == 0) continue;
      if (reader->loaded && reader->a == operand)
        reader->loaded = 2;
      else
        reader->saved = reader->b == operand ? 1 : 2;
    }
  }
  return has_saved;
}

void millrace_batch_program_prepare(millrace_batch_program *program, millrace_batch_instruction *instructions) {
  enum { nobody = 255 };
  uint8_t held = nobody;
  size_t count = 0;
  // The store that wrote each operand last.
  millrace_batch_instruction *stores[MILLRACE_BATCH_OPERAND_COUNT] = {NULL};
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
    bool loads = false, is_square = step->operation == MILLRACE_BATCH_OP_MUL && step->a == step->b;
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
        loads = true;
      }
    }
    if (is_square) operation = run__SQUARE;
    if (program->is_strict) operation = rounded_twice(operation);
    millrace_batch_instruction made = {
      .operation = (uint8_t)operation, .x = step->x, .y = step->y, .loaded = loads, .a = loads ? step->a : 0};
    if (form.operands >= 2 && !is_square) {
      made.b = b;
      READ_FROM_MEMORY(b)
    }
    if (form.operands == 3) {
      made.c = c;
      READ_FROM_MEMORY(c)
    }
    if (loads || operation != run_COPY) instructions[count++] = made;
    if (is_last) break;
    held = step->destination;
    stores[held] = &instructions[count];
    instructions[count++] = (millrace_batch_instruction){.operation = run_store, .b = held, .is_stored = held >= MILLRACE_BATCH_OPERAND_OUTPUT};
  }
#undef READ_FROM_MEMORY
  // Stores that nobody needs go.
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (instructions[i].operation != run_store || instructions[i].is_stored) instructions[kept++] = instructions[i];
  program->has_saved = save_short_lived(instructions, kept);
  switch (program->reduction) {
    case MILLRACE_BATCH_REDUCE_NONE: break;
    case MILLRACE_BATCH_REDUCE_SUM: instructions[kept++] = (millrace_batch_instruction){.operation = run_sum}; break;
    case MILLRACE_BATCH_REDUCE_MIN: instructions[kept++] = (millrace_batch_instruction){.operation = run_least}; break;
    case MILLRACE_BATCH_REDUCE_MAX: instructions[kept++] = (millrace_batch_instruction){.operation = run_greatest}; break;
  }
  if (kept > 0 && instructions[kept - 1].operation == run_store)
    instructions[kept - 1].operation = run_store_end;
  else
    instructions[kept++] = (millrace_batch_instruction){.operation = run_end};
  program->instructions = instructions;
  program->instruction_count = kept;
}
