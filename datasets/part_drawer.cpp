#include "datasets/part_drawer.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/indices.h"

namespace nlb {
namespace {

using Indices = std::vector<int64_t>;

Indices first_of_permutation(Key key, uint64_t epoch, const Indices& from, int64_t count) {
  Indices order = draw_permutation(key, epoch, static_cast<int64_t>(from.size()));
  NLB_CHECK(count >= 0 && count <= static_cast<int64_t>(order.size()), "a part is not larger than its whole");
  order.resize(static_cast<size_t>(count));
  return gather(from, order);
}

}  // namespace

void refuse_trial(const std::string& place, const std::string& text) {
  throw InputError("trial: " + place + ": " + text);
}

PartDrawer::PartDrawer(uint64_t split_seed, int64_t classes) : key_(derive(split_seed, "split")), classes_(classes) {}

Indices PartDrawer::uniform(DataPart part, const Indices& from, int64_t count) const {
  if (count > static_cast<int64_t>(from.size())) {
    refuse_trial(part.place, std::to_string(count) + " images of only " + std::to_string(from.size()));
  }
  Indices drawn = first_of_permutation(derive(key_, part.key), 0, from, count);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

Indices PartDrawer::stratified(DataPart part, const Indices& from, const Indices& clean, int64_t count) const {
  if (count % classes_ != 0) {
    refuse_trial(part.place,
                 std::to_string(count) + " images are not equally many of " + std::to_string(classes_) + " classes");
  }
  std::vector<Indices> members(static_cast<size_t>(classes_));
  for (const int64_t index : from) {
    const int64_t label = clean[static_cast<size_t>(index)];
    if (label >= 0) members[static_cast<size_t>(label)].push_back(index);
  }
  Indices drawn;
  for (size_t c = 0; c < members.size(); ++c) {
    if (count / classes_ > static_cast<int64_t>(members[c].size())) {
      refuse_trial(part.place, std::to_string(count / classes_) + " images of class " + std::to_string(c) +
                                   ", which has only " + std::to_string(members[c].size()));
    }
    const Indices some = first_of_permutation(derive(key_, part.key), c, members[c], count / classes_);
    drawn.insert(drawn.end(), some.begin(), some.end());
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

Indices PartDrawer::subset(DataPart part, const std::optional<SubsetSpec>& spec, const Indices& labels) const {
  Indices all = counting(std::ssize(labels));
  if (!spec) return all;
  if (spec->how == SubsetDraw::stratified) return stratified(part, all, labels, spec->count);
  NLB_CHECK(spec->count >= 0, "a subset has a count");
  if (spec->count > std::ssize(labels)) {
    refuse_trial(part.place, std::to_string(spec->count) + " images of only " + std::to_string(labels.size()));
  }
  return counting(spec->count);
}

}  // namespace nlb
