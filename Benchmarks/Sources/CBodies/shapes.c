#include "shapes.h"

#include <stddef.h>

static int64_t square_root(int64_t size) {
  int64_t root = 0;
  while ((root + 1) * (root + 1) <= size) root++;
  return root;
}

/// The same random number for the same pair on every machine.
static uint32_t random_below(uint32_t limit, uint64_t node, uint64_t number) {
  uint64_t bits = node * 8 + number + 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)(((bits ^ (bits >> 31)) >> 32) * limit >> 32);
}

int64_t shape_node_count(shape_kind kind, int64_t size) {
  switch (kind) {
    case SHAPE_CHAIN:
    case SHAPE_TREE: return size;
    case SHAPE_WIDE: return size / 10 * 10;
    default: return square_root(size) * square_root(size);
  }
}

int64_t shape_edges(shape_kind kind, int64_t size, shape_edge *edges) {
  int64_t nodes = shape_node_count(kind, size), count = 0;
  int64_t side = kind == SHAPE_WIDE ? nodes / 10 : square_root(nodes);
#define EDGE(from, to)                                                                \
  do {                                                                                \
    if (edges) edges[count] = (shape_edge){.source = (uint32_t)(from), .target = (uint32_t)(to)}; \
    count++;                                                                          \
  } while (0)
  for (int64_t node = 0; node < nodes; node++) {
    switch (kind) {
      case SHAPE_CHAIN:
        if (node + 1 < nodes) EDGE(node, node + 1);
        break;
      case SHAPE_TREE:
        for (int64_t child = 2 * node + 1; child <= 2 * node + 2; child++) {
          if (child < nodes) EDGE(node, child);
        }
        break;
      case SHAPE_RIGHT_DOWN:
      case SHAPE_DOWN_RIGHT:
        if (kind == SHAPE_DOWN_RIGHT && node + side < nodes) EDGE(node, node + side);
        if ((node + 1) % side != 0) EDGE(node, node + 1);
        if (kind == SHAPE_RIGHT_DOWN && node + side < nodes) EDGE(node, node + side);
        break;
      case SHAPE_LAYERED:
      case SHAPE_WIDE: {
        if (node < side) break;
        int64_t before = node / side * side - side;
        int edge_count = kind == SHAPE_WIDE ? 2 + (int)random_below(3, (uint64_t)node, 4) : 4;
        for (int i = 0; i < edge_count; i++) {
          EDGE(before + random_below((uint32_t)side, (uint64_t)node, (uint64_t)i), node);
        }
        break;
      }
      case SHAPE_LAYERED_BY_SOURCE: {
        int64_t behind = node / side * side + side;
        if (behind >= nodes) break;
        for (int i = 0; i < 4; i++) {
          EDGE(node, behind + random_below((uint32_t)side, (uint64_t)node, (uint64_t)i));
        }
        break;
      }
    }
  }
#undef EDGE
  return count;
}
