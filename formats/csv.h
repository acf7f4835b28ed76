// formats/csv.h -- CSV as RFC 4180 has it, in UTF-8, with a line number for each record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

struct CsvRecord {
  int64_t line = 0;  ///< of its first character, from 1
  std::vector<std::string> fields;
};

/// All records, the header first; empty lines are left out, a byte order mark too. Fields are separated by `separator`.
/// Quoted fields may hold separators, line ends and doubled quotes. Throws InputError naming `place` and the line for a
/// quote that is not closed or stands inside a field.
std::vector<CsvRecord> read_csv(std::string_view text, const std::string& place, char separator = ',');

/// A field as RFC 4180 has it: quoted where it must be.
std::string csv_field(const std::string& field);

}  // namespace nlb
