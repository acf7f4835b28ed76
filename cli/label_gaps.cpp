#include "cli/label_gaps.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "datasets/dataset.h"
#include "datasets/label_order.h"
#include "datasets/noise_inputs.h"

namespace nlb {
namespace {

/// Clean labels of data sets, each read once; nothing for one that is not there.
class CleanLabels {
 public:
  CleanLabels(const Facts& known, const std::string& data_folder) : known_(known), data_folder_(data_folder) {}

  const std::optional<std::vector<int64_t>>& of(const std::string& id) {
    const auto [found, fresh] = labels_.try_emplace(id);
    if (!fresh) return found->second;
    try {
      found->second = load_dataset(known_.datasets.at(id), data_folder_).train.labels;
    } catch (const MissingData&) {  // told by plan and run
    } catch (const InputError&) {
    }
    return found->second;
  }

 private:
  const Facts& known_;
  const std::string& data_folder_;
  std::map<std::string, std::optional<std::vector<int64_t>>> labels_;
};

/// A setting's labels against the set's; both may be of the first images only.
void look_at(const NoiseSpec& noise, PinnedLabels pinned, const SetLabels& set, const std::string& place,
             LabelGaps& gaps) {
  for (LabelArray& array : pinned.file.arrays) {
    array.labels.resize(std::min(array.labels.size(), set.clean.size()));
  }
  const LabelArray& array = pinned.file.array(pinned.array);
  const auto& labels = array.labels;
  if (labels.size() != set.clean.size()) return;  // told when the trial draws its labels
  const LabelFit fit = fit_of(pinned.file, array, set);
  int64_t wrong = 0;
  for (size_t i = 0; i < labels.size(); ++i) wrong += labels[i] == set.clean[i] ? 0 : 1;
  const double effective = static_cast<double>(wrong) / static_cast<double>(labels.size());
  for (const auto& refusal : fit.refusals) gaps.wrong.push_back(place + refusal);
  for (const auto& remark : fit.remarks) gaps.notes.push_back(place + remark);
  const auto gap = rate_gap(noise.rate, effective, std::ssize(labels));
  if (!gap.empty()) gaps.notes.push_back(place + gap);
}

}  // namespace

LabelGaps label_gaps(const std::vector<Protocol>& protocols, const Facts& known, const std::string& data_folder) {
  LabelGaps gaps;
  CleanLabels clean(known, data_folder);
  for (const auto& protocol : protocols) {
    for (const auto& group : protocol.groups) {
      for (const auto& setting : group.settings) {
        if (!reads_label_file(setting.noise)) continue;
        const std::string place =
            protocol.id + "/" + group.id + " " + setting.name + ", " + setting.noise.options.value("file", "") + ": ";
        try {
          auto pinned = load_label_file(setting.noise, data_folder);
          if (!pinned) continue;
          auto labels = clean.of(group.data.dataset);
          if (!labels || labels->empty()) continue;
          const auto& subset = group.data.train_subset;
          if (subset && subset->how == SubsetDraw::first) labels->resize(static_cast<size_t>(subset->count));
          look_at(setting.noise, std::move(*pinned),
                  {group.data.dataset, *labels, known.datasets.at(group.data.dataset).classes}, place, gaps);
        } catch (const InputError& error) {  // another digest, or not labels
          gaps.wrong.push_back(place + error.what());
        }
      }
    }
  }
  for (auto* lines : {&gaps.wrong, &gaps.notes}) {
    std::set<std::string> seen;
    std::erase_if(*lines, [&](const std::string& line) { return !seen.insert(line).second; });
  }
  return gaps;
}

}  // namespace nlb
