#include "leaves.h"

#include <string.h>
#include <time.h>

bool leaf_queen_is_safe(const leaf_board *board, int row, int column) {
  for (int above = 0; above < row; ++above) {
    int distance = board->columns[above] - column;
    if (distance == 0 || distance == row - above || distance == above - row) return false;
  }
  return true;
}

int64_t leaf_queens_solutions(int size) {
  static const int64_t solutions[] = {2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596};
  return size >= 4 && size <= 14 ? solutions[size - 4] : 0;
}

int64_t leaf_queens_positions(int size) {
  static const int64_t positions[] = 
      16, 53, 152, 551, 2056, 8393, 35538, 166925, 856188, 4674889, 27358552};
  return size >= 4 && size <= 14 ? positions[size - 4] : 0;
}

static uint64_t hash(uint64_t value) {
  for (int round = 0; round < 12; ++round) {
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    value ^= value >> 31;
  }
  return value;
}

uint64_t leaf_uts_root(void) { return hash(29); }

int leaf_uts_child_count(uint64_t state, int depth, int depth_max) {
  if (depth == 0) return 4;
  if (depth >= depth_max) return 0;
  // Geometric: another child with probability 4/5.
  uint64_t threshold = UINT64_MAX / 5 * 4;
  int count = 0;
  while (count < 100 && state < threshold) {
    threshold = threshold / 5 * 4;
    count += 1;
  }
  return count;
}

uint64_t leaf_uts_child(uint64_t state, int index) { return hash(state + (uint64_t)index); }

int64_t leaf_uts_nodes(int depth_max) {
  static const int64_t nodes[] = {1066, 4117, 16341, 65240, 262150, 1050761, 4205109};
  return depth_max >= 5 && depth_max <= 11 ? nodes[depth_max - 5] : 0;
}

void leaf_matmul(float *restrict c, const float *restrict a, const float *restrict b) {
  enum { side = leaf_matmul_side };
  for (int row = 0; row < side; ++row) {
    for (int inner = 0; inner < side; ++inner) {
      float factor = a[row * side + inner];
      for (int column = 0; column < side; ++column) {
        c[row * side + column] += factor * b[inner * side + column];
      }
    }
  }
}

static void swap(int64_t *a, int64_t *b) {
  int64_t value = *a;
  *a = *b;
  *b = value;
}

void leaf_sort(int64_t *values, int64_t count) {
  while (count > 24) {
    int64_t *middle = values + count / 2, *last = values + count - 1;
    if (*middle < *values) swap(middle, values);
    if (*last < *values) swap(last, values);
    if (*last < *middle) swap(last, middle);
    int64_t pivot = *middle;
    int64_t left = 0, right = count - 1;
    while (left <= right) {
      while (values[left] < pivot) left += 1;
      while (pivot < values[right]) right -= 1;
      if (left <= right) swap(&values[left++], &values[right--]);
    }
    leaf_sort(values, right + 1);
    values += left;
    count -= left;
  }
  for (int64_t i = 1; i < count; ++i) {
    int64_t value = values[i], place = i;
    for (; place > 0 && value < values[place - 1]; --place) values[place] = values[place - 1];
    values[place] = value;
  }
}

void leaf_merge(const int64_t *a, int64_t a_count, const int64_t *b, int64_t b_count, int64_t *out) {
  const int64_t *a_end = a + a_count, *b_end = b + b_count;
  while (a < a_end && b < b_end) *out++ = *b < *a ? *b++ : *a++;
  memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
  memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
}

int64_t leaf_lower_bound(const int64_t *values, int64_t count, int64_t value) {
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = (low + high) / 2;
    if (values[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

uint64_t leaf_burn(int64_t nanoseconds) {
  struct timespec start, now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  uint64_t value = (uint64_t)nanoseconds;
  do {
    for (int i = 0; i < 50; ++i) value = hash(value);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000000000 + (now.tv_nsec - start.tv_nsec) < nanoseconds);
  return value;
}
