#include "engine/selection.h"

#include <algorithm>
#include <numeric>

#include "core/text.h"

namespace nlb {
namespace {

constexpr size_t kRecent = 10;

std::vector<uint8_t> count_bits(const std::deque<std::vector<uint8_t>>& bitmaps, int64_t count) {
  std::vector<uint8_t> counts(static_cast<size_t>(count));
  for (const auto& bits : bitmaps) {
    for (size_t i = 0; i < counts.size(); ++i)
      // Image i is bit i % 8 of byte i / 8, as pack_bits writes it.
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

void SelectedBits::add(const std::vector<uint8_t>& right, int64_t epochs_done) {
  // The first evaluation of the last training: networks of the trainings before it take part in no rule.
  if (evaluated_ < counted_from_ && epochs_done >= counted_from_) *this = SelectedBits(counted_from_);
  evaluated_ = epochs_done;
  const auto correct = std::accumulate(right.begin(), right.end(), int64_t{0});
  recent_.push_back(pack_bits(right));
  if (recent_.size() > kRecent) recent_.pop_front();
  // Of equally good epochs the first counts, as in apply_rules (results/result.cpp): bits and epoch must be of one
  // network.
  if (correct > best_) {
    best_ = correct;
    best_bits_ = recent_.back();
  }
}

FinalCounts SelectedBits::finish(const Curves& curves, int64_t test_count, int64_t held_out_count,
                                 std::vector<int32_t> confusion) const {
  FinalCounts counts;
  counts.test_count = test_count;
  counts.held_out_count = held_out_count;
  counts.counted_from = counted_from_;
  if (curves.epoch.empty()) return counts;
  apply_rules(counts, curves);
  counts.last_bits = recent_.back();
  counts.best_bits = best_bits_;
  counts.mean_last_10 = count_bits(recent_, test_count);
  counts.classes_never_predicted = classes_never_predicted(confusion);
  counts.confusion = std::move(confusion);
  return counts;
}

Json SelectedBits::save() const {
  Json recent = Json::array();
  for (const auto& bits : recent_) recent.push_back(base64(bits));
  return {{"evaluated", evaluated_}, {"best", best_}, {"best_bits", base64(best_bits_)}, {"recent", recent}};
}

SelectedBits SelectedBits::load(const JsonNode& node, int64_t counted_from) {
  ObjectReader reader(node);
  SelectedBits selection(counted_from);
  selection.evaluated_ = reader.integer("evaluated", 0);
  selection.best_ = reader.integer("best", -1);
  selection.best_bits_ = from_base64(reader.text("best_bits"));
  for (const JsonNode& item : reader.at("recent").items()) selection.recent_.push_back(from_base64(item.text()));
  reader.close();
  return selection;
}

}  // namespace nlb
