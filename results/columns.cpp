#include "results/columns.h"

#include <cmath>

namespace nlb {

Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json numbers_json(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number_json(value));
  return list;
}

double number_or_nan(const JsonNode& node) {
  return node.is_null() ? std::numeric_limits<double>::quiet_NaN() : node.number();
}

std::vector<double> read_numbers(const JsonNode& node) {
  std::vector<double> values;
  for (const JsonNode& item : node.items()) values.push_back(number_or_nan(item));
  return values;
}

std::vector<int64_t> read_integers(const JsonNode& node, int64_t low) {
  std::vector<int64_t> values;
  for (const JsonNode& item : node.items()) values.push_back(item.integer(low));
  return values;
}

void check_length(ObjectReader& reader, const std::string& key, size_t found, size_t wanted) {
  if (found != wanted)
    reader.at(key).problem("has " + std::to_string(found) + " entries, expected " + std::to_string(wanted));
}

std::vector<uint8_t> int32_bytes(const std::vector<int32_t>& values) {
  std::vector<uint8_t> bytes;
  bytes.reserve(values.size() * 4);
  for (const int32_t value : values) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<uint8_t>(static_cast<uint32_t>(value) >> shift));
    }
  }
  return bytes;
}

std::vector<int32_t> int32_values(const std::vector<uint8_t>& bytes) {
  std::vector<int32_t> values(bytes.size() / 4);
  for (size_t i = 0; i < values.size(); ++i) {
    uint32_t word = 0;
    for (size_t k = 0; k < 4; ++k) word |= static_cast<uint32_t>(bytes[4 * i + k]) << (8 * k);
    values[i] = static_cast<int32_t>(word);
  }
  return values;
}

int64_t check_schema(ObjectReader& reader, int64_t newest) {
  const int64_t schema = reader.integer("schema", 1);
  if (schema > newest) {
    throw InputError(reader.node().file() + ": /schema: " + std::to_string(schema) +
                     " is newer than this program reads (" + std::to_string(newest) +
                     "); update nlbench, or leave the file out");
  }
  return schema;
}

}  // namespace nlb
