// reports/judging/imported_rows.h -- what was imported as rows of a table: predictions scored here beside the measured
// rows, marked; bare numbers as rows that are only shown.
#pragma once

#include "protocols/protocol.h"
#include "results/imported.h"
#include "results/store.h"

namespace nlb {

/// Kind of the published values that `import records` brought.
inline constexpr const char* kImportedKind = "imported";

/// The trial id under which records hold imported predictions: no digest, so no trial's.
std::string imported_id(const std::string& protocol, const std::string& group, const std::string& row,
                        const std::string& setting, const std::string& seed);

/// `protocol` with a row for each method and set of conditions among `imports` that belong to it; their scores are
/// added to `records`. Imports of settings, seeds or columns that the protocol no longer has are left out.
Protocol with_imported_rows(const Protocol& protocol, const Imports& imports, RecordIndex& records);

}  // namespace nlb
