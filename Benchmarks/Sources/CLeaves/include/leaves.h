// What the leaves of some workloads compute. Every contender, in every language, links this one source compiled by one
// compiler with the same flags, so that scheduling is compared and not code generation.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- nqueens: boards of up to 16 rows

typedef struct {
  int8_t columns[16];  // of the queens in rows 0, 1, …
} leaf_board;

/// Whether a queen may stand in this column of the next row, `row`.
bool leaf_queen_is_safe(const leaf_board *board, int row, int column);

/// Solutions for 4…14 queens, and positions that a search visits (safe placements, in all); 0 for other sizes.
int64_t leaf_queens_solutions(int size);
int64_t leaf_queens_positions(int size);

// ---- uts: a geometric tree, expected branching 4, cut at a depth. A node is its state and its depth.

uint64_t leaf_uts_root(void);
int leaf_uts_child_count(uint64_t state, int depth, int depth_max);
uint64_t leaf_uts_child(uint64_t state, int index);

/// Nodes of the tree of depth 5…11; 0 for other depths.
int64_t leaf_uts_nodes(int depth_max);

// ---- matmul: one block, 32 by 32, in row order; c += a b

enum { leaf_matmul_side = 32 };

void leaf_matmul(float *c, const float *a, const float *b);

// ---- cilksort

enum { leaf_sort_count = 2048 };

void leaf_sort(int64_t *values, int64_t count);
void leaf_merge(const int64_t *a, int64_t a_count, const int64_t *b, int64_t b_count, int64_t *out);

/// How many of the sorted values are less than `value`.
int64_t leaf_lower_bound(const int64_t *values, int64_t count, int64_t value);

// ---- longleaf

/// Computes until the calling thread has used this much processor time; returns something that depends on the work.
uint64_t leaf_burn(int64_t nanoseconds);

#ifdef __cplusplus
}
#endif
