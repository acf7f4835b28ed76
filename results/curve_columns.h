// results/curve_columns.h -- the columns of a curves file that pages draw, without parsing the rest of it: a table of
// 5,000 trials has 5,000 of these files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/record.h"

namespace nlb {

/// As in Curves; every column has one length.
struct CurveColumns {
  std::vector<int64_t> epoch;
  std::vector<int64_t> test_correct;  ///< of the output that is scored
  std::map<std::string, std::vector<int64_t>> train_counts;
  std::map<std::string, std::vector<double>> detection;  ///< null is NaN
  std::string detection_score;
};

/// Of a record that came with its curves, those; else reads what is stored with it. Throws InputError when that is
/// missing, changed, or not what write_record writes.
CurveColumns read_curve_columns(const Record& record);

}  // namespace nlb
