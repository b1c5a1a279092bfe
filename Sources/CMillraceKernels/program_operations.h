// What programs are made of when they run: shared by the levels, which know the values, and by the translation, which knows the names.
#ifndef MILLRACE_KERNELS_PROGRAM_OPERATIONS_H
#define MILLRACE_KERNELS_PROGRAM_OPERATIONS_H

#include "CMillraceKernels.h"

/// What an operation does to the accumulator v, with operands b and c and numbers x and y. Those that begin with an underscore are no `millrace_batch_operation`.
#define OPERATIONS_ON_ONE(OPERATION) \
  OPERATION(COPY, V) \
  OPERATION(FILL, X) \
  OPERATION(_SQUARE, V *V) \
  OPERATION(ADD_SCALAR, V + X) \
  OPERATION(MUL_SCALAR, V *X) \
  OPERATION(FROM_SCALAR, X - V) \
  OPERATION(DIV_SCALAR, V / X) \
  OPERATION(INTO_SCALAR, X / V) \
  OPERATION(MIN_SCALAR, NAME(lesser)(V, X)) \
  OPERATION(MAX_SCALAR, NAME(greater)(V, X)) \
  OPERATION(CLAMP, NAME(clamped)(V, X, Y)) \
  OPERATION(AFFINE, NAME(fused)(V, X, Y)) \
  OPERATION(_AFFINE_TWICE, NAME(unfused)(V, X, Y)) \
  OPERATION(ABS, NAME(size)(V)) \
  OPERATION(NEG, -V) \
  OPERATION(SQRT, OF_SUFFIX(root)(V)) \
  OPERATION(LESS_SCALAR, (INT)(V < X) ? ONE : ZERO) \
  OPERATION(LESS_OR_EQUAL_SCALAR, (INT)(V <= X) ? ONE : ZERO) \
  OPERATION(GREATER_SCALAR, (INT)(X < V) ? ONE : ZERO) \
  OPERATION(GREATER_OR_EQUAL_SCALAR, (INT)(X <= V) ? ONE : ZERO) \
  OPERATION(EQUAL_SCALAR, (INT)(V == X) ? ONE : ZERO) \
  OPERATION(NOT_EQUAL_SCALAR, (INT)(V != X) ? ONE : ZERO) \
  OPERATION(SELECT_SCALARS, (INT)(V != ZERO) ? X : Y)
/// With an operand that is read from memory, or is the saved one.
#define OPERATIONS_ON_TWO(OPERATION) \
  OPERATION(ADD, V + B) \
  OPERATION(SUB, V - B) \
  OPERATION(_SUB_FROM, B - V) \
  OPERATION(MUL, V *B) \
  OPERATION(DIV, V / B) \
  OPERATION(_DIV_INTO, B / V) \
  OPERATION(MIN, NAME(lesser)(V, B)) \
  OPERATION(_MIN_OF, NAME(lesser)(B, V)) \
  OPERATION(MAX, NAME(greater)(V, B)) \
  OPERATION(_MAX_OF, NAME(greater)(B, V)) \
  OPERATION(AXPY, NAME(fused)(V, X, B)) \
  OPERATION(_AXPY_ON, NAME(fused)(B, X, V)) \
  OPERATION(HORNER, NAME(fused)(V, B, X)) \
  OPERATION(_AXPY_TWICE, NAME(unfused)(V, X, B)) \
  OPERATION(_AXPY_ON_TWICE, NAME(unfused)(B, X, V)) \
  OPERATION(_HORNER_TWICE, NAME(unfused)(V, B, X)) \
  OPERATION(LESS, (INT)(V < B) ? ONE : ZERO) \
  OPERATION(_GREATER, (INT)(B < V) ? ONE : ZERO) \
  OPERATION(LESS_OR_EQUAL, (INT)(V <= B) ? ONE : ZERO) \
  OPERATION(_GREATER_OR_EQUAL, (INT)(B <= V) ? ONE : ZERO) \
  OPERATION(EQUAL, (INT)(V == B) ? ONE : ZERO) \
  OPERATION(NOT_EQUAL, (INT)(V != B) ? ONE : ZERO) \
  OPERATION(SELECT_SCALAR, (INT)(V != ZERO) ? X : B) \
  OPERATION(_SELECT_SCALAR_ELSE, (INT)(B != ZERO) ? X : V) \
  OPERATION(SELECT_ELSE_SCALAR, (INT)(V != ZERO) ? B : X) \
  OPERATION(_SELECT_THIS_OR_SCALAR, (INT)(B != ZERO) ? V : X)
/// With two such operands, of which one may be the saved one.
#define OPERATIONS_ON_THREE(OPERATION) \
  OPERATION(FMA, NAME(fused)(V, B, C)) \
  OPERATION(_FMA_ON, NAME(fused)(B, C, V)) \
  OPERATION(_FMA_TWICE, NAME(unfused)(V, B, C)) \
  OPERATION(_FMA_ON_TWICE, NAME(unfused)(B, C, V)) \
  OPERATION(SELECT, (INT)(V != ZERO) ? B : C) \
  OPERATION(_SELECT_THIS, (INT)(B != ZERO) ? V : C) \
  OPERATION(_SELECT_THIS_ELSE, (INT)(B != ZERO) ? C : V)
#define OPERATIONS(OPERATION) OPERATIONS_ON_ONE(OPERATION) OPERATIONS_ON_TWO(OPERATION) OPERATIONS_ON_THREE(OPERATION)
/// Those that take long enough for a trip through memory, which keeps them small.
#define FUNCTIONS(FUNCTION) \
  FUNCTION(EXP, NAME(exp_of)) \
  FUNCTION(LOG, NAME(log_of)) \
  FUNCTION(SIN, NAME(sin_of)) \
  FUNCTION(COS, NAME(cos_of)) \
  FUNCTION(TANH, NAME(tanh_of)) \
  FUNCTION(SIGMOID, NAME(sigmoid_of))

typedef enum {
#define OPERATION(name, value) run_##name,
#define FUNCTION(name, value) run_##name,
  OPERATIONS(OPERATION) FUNCTIONS(FUNCTION)
  /// To the saved registers.
  run_save,
  run_store,
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

#endif
