#include "protocols/own_data.h"

#include "core/error.h"
#include "facts/own_dataset.h"
#include "protocols/parse.h"

namespace nlb {

std::map<std::string, DatasetFacts> read_own_datasets(const std::optional<JsonNode>& node, const Facts& facts) {
  std::map<std::string, DatasetFacts> sets;
  if (!node) return sets;
  for (const auto& [id, description] : node->members()) {
    check_name(description, id);
    if (facts.datasets.contains(id)) {
      description.problem("\"" + id + "\" is a data set of nlbench; take another name");
      continue;
    }
    sets[id] = read_own_dataset(id, description);
  }
  return sets;
}

KnownFacts::KnownFacts(const Facts& facts, const std::vector<const Protocol*>& protocols) : facts_(facts) {
  for (const auto* protocol : protocols) add(*protocol);
}

KnownFacts::KnownFacts(const Facts& facts, const std::vector<Protocol>& protocols) : facts_(facts) {
  for (const auto& protocol : protocols) add(protocol);
}

void KnownFacts::add(const Protocol& protocol) {
  for (const auto& [id, set] : protocol.datasets) {
    if (!merged_) merged_ = facts_;
    const auto [place, fresh] = merged_->datasets.emplace(id, set);
    if (fresh || own_dataset_json(place->second) == own_dataset_json(set)) continue;
    throw InputError(protocol.file + ": /datasets/" + id + ": another protocol describes \"" + id +
                     "\" differently; ask for one of them at a time, or rename it");
  }
}

}  // namespace nlb
