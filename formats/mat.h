// formats/mat.h -- MATLAB's level 5 files (.mat, as version 6 and 7 write them), closed: numbers, text, cells and
// structs, any bytes allowed as input. Format: MathWorks, MAT-File Format, R2024b. Version 7.3 files are HDF5 and
// refused by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// One array. Its elements run down the columns: of shape [rows, columns], element (r, c) is number r + rows * c.
struct MatArray {
  enum class Kind : uint8_t { numbers, text, cell, structs };
  Kind kind = Kind::numbers;
  std::vector<int64_t> shape;        ///< two sizes or more
  std::vector<double> numbers = {};  ///< of every numeric class; whole numbers beyond 2^53 are refused
  std::string text = {};             ///< UTF-8, of an array of characters of at most one row
  std::vector<std::string> fields = {};
  std::vector<MatArray> items = {};  ///< cell: one per element; structs: element by element, each its fields in order

  /// Elements of the shape.
  int64_t count() const;
  /// Of structs: field `name` of element `index`; null where there is no such field.
  const MatArray* field(int64_t index, const std::string& name) const;
};

/// Every named variable. Throws InputError naming the byte for a file that is not one, is cut off, is nested deeper
/// than 16 arrays, or unpacks to more than `limit` bytes, and for classes and numbers outside those above (sparse,
/// complex, objects, function handles).
std::map<std::string, MatArray> read_mat(std::string_view bytes, const std::string& place, size_t limit);

}  // namespace nlb
