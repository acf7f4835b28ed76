#include "reports/pages/report.h"

namespace nlb {

Table table_of(const ReportInput& input) {
  auto table = make_table(*input.protocol, *input.facts, *input.records, input.skipped);
  table.shown_rule = input.rule;
  return table;
}

}  // namespace nlb
