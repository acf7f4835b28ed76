#include "engine/selection.h"

#include <algorithm>
#include <numeric>

#include "core/text.h"

namespace nlb {
namespace {

constexpr size_t kRecent = 10;

/// Position of the first largest element; of the scored output.
size_t first_best(const std::vector<int64_t>& correct) {
  return static_cast<size_t>(std::max_element(correct.begin(), correct.end()) - correct.begin());
}

std::vector<uint8_t> count_bits(const std::deque<std::vector<uint8_t>>& bitmaps, int64_t count) {
  std::vector<uint8_t> counts(static_cast<size_t>(count));
  for (const auto& bits : bitmaps) {
    for (size_t i = 0; i < counts.size(); ++i)
      counts[i] = static_cast<uint8_t>(counts[i] + ((bits[i / 8] >> (i % 8)) & 1));
  }
  return counts;
}

}  // namespace

std::vector<uint8_t> pack_bits(const std::vector<uint8_t>& flags) {
  std::vector<uint8_t> bits((flags.size() + 7) / 8);
  for (size_t i = 0; i < flags.size(); ++i) {
    bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | ((flags[i] != 0 ? 1u : 0u) << (i % 8)));
  }
  return bits;
}

void Selection::add(const std::vector<uint8_t>& right) {
  const auto correct = std::accumulate(right.begin(), right.end(), int64_t{0});
  recent_.push_back(pack_bits(right));
  if (recent_.size() > kRecent) recent_.pop_front();
  if (correct > best_) {
    best_ = correct;
    best_bits_ = recent_.back();
  }
}

FinalCounts Selection::finish(const Curves& curves, int64_t test_count, int64_t held_out_count,
                              std::vector<int32_t> confusion) const {
  FinalCounts counts;
  counts.test_count = test_count;
  counts.held_out_count = held_out_count;
  if (curves.epoch.empty()) return counts;
  const std::vector<int64_t>& test = curves.test_correct.front();
  counts.last = test.back();
  counts.last_ten.assign(test.end() - static_cast<std::ptrdiff_t>(std::min(test.size(), kRecent)), test.end());
  const size_t best = first_best(test);
  counts.best_on_test = test[best];
  counts.best_on_test_epoch = curves.epoch[best];
  if (!curves.held_out_correct.empty()) {
    const size_t chosen = first_best(curves.held_out_correct.front());
    counts.best_on_val = test[chosen];
    counts.best_on_val_epoch = curves.epoch[chosen];
  }
  counts.last_bits = recent_.back();
  counts.best_bits = best_bits_;
  counts.mean_last_10 = count_bits(recent_, test_count);
  counts.classes_never_predicted = classes_never_predicted(confusion);
  counts.confusion = std::move(confusion);
  return counts;
}

Json Selection::save() const {
  Json recent = Json::array();
  for (const auto& bits : recent_) recent.push_back(base64(bits));
  return {{"best", best_}, {"best_bits", base64(best_bits_)}, {"recent", recent}};
}

Selection Selection::load(const JsonNode& node) {
  ObjectReader reader(node);
  Selection selection;
  selection.best_ = reader.integer("best", -1);
  selection.best_bits_ = from_base64(reader.text("best_bits"));
  for (const JsonNode& item : reader.at("recent").items()) selection.recent_.push_back(from_base64(item.text()));
  reader.close();
  return selection;
}

}  // namespace nlb
