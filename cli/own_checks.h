// cli/own_checks.h -- what is seen of own data sets before anything trains on them: validate, plan and new say it.
#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "protocols/protocol.h"

namespace nlb {

/// A row whose trials would fail, or mean nothing, on the labels that are there.
struct FailingRow {
  std::string group, row, reason;
};

/// Of the groups of `protocol` on that own set. Parts and labels are made as a trial makes them, with the first seed;
/// settings whose noise is not drawn from labels alone are left out.
std::vector<FailingRow> failing_rows(const Protocol& protocol, const Dataset& labels, const Facts& known);

/// One sentence each, for all own data sets of the protocols: classes that are rare or missing, rows that will fail,
/// and sets whose files are not below `data_folder`, so that nothing could be looked at.
std::vector<std::string> own_data_notes(const std::vector<Protocol>& protocols, const Facts& known,
                                        const std::string& data_folder);

}  // namespace nlb
