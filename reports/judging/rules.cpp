#include "reports/judging/rules.h"

#include <map>

#include "reports/judging/cells.h"

namespace nlb {

std::string default_rule(const Group& group) {
  std::map<std::string, int> counts;
  for (const auto& row : group.rows) {
    for (const auto& published : row.published) ++counts[published.rule];
  }
  if (!group.data.held_out) {  // not measured
    counts.erase("best_on_val");
    counts.erase("best_on_val_latest");
  }
  std::string best = "last";
  int most = 0;
  for (const auto& rule : all_rules()) {
    if (counts[rule] > most) {
      best = rule;
      most = counts[rule];
    }
  }
  return best;
}

std::string rule_words(const std::string& rule) {
  if (rule == "last") return "last epoch";
  if (rule == "mean_last_10") return "mean of the last ten evaluations";
  if (rule == "best_on_test") return "best epoch on the test set (an oracle)";
  if (rule == "best_on_val") return "best epoch on the held-out part";
  if (rule == "best_on_val_latest") return "best epoch on the held-out part, the last of equal ones";
  if (rule == "last_or_mean_last_10") return "last epoch or mean of the last ten, the source does not say which";
  return "rule unknown";
}

std::string rule_label(const std::string& rule) {
  static const std::map<std::string, std::string> labels = {{"last", "last"},
                                                            {"mean_last_10", "mean of last 10"},
                                                            {"last_or_mean_last_10", "last or mean of last 10"},
                                                            {"best_on_test", "best on test"},
                                                            {"best_on_val", "best on held-out"},
                                                            {"best_on_val_latest", "latest best on held-out"}};
  const auto found = labels.find(rule);
  return found == labels.end() ? "rule unknown" : found->second;
}

}  // namespace nlb
