// All kernels of one level, and its table. Included after `vectors.h` and the level's own instructions.
#define NAME__(level, kernel, suffix) level##_##kernel##_##suffix
#define NAME_(level, kernel, suffix) NAME__(level, kernel, suffix)
#define NAME(kernel) NAME_(LEVEL, kernel, SUFFIX)
#define OF_SUFFIX__(function, suffix) function##_##suffix
#define OF_SUFFIX_(function, suffix) OF_SUFFIX__(function, suffix)
#define OF_SUFFIX(function) OF_SUFFIX_(function, SUFFIX)

#define UNROLL(times) UNROLL_(clang loop unroll_count(times))
#define UNROLL_(text) _Pragma(#text)
#define UNROLL_ALL _Pragma("clang loop unroll(full)")

#define SUFFIX f32
#define ELEMENT float
#define VEC f32_vector
#define INT i32_vector
#define SIGNED int32_t
#define ELEMENT_BYTES 4
#define PLACES i32_vector
#define HIGHEST ((ELEMENT)INFINITY)
#define LOWEST (-(ELEMENT)INFINITY)
#include "elements.h"
#include "choices.h"
#include "float_elements.h"
#include "float_math.h"
#include "reductions.h"
#include "float_reductions.h"
#include "moves.h"
#include "float_moves.h"
#include "sort.h"
#include "tiles.h"
#include "program.h"
#include "undefine.h"

#define SUFFIX f64
#define ELEMENT double
#define VEC f64_vector
#define INT i64_vector
#define SIGNED int64_t
#define ELEMENT_BYTES 8
#define PLACES f64_places
#define HIGHEST ((ELEMENT)INFINITY)
#define LOWEST (-(ELEMENT)INFINITY)
#include "elements.h"
#include "choices.h"
#include "float_elements.h"
#include "float_math.h"
#include "reductions.h"
#include "float_reductions.h"
#include "moves.h"
#include "float_moves.h"
#include "sort.h"
#include "tiles.h"
#include "program.h"
#include "undefine.h"

#define SUFFIX i32
#define ELEMENT int32_t
#define VEC i32_vector
#define INT i32_vector
#define SIGNED int32_t
#define ELEMENT_BYTES 4
#define PLACES i32_vector
#define HIGHEST INT32_MAX
#define LOWEST INT32_MIN
#include "elements.h"
#include "choices.h"
#include "reductions.h"
#include "moves.h"
#include "sort.h"
#include "i32.h"
#include "undefine.h"

#define SUFFIX u8
#define ELEMENT uint8_t
#define VEC u8_vector
#define INT i8_vector
#define ELEMENT_BYTES 1
#include "elements.h"
#include "choices.h"
#include "u8.h"
#include "text.h"
#include "undefine.h"

#define TABLE_NAME_(level) millrace_batch_table_##level
#define TABLE_NAME(level) TABLE_NAME_(level)
const millrace_batch_table TABLE_NAME(LEVEL) = {
#define KERNEL(result, kernel, parameters, arguments) .MILLRACE_BATCH_FIELD(kernel, SUFFIX) = NAME(kernel),
#include "../include/all_kernels.inc"
#undef KERNEL
};
