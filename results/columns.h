// results/columns.h -- columns of numbers as JSON writes and reads them: what is not finite is null.
#pragma once

#include <vector>

#include "core/json.h"

namespace nlb {

Json number_json(double value);
Json numbers_json(const std::vector<double>& values);
double number_or_nan(const JsonNode& node);
std::vector<double> read_numbers(const JsonNode& node);
std::vector<int64_t> read_integers(const JsonNode& node, int64_t low = std::numeric_limits<int64_t>::min());

/// Adds a problem where a list has another length, so that readers may index it: never a crash.
void check_length(ObjectReader& reader, const std::string& key, size_t found, size_t wanted);

/// Four little-endian bytes each.
std::vector<uint8_t> int32_bytes(const std::vector<int32_t>& values);
std::vector<int32_t> int32_values(const std::vector<uint8_t>& bytes);

/// The file's schema. Refuses a newer one by name, before anything else is looked at. Throws InputError.
int64_t check_schema(ObjectReader& reader, int64_t newest);

}  // namespace nlb
