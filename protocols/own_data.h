// protocols/own_data.h -- data sets that protocol files bring along, beside the compiled-in ones.
#pragma once

#include <optional>
#include <vector>

#include "protocols/protocol.h"

namespace nlb {

/// The member "datasets" of a protocol: id -> description. An id that facts know already is a problem.
std::map<std::string, DatasetFacts> read_own_datasets(const std::optional<JsonNode>& node, const Facts& facts);

/// `facts` and the own data sets of protocols, as one. Both must outlive it.
class KnownFacts {
 public:
  /// Throws InputError when two protocols describe one id differently.
  KnownFacts(const Facts& facts, const std::vector<const Protocol*>& protocols);
  KnownFacts(const Facts& facts, const std::vector<Protocol>& protocols);
  KnownFacts(const KnownFacts&) = delete;
  KnownFacts& operator=(const KnownFacts&) = delete;
  const Facts& get() const { return merged_ ? *merged_ : facts_; }

 private:
  void add(const Protocol& protocol);
  const Facts& facts_;
  std::optional<Facts> merged_;  ///< only where a protocol has data sets: most have none, and a copy takes time
};

}  // namespace nlb
