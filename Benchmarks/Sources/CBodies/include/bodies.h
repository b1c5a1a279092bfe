// The bodies of the leaves, one C source compiled with the same flags for every contender: schedulers are compared, not code generators.
#ifndef BODIES_H
#define BODIES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// nqueens: a board is the column of the queen in each row so far.
typedef struct {
  int8_t column[16];
} body_board;

/// Whether the queen in row `row` is attacked by none above it.
bool body_board_is_safe(const body_board *board, int row);

// uts: an unbalanced tree, the same on every machine. The root has 2,000 children; every other node has 4 with probability 0.249, else none: 250 nodes below each
// child in the mean, but most have few and some very many.
typedef struct {
  uint64_t state;
} body_node;

body_node body_tree_root(void);
int body_tree_child_count(body_node node, bool is_root);
body_node body_tree_child(body_node node, int index);

// matmul: rows `first ..< first + rows` of c = a * b, for square row-major matrices of n x n. `c` points to the first of its rows.
void body_multiply_rows(const float *a, const float *b, float *c, int first, int rows, int n);
/// Rows of c that one leaf computes.
#define BODY_MATRIX_ROWS 4

/// About ten nanoseconds of arithmetic that depends on itself.
uint64_t body_ten_nanoseconds(uint64_t seed);
/// Twenty times as much.
uint64_t body_two_hundred_nanoseconds(uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
