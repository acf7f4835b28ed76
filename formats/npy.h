// formats/npy.h -- numpy's .npy files, format versions 1 and 2 (numpy.lib.format): closed, any bytes allowed as input.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/element_type.h"

namespace nlb {

/// Numbers in memory order of C (last index fastest); `data` points into the file's bytes, which must outlive it.
struct NpyArray {
  ElementType type;
  std::vector<int64_t> shape;
  std::string_view data;
};

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Throws InputError on a header that is not such a dictionary, on types outside formats/element_type.h (objects are
/// pickles and refused by name), on Fortran order of more than one dimension, and when the data is shorter or longer
/// than the header says.
NpyArray parse_npy(std::string_view bytes, const std::string& place);

/// The type as the header writes it: "<i8", "|O", "<U12"; of records the whole list of fields. Throws InputError on a
/// header that is not sound.
std::string npy_dtype(std::string_view bytes, const std::string& place);
/// What follows the header: of an array of Python objects, the pickle that numpy.save made of it.
std::string_view npy_objects(std::string_view bytes, const std::string& place);

/// The file that numpy.save writes, byte for byte, of an array in C's order: `dtype` as numpy writes it, at least one
/// dimension, `data` its elements.
std::string npy_of(std::string_view dtype, const std::vector<int64_t>& shape, std::string_view data);
/// The same of an int64 array of one dimension.
std::string npy_of(std::span<const int64_t> values);

}  // namespace nlb
