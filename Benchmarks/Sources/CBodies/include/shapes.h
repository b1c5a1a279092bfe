// The shapes of the graph workloads, the same for every contender.
#ifndef SHAPES_H
#define SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  /// Each node after the one before.
  SHAPE_CHAIN,
  /// Binary, from parents to children.
  SHAPE_TREE,
  /// A square; each node before its right and its lower neighbour, with its edges in this order.
  SHAPE_RIGHT_DOWN,
  /// The same, with its edges in the other order.
  SHAPE_DOWN_RIGHT,
  /// As many layers as nodes in a layer; four random predecessors in the layer before. Edges in order of their targets.
  SHAPE_LAYERED,
  /// The same with four random successors in the layer behind. Edges in order of their sources.
  SHAPE_LAYERED_BY_SOURCE,
  /// Ten layers; two to four random predecessors in the layer before, which no cache holds.
  SHAPE_WIDE,
} shape_kind;

typedef struct {
  uint32_t source, target;
} shape_edge;

/// Nodes of a graph of about `size`: squares are rounded down.
int64_t shape_node_count(shape_kind kind, int64_t size);

/// Writes the edges, unless `edges` is NULL. Returns how many there are.
int64_t shape_edges(shape_kind kind, int64_t size, shape_edge *edges);

#ifdef __cplusplus
}
#endif
#endif
