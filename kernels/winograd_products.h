// kernels/winograd_products.h -- products of small matrices in panels, for kernels/winograd_isa.cpp alone.
//
// A matrix of [rows][columns] in panels has its columns cut in runs of kPanel (the last may be shorter), each run a
// matrix of its own behind the one before: a block of a product then reads one stream, and rows of a power of two do
// not all fall on the same sets of the first cache.
#pragma once

#include "kernels/lanes.h"

namespace nlb::NLB_ISA {
namespace {

constexpr int kMostColumns = kManyRegisters ? 4 : 2;  // registers of columns of one register block
template <typename T>
constexpr int64_t kPanel = kMostColumns* kLanes<T>;

/// The panel that begins at column `first` of `columns`.
template <typename T>
[[gnu::always_inline]] inline int64_t panel_width(int64_t first, int64_t columns) {
  return columns - first < kPanel<T> ? columns - first : kPanel<T>;
}

/// Place of (row, column) in a matrix of `rows` and `columns` in panels.
template <typename T>
int64_t panel_place(int64_t rows, int64_t columns, int64_t row, int64_t column) {
  const int64_t panel = column / kPanel<T> * kPanel<T>;
  return panel * rows + row * panel_width<T>(panel, columns) + column - panel;
}

/// Rows of a block of so many registers of columns: sums fill the registers but those of a line and a factor.
constexpr int rows_of(int columns) {
  if (!kManyRegisters) return columns == 2 ? 6 : 12;
  return columns == 4 ? 6 : columns == 3 ? 8 : columns == 2 ? 12 : 24;
}

/// One panel of a product: sums [rows][width] = or += left [rows][depth] * right [depth][width]. Element (r, d) of left
/// lies at left[r * row_step + d * depth_step]. A sum starts at 0 and is added as a whole.
template <typename T>
struct Product {
  const T* left;
  int64_t rows, row_step, depth_step;
  const T* right;
  int64_t depth;
  T* sums;
  bool add;
};

template <typename T, int ROWS, int COLUMNS>
[[gnu::always_inline]] inline void block_product(const Product<T>& p, int64_t row) {
  constexpr int64_t kWidth = COLUMNS * kLanes<T>;
  Lanes<T> block[ROWS][COLUMNS];
#pragma GCC unroll 24
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int c = 0; c < COLUMNS; ++c) block[r][c] = Lanes<T>{};
  }
  const T *left = p.left + row * p.row_step, *right = p.right;
  for (int64_t d = 0; d < p.depth; ++d, left += p.depth_step, right += kWidth) {
    Lanes<T> line[COLUMNS];
#pragma GCC unroll 4
    for (int c = 0; c < COLUMNS; ++c) line[c] = load(right + c * kLanes<T>);
#pragma GCC unroll 24
    for (int r = 0; r < ROWS; ++r) {
      const Lanes<T> factor = spread<T>(left[r * p.row_step]);
#pragma GCC unroll 4
      for (int c = 0; c < COLUMNS; ++c) block[r][c] = fma(factor, line[c], block[r][c]);
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < ROWS; ++r) {
    T* sums = p.sums + (row + r) * kWidth;
#pragma GCC unroll 4
    for (int c = 0; c < COLUMNS; ++c) {
      T* const at = sums + c * kLanes<T>;
      store(at, p.add ? load(at) + block[r][c] : block[r][c]);
    }
  }
}

/// Rows from `row` on in blocks of ROWS, what is left in blocks of half as many.
template <typename T, int ROWS, int COLUMNS>
void product_rows(const Product<T>& p, int64_t row) {
  for (; row + ROWS <= p.rows; row += ROWS) block_product<T, ROWS, COLUMNS>(p, row);
  if constexpr (ROWS > 1) {
    if (row < p.rows) product_rows<T, ROWS / 2, COLUMNS>(p, row);
  }
}

/// A panel of COLUMNS registers or fewer.
template <typename T, int COLUMNS = kMostColumns>
void product(const Product<T>& p, int64_t width) {
  if constexpr (COLUMNS > 1) {
    if (width < COLUMNS * kLanes<T>) return product<T, COLUMNS - 1>(p, width);
  }
  product_rows<T, rows_of(COLUMNS), COLUMNS>(p, 0);
}

}  // namespace
}  // namespace nlb::NLB_ISA
