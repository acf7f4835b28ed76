// reports/judging/rules.h -- which evaluation of a trial counts, in words, and which rule a group shows first.
#pragma once

#include <string>

#include "protocols/protocol.h"

namespace nlb {

/// The measured rule that most published values of the group were made with; `last` where sources are silent.
std::string default_rule(const Group& group);
std::string rule_words(
    const std::string& rule);  ///< "last epoch", "mean of the last ten", "best epoch on test (an oracle)", ...

std::string rule_label(const std::string& rule);  ///< short, for cells: "last", "mean of last 10", "best on test", ...

}  // namespace nlb
