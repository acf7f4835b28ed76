// reports/judging/class_accuracy.h -- what the last evaluation says class by class. In a user's own data classes may be
// rare, and a method may win by giving one of them up: pages show it beside the accuracy.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/judging/cells.h"
#include "reports/judging/statistics.h"

namespace nlb {

struct OneClass {
  std::string name;
  int64_t images = 0;       ///< test images
  Sample recall = {};       ///< percent of them predicted right, over seeds
  int never_predicted = 0;  ///< seeds that give no test image this class
};

/// Of a cell of one setting, last evaluation. Classes without a test image are left out: nothing is known of them.
struct ClassAccuracy {
  std::vector<OneClass> classes = {};
  Sample balanced = {};  ///< mean of the classes' recalls in percent, over seeds
};
using ClassAccuracies = std::map<const Cell*, ClassAccuracy>;

/// Of the groups whose data set the protocol brings along; official sets have classes of (nearly) one size. Cells whose
/// curves are missing or changed are left out.
ClassAccuracies class_accuracies(const Table& table);

/// "balanced (last) 43.20 ± 1.10".
std::string balanced_text(const ClassAccuracy& accuracy);
/// "never predicts emu (2 of 3 seeds), yak (3 of 3)"; where classes have no names here: "some class is never predicted
/// (2 of 3 seeds)". "" where every seed predicts every class. `accuracy` may be null.
std::string missing_class_text(const Cell& cell, const ClassAccuracy* accuracy);

}  // namespace nlb
