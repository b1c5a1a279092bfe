#include "bodies.h"

bool body_board_is_safe(const body_board *board, int row) {
  int column = board->column[row];
  for (int above = 0; above < row; above++) {
    int difference = board->column[above] - column;
    if (difference == 0 || difference == row - above || difference == above - row) return false;
  }
  return true;
}

static uint64_t mix(uint64_t value) {
  value ^= value >> 30, value *= 0xbf58476d1ce4e5b9u;
  value ^= value >> 27, value *= 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

body_node body_tree_root(void) { return (body_node){mix(42)}; }

int body_tree_child_count(body_node node, bool is_root) {
  if (is_root) return 2000;
  return (double)(mix(node.state) >> 11) * 0x1p-53 < 0.249 ? 4 : 0;
}

body_node body_tree_child(body_node node, int index) {
  // Some rounds of mixing, as a cryptographic hash would cost.
  uint64_t state = node.state + 0x9e3779b97f4a7c15u * (uint64_t)(index + 1);
  for (int round = 0; round < 8; round++) state = mix(state + (uint64_t)round);
  return (body_node){state};
}

void body_multiply_rows(const float *a, const float *b, float *c, int first, int rows, int n) {
  for (int row = 0; row < rows; row++) {
    float *out = c + (int64_t)row * n;
    for (int column = 0; column < n; column++) out[column] = 0;
    for (int k = 0; k < n; k++) {
      float factor = a[(int64_t)(first + row) * n + k];
      const float *in = b + (int64_t)k * n;
      for (int column = 0; column < n; column++) out[column] += factor * in[column];
    }
  }
}

uint64_t body_ten_nanoseconds(uint64_t seed) {
  for (int round = 0; round < 4; round++) seed = mix(seed + 1);
  return seed;
}

uint64_t body_two_hundred_nanoseconds(uint64_t seed) {
  for (int round = 0; round < 20; round++) seed = body_ten_nanoseconds(seed);
  return seed;
}
