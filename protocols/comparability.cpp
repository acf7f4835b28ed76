#include "protocols/comparability.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace nlb {
namespace {

std::string word(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// "symmetric_inclusive (count exact, stream cpython)", as often as settings differ in it.
std::string noise_text(const Group& group) {
  std::vector<std::string> found;
  for (const auto& setting : group.settings) {
    std::vector<std::string> options;
    for (const auto& [name, value] : setting.noise.options.items()) options.push_back(name + " " + word(value));
    const auto text = setting.noise.generator + (options.empty() ? std::string() : " (" + join(options, ", ") + ")");
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  }
  return join(found, " or ");
}

std::string trusted_text(const Group& group) {
  std::vector<std::string> found;
  for (const auto& setting : group.settings) {
    std::string text = "none";
    if (const auto& trusted = setting.trusted) {
      text = trusted->count ? std::to_string(*trusted->count) : shortest(trusted->fraction.value_or(0)) + " of all";
      text += " " + trusted->draw + (trusted->dataset ? " from " + *trusted->dataset : std::string());
    }
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  }
  return join(found, " or ");
}

std::string held_out_text(const Group& group) {
  const auto& held_out = group.data.held_out;
  if (!held_out) return "none";
  std::string how = held_out->stratified ? " stratified" : "";
  if (!held_out->draw.empty()) how = " by " + held_out->draw;
  return std::to_string(held_out->count) + " " + word_of(held_out->labels) + how + ", noise " +
         (held_out->noise == NoiseDrawn::before_split ? "before" : "after") + " the split";
}

std::string subset_text(const std::optional<SubsetSpec>& subset) {
  return subset ? std::to_string(subset->count) + " " + word_of(subset->how) : "all";
}

std::string frozen_text(const Group& group) {
  std::set<std::string> found;
  for (const auto& setting : group.settings) {
    const auto noise = setting.frozen.find("noise");
    found.insert(noise == setting.frozen.end() ? "drawn for each run" : "one for all runs");
  }
  return join(std::vector<std::string>(found.begin(), found.end()), " or ");
}

/// A run of columns that share their words.
struct Shared {
  Caveat::Kind kind;
  std::string words;
  std::vector<std::string> columns;
};

void add(std::vector<Shared>& all, Caveat::Kind kind, const std::string& words, const std::string& column) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.kind == kind && one.words == words; });
  if (found == all.end()) {
    all.push_back({kind, words, {column}});
  } else if (std::find(found->columns.begin(), found->columns.end(), column) == found->columns.end()) {
    found->columns.push_back(column);
  }
}

std::string conflict_text(const PublishedValue& value) {
  std::vector<std::string> prints;
  for (const auto& printed : value.printed_by) prints.push_back(printed.printed + " in " + printed.source);
  return shortest(value.low.value_or(value.value)) + " to " + shortest(value.high.value_or(value.value)) + " by " +
         value.rule + ": " + join(prints, "; ") + (value.printed_by.size() > 1 ? "; the first decides" : "") +
         (value.note.empty() ? "" : "; " + value.note);
}

std::string copies_text(const PublishedValue& value) {
  std::vector<std::string> sources;
  for (size_t i = 1; i < value.printed_by.size(); ++i) sources.push_back(value.printed_by[i].source);
  return value.rule + " also in " + join(sources, "; ");
}

void add_value(std::vector<Shared>& all, const PublishedValue& value) {
  using Kind = Caveat::Kind;
  if (value.low || value.high) add(all, Kind::conflict, conflict_text(value), value.column);
  if (!value.difference.empty()) add(all, Kind::not_comparable, value.difference, value.column);
  if (value.kind == "paper-recalled") {
    add(all, Kind::recalled, value.rule + " of " + value.printed_by.front().source, value.column);
  }
  if (value.printed_by.size() > 1) add(all, Kind::copies, copies_text(value), value.column);
}

}  // namespace

std::vector<std::string> data_differences(const Group& group, const Group& other) {
  std::vector<std::string> found;
  const auto compare = [&](const char* what, const std::string& here, const std::string& there) {
    if (here != there) found.push_back(std::string(what) + " " + here + " [" + there + "]");
  };
  compare("data set", group.data.dataset, other.data.dataset);
  compare("noise", noise_text(group), noise_text(other));
  compare("draw of the noise", frozen_text(group), frozen_text(other));
  compare("held out", held_out_text(group), held_out_text(other));
  compare("trusted labels", trusted_text(group), trusted_text(other));
  compare("training images", subset_text(group.data.train_subset), subset_text(other.data.train_subset));
  compare("test images", subset_text(group.data.test_subset), subset_text(other.data.test_subset));
  return found;
}

std::vector<Caveat> caveats(const Group& group) {
  std::vector<Caveat> found;
  for (const auto& row : group.rows) {
    if (!row.conditions_known) {
      found.push_back({Caveat::Kind::conditions_unknown, row.id,
                       "nobody says with which recipe " + (row.ran_by.empty() ? std::string("it") : row.ran_by) +
                           " ran it; it runs under one of this file"});
    }
    std::vector<Shared> shared;
    for (const auto& value : row.published) add_value(shared, value);
    for (const auto& one : shared) found.push_back({one.kind, row.id, join(one.columns, " ") + ": " + one.words});
  }
  return found;
}

std::string claim_text(const Claim& claim) {
  std::string than = "best of its group";
  if (!claim.worse.empty()) than = "above " + claim.worse;
  if (claim.worse_group != claim.group) than += " of " + claim.worse_group;
  return claim.better + " of " + claim.group + " " + than + " in " + join(claim.columns, " ");
}

}  // namespace nlb
