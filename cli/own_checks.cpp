#include "cli/own_checks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/data_needs.h"
#include "datasets/noise_inputs.h"
#include "protocols/plan.h"
#include "reports/judging/noise_estimate.h"

namespace nlb {
namespace {

bool can_be_made(const TrialSpec& spec) {
  return !spec.noise || takes_set_labels(*spec.noise) || draws_from_labels_alone(*spec.noise);
}

/// Makes the labels of trials, those that several rows share once.
class Labels {
 public:
  explicit Labels(const Dataset& labels) : labels_(labels) {}

  struct Made {
    std::optional<TrainingData> data;
    std::string refusal;  ///< where it cannot be made
  };

  const Made& of(const TrialSpec& spec) {
    const Json whole = to_json(spec);
    std::string key;
    for (const auto* part : {"data", "noise", "trusted", "seeds"}) key += whole.value(part, Json()).dump() + "\n";
    const auto [place, fresh] = made_.try_emplace(key);
    if (!fresh) return place->second;
    try {
      place->second.data = make_training_data(spec, labels_);
    } catch (const InputError& error) {
      place->second.refusal = error.what();
    }
    return place->second;
  }

 private:
  const Dataset& labels_;
  std::map<std::string, Made> made_;
};

/// Why the row fails at the first setting where it does; "" if at none.
std::string reason_of(const Protocol& protocol, const Group& group, const Row& row, Labels& labels,
                      const Facts& known) {
  for (const auto& setting : group.settings) {
    const auto spec = resolve_spec(protocol, group, row, setting, protocol.seeds.front(), known);
    if (!can_be_made(spec)) continue;
    const auto& made = labels.of(spec);
    const auto unmet = made.data ? unmet_needs(spec, known.methods.at(spec.method.id), *made.data)
                                 : std::vector<std::string>{made.refusal};
    if (!unmet.empty()) return (group.settings.size() > 1 ? "at " + setting.name + ": " : "") + join(unmet, "; ");
  }
  return "";
}

std::vector<std::string> notes_of(const Protocol& protocol, const DatasetFacts& set, const Facts& known,
                                  const std::string& data_folder) {
  Dataset labels;
  try {
    labels = load_own_labels(set, data_folder);
  } catch (const MissingData&) {
    return {"data set " + set.id + " is not below " + data_folder + ", so its labels were not looked at (--data)"};
  }
  std::vector<std::string> notes;
  for (const auto& remark : class_remarks(class_counts(labels))) notes.push_back("data set " + set.id + ": " + remark);
  if (!labels.given.empty()) {
    const auto estimate = estimate_noise(labels.given, labels.train.labels, labels.classes);
    for (const auto& doubt : estimate_doubts(estimate, labels.class_names))
      notes.push_back("data set " + set.id + ": " + doubt);
  }
  for (const auto& row : failing_rows(protocol, labels, known)) {
    notes.push_back("row " + row.row + " of group " + row.group + " of " + protocol.id +
                    " will fail or mean nothing: " + row.reason);
  }
  return notes;
}

}  // namespace

std::vector<FailingRow> failing_rows(const Protocol& protocol, const Dataset& dataset, const Facts& known) {
  std::vector<FailingRow> failing;
  Labels labels(dataset);
  for (const auto& group : protocol.groups) {
    if (group.data.dataset != dataset.id) continue;
    for (const auto& row : group.rows) {
      if (row.status != Row::Status::measured) continue;
      if (auto reason = reason_of(protocol, group, row, labels, known); !reason.empty()) {
        failing.push_back({group.id, row.id, std::move(reason)});
      }
    }
  }
  return failing;
}

std::vector<std::string> own_data_notes(const std::vector<Protocol>& protocols, const Facts& known,
                                        const std::string& data_folder) {
  std::vector<std::string> notes;
  for (const auto& protocol : protocols) {
    for (const auto& [id, set] : protocol.datasets) {
      for (auto& note : notes_of(protocol, set, known, data_folder)) {
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(std::move(note));
      }
    }
  }
  return notes;
}

}  // namespace nlb
