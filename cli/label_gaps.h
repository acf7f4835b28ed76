// cli/label_gaps.h -- what a protocol says of the label files that it reads, against the files and the data set.
#pragma once

#include <string>
#include <vector>

#include "facts/facts.h"
#include "protocols/protocol.h"

namespace nlb {

/// Looks at every setting whose label file and data set are there below `data_folder`; what is absent is no matter
/// here.
struct LabelGaps {
  std::vector<std::string> wrong;  ///< labels of other images or classes: no trial will run
  std::vector<std::string> notes;  ///< another rate than the stated one, agreement by chance
};
LabelGaps label_gaps(const std::vector<Protocol>& protocols, const Facts& known, const std::string& data_folder);

}  // namespace nlb
