// reports/pages/run_view.h -- the page of one run: command, values with sources, deviations, curves, noise matrix,
// confusion, chains, other records of the trial, neighbouring seeds, the record itself.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/pages/report.h"
#include "reports/pages/showing.h"

namespace nlb {

/// "<first 12 digits of the record's digest>.html"
std::string run_view_name(const Record& record);
/// From the protocol's page; "" where there is no such page: derived cells have several runs, imported predictions none
/// here.
std::string run_view_link(const SeedValue& seed);

/// Where a run stands.
struct RunPlace {
  const GroupShowing* showing = nullptr;
  const Cell* cell = nullptr;
  const SeedValue* seed = nullptr;
  const ReportInput* input = nullptr;
};

/// Reads the record's curves file, that of cross-entropy on the same seed, and what was kept of the samples.
kainjow::mustache::data run_view_data(const RunPlace& place, const Facts& facts, const RecordIndex& records);

}  // namespace nlb
