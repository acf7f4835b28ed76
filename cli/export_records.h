// cli/export_records.h -- nlbench export records: every record of the results folders as a flat table.
#pragma once

#include <string>

#include "cli/desk.h"

namespace nlb {

/// The table in one of kRecordForms, records by protocol, group, row, setting, seed, then digest. With protocols named
/// only records of their trials. Throws NothingSelected where there is none, InputError for records that cannot be
/// read.
inline constexpr const char *kCsv = "csv", *kJsonLines = "jsonl", *kColumns = "columns";
std::string exported_records(Desk& desk, const std::string& form);

}  // namespace nlb
